package heavy

import "testing"

func TestClientConfig(t *testing.T) {
	if _, err := ClientConfig("1.3", nil); err != nil {
		t.Error(err)
	}
	if _, err := ClientConfig("1.2", []byte("nothing")); err == nil {
		t.Error("took roots without a certificate")
	}
}
