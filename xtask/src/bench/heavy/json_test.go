package heavy

import (
	"strings"
	"testing"
)

func TestReadLines(t *testing.T) {
	lines, err := ReadLines(strings.NewReader(`{"sku":"a","count":1} {"sku":"b","count":2}`))
	if err != nil || len(lines) != 2 {
		t.Error(lines, err)
	}
	if _, err := ReadLines(strings.NewReader(`{"size":1}`)); err == nil {
		t.Error("took an unknown field")
	}
}
