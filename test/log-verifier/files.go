package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"
)

const (
	tileHeight     = 8
	tileWidth      = 1 << tileHeight
	maxBundleBytes = tileWidth * (2 + 1<<16 - 1)
)

// files are the static files of a log: below a folder, or below an address.
type files struct {
	base   string
	client *http.Client
}

func newFiles(base string) *files {
	return &files{
		base:   strings.TrimRight(base, "/"),
		client: &http.Client{Timeout: time.Minute},
	}
}

// get reads a whole file of at most limit bytes. The error is fs.ErrNotExist when there is none.
func (f *files) get(path string, limit int64) ([]byte, error) {
	body, err := f.open(f.base + "/" + path)
	if err != nil {
		return nil, err
	}
	defer body.Close()
	bytes, err := io.ReadAll(io.LimitReader(body, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(bytes)) > limit {
		return nil, fmt.Errorf("%s: more than %d bytes", path, limit)
	}
	return bytes, nil
}

func (f *files) open(name string) (io.ReadCloser, error) {
	if !strings.HasPrefix(name, "http://") && !strings.HasPrefix(name, "https://") {
		return os.Open(name)
	}
	answer, err := f.client.Get(name)
	if err != nil {
		return nil, err
	}
	if answer.StatusCode == http.StatusOK {
		return answer.Body, nil
	}
	answer.Body.Close()
	if answer.StatusCode == http.StatusNotFound {
		return nil, fmt.Errorf("%s: %w", name, fs.ErrNotExist)
	}
	return nil, fmt.Errorf("%s: %s", name, answer.Status)
}

// tilePath is the path that C2SP tlog-tiles gives to a tile, or to the entries below one (level -1).
func tilePath(tile tlog.Tile) string {
	if tile.L == -1 {
		return "tile/entries/" + strings.TrimPrefix(tile.Path(), "tile/8/data/")
	}
	return "tile/" + strings.TrimPrefix(tile.Path(), "tile/8/")
}

// readTile reads a tile's hashes. Where a partial one is gone, the full one that replaced it begins with them.
func (f *files) readTile(tile tlog.Tile) ([]byte, error) {
	length := tile.W * tlog.HashSize
	bytes, err := f.get(tilePath(tile), int64(length))
	if errors.Is(err, fs.ErrNotExist) && tile.W < tileWidth {
		full := tile
		full.W = tileWidth
		bytes, err = f.get(tilePath(full), tileWidth*tlog.HashSize)
	}
	if err != nil {
		return nil, err
	}
	if len(bytes) < length {
		return nil, fmt.Errorf("%s: %d bytes", tilePath(tile), len(bytes))
	}
	return bytes[:length], nil
}
