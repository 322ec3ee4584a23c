package heavy

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"sort"
)

// Pack makes an archive, the same for the same files.
func Pack(files map[string]string) ([]byte, error) {
	var names []string
	for name := range files {
		if name == "" {
			return nil, fmt.Errorf("a file of %d bytes has no name", len(files[name]))
		}
		names = append(names, name)
	}
	sort.Strings(names)
	var b bytes.Buffer
	archive := zip.NewWriter(&b)
	for _, name := range names {
		w, err := archive.Create(name)
		if err != nil {
			return nil, err
		}
		if _, err := io.WriteString(w, files[name]); err != nil {
			return nil, err
		}
	}
	if err := archive.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// Inflate gives back at most limit bytes of what was compressed.
func Inflate(packed []byte, limit int64) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(io.LimitReader(r, limit))
}
