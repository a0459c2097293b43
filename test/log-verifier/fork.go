package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

const maxProofHashes = 63

const evidenceTitle = "ayni/fork@v1"

// verifyEvidence checks a file of evidence: a title and the hashes of the proof, the first checkpoint, the second, with an
// empty line between them.
func verifyEvidence(name, key string) (string, error) {
	whole, err := readWhole(name)
	if err != nil {
		return "", err
	}
	parts := strings.Split(string(whole), "\n\n") // each note has one empty line itself
	if len(parts) != 5 {
		return "", fmt.Errorf("%s: not two checkpoints and a proof", name)
	}
	head := strings.Split(parts[0], "\n")
	if head[0] != evidenceTitle {
		return "", fmt.Errorf("%s: not evidence", name)
	}
	proof, err := parseProof(head[1:])
	if err != nil {
		return "", fmt.Errorf("%s: %w", name, err)
	}
	first, err := openCheckpoint([]byte(parts[1]+"\n\n"+parts[2]+"\n"), key)
	if err != nil {
		return "", fmt.Errorf("%s: first: %w", name, err)
	}
	second, err := openCheckpoint([]byte(parts[3]+"\n\n"+parts[4]), key)
	if err != nil {
		return "", fmt.Errorf("%s: second: %w", name, err)
	}
	return judge(first, second, proof)
}

func readWhole(name string) ([]byte, error) {
	body, err := newFiles("").open(name)
	if err != nil {
		return nil, err
	}
	defer body.Close()
	return io.ReadAll(io.LimitReader(body, maxNoteBytes))
}

// verifyFork checks that both checkpoints are signed by the key, of one log, and that they cannot both be true.
func verifyFork(firstName, secondName, proofName, key string) (string, error) {
	first, err := readCheckpointFile(firstName, key)
	if err != nil {
		return "", err
	}
	second, err := readCheckpointFile(secondName, key)
	if err != nil {
		return "", err
	}
	proof, err := readProofFile(proofName)
	if err != nil {
		return "", err
	}
	return judge(first, second, proof)
}

func judge(first, second checkpoint, proof []tlog.Hash) (string, error) {
	if first.origin != second.origin {
		return "", fmt.Errorf("two logs: %s and %s", first.origin, second.origin)
	}
	if err := convict(first.tree, second.tree, proof); err != nil {
		return "", err
	}
	return fmt.Sprintf("FORK %s %d %d", first.origin, first.tree.N, second.tree.N), nil
}

// convict returns nil when the proof shows that first is not the beginning of second.
func convict(first, second tlog.Tree, proof []tlog.Hash) error {
	switch {
	case first.N > second.N:
		return fmt.Errorf("the first checkpoint is the larger one")
	case first.N == second.N && first.Hash == second.Hash:
		return fmt.Errorf("one tree, no fork")
	case first.N == second.N:
		return nil
	}
	prefix, whole, err := roots(first.N, second.N, proof)
	if err != nil {
		return err
	}
	if whole != second.Hash {
		return fmt.Errorf("the proof does not lead to the second root")
	}
	if prefix == first.Hash {
		return fmt.Errorf("the first tree is the beginning of the second, no fork")
	}
	return nil
}

// roots rebuilds, from a consistency proof whose first hash is explicit, the root of the first from entries and that of all.
func roots(from, to int64, proof []tlog.Hash) (prefix, whole tlog.Hash, err error) {
	if from < 1 || len(proof) == 0 {
		return prefix, whole, fmt.Errorf("no proof")
	}
	node, last := from-1, to-1
	for node&1 == 1 {
		node, last = node>>1, last>>1
	}
	prefix, whole = proof[0], proof[0]
	for _, neighbour := range proof[1:] {
		if last == 0 {
			return prefix, whole, fmt.Errorf("the proof is too long")
		}
		if node&1 == 1 || node == last {
			prefix = tlog.NodeHash(neighbour, prefix)
			whole = tlog.NodeHash(neighbour, whole)
			for node&1 == 0 && node != 0 {
				node, last = node>>1, last>>1
			}
		} else {
			whole = tlog.NodeHash(whole, neighbour)
		}
		node, last = node>>1, last>>1
	}
	if last != 0 {
		return prefix, whole, fmt.Errorf("the proof is too short")
	}
	return prefix, whole, nil
}

func readCheckpointFile(name, key string) (checkpoint, error) {
	signed, err := os.ReadFile(name)
	if err != nil {
		return checkpoint{}, err
	}
	head, err := openCheckpoint(signed, key)
	if err != nil {
		return checkpoint{}, fmt.Errorf("%s: %w", name, err)
	}
	return head, nil
}

func readProofFile(name string) ([]tlog.Hash, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	proof, err := parseProof(strings.Fields(string(text)))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return proof, nil
}

func parseProof(lines []string) ([]tlog.Hash, error) {
	var proof []tlog.Hash
	for _, line := range lines {
		hash, err := parseHash(line)
		if err != nil {
			return nil, err
		}
		proof = append(proof, hash)
	}
	if len(proof) > maxProofHashes {
		return nil, fmt.Errorf("%d hashes", len(proof))
	}
	return proof, nil
}
