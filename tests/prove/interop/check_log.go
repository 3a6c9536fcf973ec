// An independent check of a whole log on golang.org/x/mod/sumdb alone: check_log FOLDER|URL VKEY
// Recomputes every hash and every tile of the published checkpoint from the entries, and proves records.
package main

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const width = 256

func demand(holds bool, what string) {
	if !holds {
		fmt.Println("WRONG " + what)
		os.Exit(1)
	}
}

func read(source, name string) []byte {
	if !strings.HasPrefix(source, "http://") {
		data, err := os.ReadFile(source + "/" + name)
		demand(err == nil, name)
		return data
	}
	answer, err := http.Get(source + "/" + name)
	demand(err == nil && answer.StatusCode == http.StatusOK, name)
	defer answer.Body.Close()
	data, err := io.ReadAll(answer.Body)
	demand(err == nil, name)
	return data
}

// path names a tile as C2SP tlog-tiles does: no height, and "entries" for entry bundles.
func path(level string, index, wide int64) string {
	name := fmt.Sprintf("%03d", index%1000)
	for index /= 1000; index > 0; index /= 1000 {
		name = fmt.Sprintf("x%03d/%s", index%1000, name)
	}
	if wide < width {
		name += fmt.Sprintf(".p/%d", wide)
	}
	return "tile/" + level + "/" + name
}

func openCheckpoint(data []byte, vkey string) (int64, tlog.Hash) {
	verifier, err := note.NewVerifier(vkey)
	demand(err == nil, "vkey")
	opened, err := note.Open(data, note.VerifierList(verifier))
	demand(err == nil, "checkpoint")
	lines := strings.Split(opened.Text, "\n")
	demand(len(lines) == 4 && lines[0] == verifier.Name(), "checkpoint")
	size, err := strconv.ParseInt(lines[1], 10, 64)
	demand(err == nil, "checkpoint")
	root, err := base64.StdEncoding.DecodeString(lines[2])
	demand(err == nil && len(root) == tlog.HashSize, "checkpoint")
	return size, tlog.Hash(*(*[32]byte)(root))
}

// entries gives the entries of one bundle, each behind two bytes of length.
func entries(bundle []byte, count int64, name string) [][]byte {
	var found [][]byte
	for len(bundle) > 0 {
		demand(len(bundle) >= 2, name)
		length := int(bundle[0])<<8 | int(bundle[1])
		demand(len(bundle) >= 2+length, name)
		found = append(found, bundle[2:2+length])
		bundle = bundle[2+length:]
	}
	demand(int64(len(found)) == count, name)
	return found
}

func main() {
	source, vkey := strings.TrimSuffix(os.Args[1], "/"), os.Args[2]
	size, root := openCheckpoint(read(source, "checkpoint"), vkey)

	var hashes []tlog.Hash // by tlog's stored hash index
	reader := tlog.HashReaderFunc(func(wanted []int64) ([]tlog.Hash, error) {
		given := make([]tlog.Hash, len(wanted))
		for i, at := range wanted {
			given[i] = hashes[at]
		}
		return given, nil
	})
	var records []tlog.Hash
	for first := int64(0); first < size; first += width {
		count := size - first
		if count > width {
			count = width
		}
		name := path("entries", first/width, count)
		for _, entry := range entries(read(source, name), count, name) {
			record := tlog.RecordHash(entry)
			more, err := tlog.StoredHashesForRecordHash(int64(len(records)), record, reader)
			demand(err == nil, name)
			hashes, records = append(hashes, more...), append(records, record)
		}
	}

	for level, nodes := 0, size; nodes > 0; level, nodes = level+1, nodes/width {
		for first := int64(0); first < nodes; first += width {
			count := nodes - first
			if count > width {
				count = width
			}
			tile := tlog.Tile{H: 8, L: level, N: first / width, W: int(count)}
			expected, err := tlog.ReadTileData(tile, reader)
			name := path(strconv.Itoa(level), tile.N, count)
			demand(err == nil && bytes.Equal(expected, read(source, name)), name)
		}
	}

	if size > 0 {
		recomputed, err := tlog.TreeHash(size, reader)
		demand(err == nil && recomputed == root, "root")
	}
	for at := int64(0); at < size; at += 1 + size/100 {
		proof, err := tlog.ProveRecord(size, at, reader)
		demand(err == nil && tlog.CheckRecord(proof, size, root, at, records[at]) == nil, "proof")
	}
	fmt.Println("OK", size)
}
