package heavy

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
)

// Exported type-checks a source file and names what it exports.
func Exported(src string) ([]string, error) {
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, "input.go", src, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	config := types.Config{}
	pkg, err := config.Check(file.Name.Name, files, []*ast.File{file}, nil)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, name := range pkg.Scope().Names() {
		if ast.IsExported(name) {
			names = append(names, name)
		}
	}
	return names, nil
}
