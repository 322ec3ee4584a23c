package heavy

import "testing"

func TestTidy(t *testing.T) {
	tidy, synopsis, err := Tidy([]byte("// Package p is small. Very.\npackage   p\n"))
	if err != nil || synopsis != "Package p is small." {
		t.Errorf("%s %q %v", tidy, synopsis, err)
	}
}
