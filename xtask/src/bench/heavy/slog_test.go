package heavy

import (
	"strings"
	"testing"
)

func TestLogger(t *testing.T) {
	var b strings.Builder
	Logger(&b, false).Info("hello", "userToken", "abc")
	if strings.Contains(b.String(), "abc") {
		t.Error(b.String())
	}
}
