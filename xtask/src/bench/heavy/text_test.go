package heavy

import "testing"

func TestLetter(t *testing.T) {
	if got, err := Letter("Dear {{.Name}}", map[string]string{"Name": "Ada"}); err != nil || got != "Dear Ada" {
		t.Error(got, err)
	}
	if _, err := Letter("{{", nil); err == nil {
		t.Error("took half a template")
	}
}
