package heavy

import (
	"strings"
	"testing"
)

func TestPage(t *testing.T) {
	got, err := Page("a<b", []string{"x"})
	if err != nil || !strings.Contains(got, "a&lt;b") {
		t.Error(got, err)
	}
}
