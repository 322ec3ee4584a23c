package heavy

import (
	"strings"
	"testing"
)

func TestExport(t *testing.T) {
	got, err := Export(Invoice{Number: 4, Lines: []string{"tea"}}, "xml")
	if err != nil || !strings.Contains(got, `number="4"`) {
		t.Error(got, err)
	}
}
