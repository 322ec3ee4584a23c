package audit

import (
	"strings"
	"testing"
	"time"

	"example.com/orders/internal/event"
)

var noon = time.Date(2024, time.March, 1, 12, 0, 0, 0, time.UTC)

func publish(t *Trail, ids ...string) {
	for i, id := range ids {
		t.Publish(event.Event{
			Kind:    event.Placed,
			OrderID: id,
			At:      noon.Add(time.Duration(i) * time.Second),
		})
	}
}

func TestSince(t *testing.T) {
	tests := []struct {
		name     string
		capacity int
		since    uint64
		want     []string
		complete bool
	}{
		{"all", 5, 0, []string{"a", "b", "c"}, true},
		{"the new ones", 5, 2, []string{"c"}, true},
		{"nothing new", 5, 3, nil, true},
		{"the oldest is forgotten", 2, 0, []string{"b", "c"}, false},
		{"exactly what is kept", 2, 1, []string{"b", "c"}, true},
		{"at least one is kept", 0, 2, []string{"c"}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			trail := NewTrail(tt.capacity)
			publish(trail, "a", "b", "c")
			entries, complete := trail.Since(tt.since)
			if complete != tt.complete {
				t.Errorf("complete = %t, want %t", complete, tt.complete)
			}
			if len(entries) != len(tt.want) {
				t.Fatalf("entries = %v, want those of %v", entries, tt.want)
			}
			for i, want := range tt.want {
				if entries[i].OrderID != want {
					t.Errorf("entry %d is of %q, want %q", i, entries[i].OrderID, want)
				}
			}
		})
	}
}

func TestListen(t *testing.T) {
	trail := NewTrail(5)
	var heard []uint64
	stop := trail.Listen(func(e Entry) { heard = append(heard, e.Seq) })
	publish(trail, "a", "b")
	stop()
	publish(trail, "c")
	if len(heard) != 2 || heard[0] != 1 || heard[1] != 2 {
		t.Errorf("heard %v, want 1 and 2", heard)
	}
}

func TestWriteTo(t *testing.T) {
	trail := NewTrail(5)
	publish(trail, "a", "b")
	var out strings.Builder
	n, err := trail.WriteTo(&out)
	if err != nil || n != int64(out.Len()) {
		t.Errorf("WriteTo = %d, %v after %d bytes", n, err, out.Len())
	}
	want := `     1  2024-03-01T12:00:00Z  order.placed     a v0
     2  2024-03-01T12:00:01Z  order.placed     b v0
`
	if out.String() != want {
		t.Errorf("WriteTo wrote\n%swant\n%s", out.String(), want)
	}
}
