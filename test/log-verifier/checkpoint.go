package main

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const maxNoteBytes = 128 << 10

// A checkpoint is what a log signs.
type checkpoint struct {
	origin string
	tree   tlog.Tree
}

// openCheckpoint checks the signature of a note by one key and reads its text as a checkpoint.
func openCheckpoint(signed []byte, key string) (checkpoint, error) {
	verifier, err := note.NewVerifier(key)
	if err != nil {
		return checkpoint{}, fmt.Errorf("key: %w", err)
	}
	opened, err := note.Open(signed, note.VerifierList(verifier))
	if err != nil {
		return checkpoint{}, fmt.Errorf("checkpoint: %w", err)
	}
	for _, signature := range append(opened.Sigs, opened.UnverifiedSigs...) {
		// Go's note package passes over the bits behind the last byte. One note is to have one form.
		if _, err := base64.StdEncoding.Strict().DecodeString(signature.Base64); err != nil {
			return checkpoint{}, fmt.Errorf("checkpoint: signature of %s: %w", signature.Name, err)
		}
	}
	return parseCheckpoint(opened.Text)
}

// parseCheckpoint takes exactly three lines: origin, size, root. None of them may be written in another way.
func parseCheckpoint(text string) (checkpoint, error) {
	lines := strings.Split(text, "\n")
	if len(lines) != 4 || lines[0] == "" || lines[3] != "" {
		return checkpoint{}, fmt.Errorf("checkpoint: not three lines")
	}
	size, err := strconv.ParseInt(lines[1], 10, 54)
	if err != nil || size < 0 || strconv.FormatInt(size, 10) != lines[1] {
		return checkpoint{}, fmt.Errorf("checkpoint: size %q", lines[1])
	}
	root, err := parseHash(lines[2])
	if err != nil {
		return checkpoint{}, fmt.Errorf("checkpoint: root: %w", err)
	}
	return checkpoint{lines[0], tlog.Tree{N: size, Hash: root}}, nil
}

func parseHash(text string) (tlog.Hash, error) {
	var hash tlog.Hash
	bytes, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil || len(bytes) != tlog.HashSize {
		return hash, fmt.Errorf("%q is no hash", text)
	}
	copy(hash[:], bytes)
	return hash, nil
}
