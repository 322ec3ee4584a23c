package heavy

import (
	"bytes"
	"go/doc"
	"go/format"
	"go/parser"
	"go/token"
)

// Tidy formats a source file and gives the synopsis of its package.
func Tidy(src []byte) ([]byte, string, error) {
	tidy, err := format.Source(src)
	if err != nil {
		return nil, "", err
	}
	if bytes.Equal(tidy, src) {
		tidy = src
	}
	file, err := parser.ParseFile(token.NewFileSet(), "input.go", tidy, parser.ParseComments)
	if err != nil {
		return nil, "", err
	}
	if file.Doc == nil {
		return tidy, "", nil
	}
	return tidy, new(doc.Package).Synopsis(file.Doc.Text()), nil
}
