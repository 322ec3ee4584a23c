package heavy

import "testing"

func TestPack(t *testing.T) {
	if packed, err := Pack(map[string]string{"a": "1", "b": "2"}); err != nil || len(packed) == 0 {
		t.Error(packed, err)
	}
}
