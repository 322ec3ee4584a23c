package heavy

import "testing"

func TestExported(t *testing.T) {
	names, err := Exported("package p\nvar A, b = 1, 2\n")
	if err != nil || len(names) != 1 || names[0] != "A" {
		t.Error(names, err)
	}
}
