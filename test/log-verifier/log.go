package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"

	"golang.org/x/mod/sumdb/tlog"
)

// verifyLog computes the tree over all entries anew and holds the checkpoint and every tile against it. tlog.TileHashReader
// would do with less memory, but before v0.40.0 it leaves some tiles unchecked (CVE-2026-56865).
func verifyLog(base, key string) (string, error) {
	files := newFiles(base)
	signed, err := files.get("checkpoint", maxNoteBytes)
	if err != nil {
		return "", err
	}
	head, err := openCheckpoint(signed, key)
	if err != nil {
		return "", err
	}
	var hashes storedHashes
	for start := int64(0); start < head.tree.N; start += tileWidth {
		if err := hashes.addBundle(files, start, head.tree.N); err != nil {
			return "", err
		}
	}
	if err := hashes.verifyRoot(head.tree); err != nil {
		return "", err
	}
	for _, tile := range tilesOf(head.tree.N) {
		if err := hashes.verifyTile(files, tile); err != nil {
			return "", err
		}
	}
	return fmt.Sprintf("OK %s %d %s", head.origin, head.tree.N, head.tree.Hash), nil
}

// tilesOf lists the tiles of a tree: level by level, full ones and a partial one at the end.
func tilesOf(size int64) []tlog.Tile {
	var tiles []tlog.Tile
	for level := 0; size > 0; level, size = level+1, size/tileWidth {
		for n := int64(0); n*tileWidth < size; n++ {
			tiles = append(tiles, tlog.Tile{H: tileHeight, L: level, N: n, W: widthAt(n*tileWidth, size)})
		}
	}
	return tiles
}

// widthAt says how many of size things are left from start on, at most as many as a tile holds.
func widthAt(start, size int64) int {
	if size-start < tileWidth {
		return int(size - start)
	}
	return tileWidth
}

// storedHashes are all full subtrees of a tree, by their tlog.StoredHashIndex: 64 bytes of memory an entry.
type storedHashes []tlog.Hash

// ReadHashes makes them a tlog.HashReader.
func (s storedHashes) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	var read []tlog.Hash
	for _, index := range indexes {
		if index < 0 || index >= int64(len(s)) {
			return nil, fmt.Errorf("hash %d of %d", index, len(s))
		}
		read = append(read, s[index])
	}
	return read, nil
}

// addBundle appends the entries of the bundle that begins with entry start.
func (s *storedHashes) addBundle(files *files, start, size int64) error {
	entries, err := readEntries(files, start/tileWidth, widthAt(start, size))
	if err != nil {
		return err
	}
	for i, entry := range entries {
		added, err := tlog.StoredHashes(start+int64(i), entry, *s)
		if err != nil {
			return err
		}
		*s = append(*s, added...)
	}
	return nil
}

func (s storedHashes) verifyRoot(tree tlog.Tree) error {
	root := tlog.Hash(sha256.Sum256(nil)) // of no entries, RFC 6962; the package has another one
	if tree.N > 0 {
		computed, err := tlog.TreeHash(tree.N, s)
		if err != nil {
			return err
		}
		root = computed
	}
	if root != tree.Hash {
		return fmt.Errorf("checkpoint: the entries have the root %s", root)
	}
	return nil
}

func (s storedHashes) verifyTile(files *files, tile tlog.Tile) error {
	computed, err := tlog.ReadTileData(tile, s)
	if err != nil {
		return err
	}
	served, err := files.readTile(tile)
	if err != nil {
		return err
	}
	if !bytes.Equal(computed, served) {
		return fmt.Errorf("%s is not over the entries", tilePath(tile))
	}
	return nil
}

func readEntries(files *files, index int64, width int) ([][]byte, error) {
	tile := tlog.Tile{H: tileHeight, L: -1, N: index, W: width}
	bundle, err := files.get(tilePath(tile), maxBundleBytes)
	if errors.Is(err, fs.ErrNotExist) && width < tileWidth {
		tile.W = tileWidth
		bundle, err = files.get(tilePath(tile), maxBundleBytes)
	}
	if err != nil {
		return nil, err
	}
	entries, err := splitBundle(bundle, tile.W)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", tilePath(tile), err)
	}
	return entries[:width], nil
}

// splitBundle cuts a bundle into exactly width entries, each after its length as a big-endian uint16.
func splitBundle(bundle []byte, width int) ([][]byte, error) {
	var entries [][]byte
	for len(entries) < width {
		if len(bundle) < 2 {
			return nil, fmt.Errorf("%d entries of %d", len(entries), width)
		}
		end := 2 + int(binary.BigEndian.Uint16(bundle))
		if len(bundle) < end {
			return nil, fmt.Errorf("entry %d is cut", len(entries))
		}
		entries = append(entries, bundle[2:end])
		bundle = bundle[end:]
	}
	if len(bundle) > 0 {
		return nil, fmt.Errorf("%d bytes after the last entry", len(bundle))
	}
	return entries, nil
}
