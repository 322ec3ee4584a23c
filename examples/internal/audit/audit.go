// Package audit keeps the latest events in memory and hands them to listeners.
package audit

import (
	"fmt"
	"io"
	"sync"

	"example.com/orders/internal/event"
)

// Entry is an event with its place in the trail.
type Entry struct {
	Seq uint64
	event.Event
}

// Trail is an [event.Publisher] that remembers the last events it was given.
// Use [NewTrail] to make one; it is safe for concurrent use.
type Trail struct {
	mu        sync.Mutex
	capacity  int
	last      uint64
	entries   []Entry
	listeners map[int]func(Entry)
	nextID    int
}

var _ event.Publisher = (*Trail)(nil)

// NewTrail returns an empty trail that keeps up to capacity events, at least one.
func NewTrail(capacity int) *Trail {
	return &Trail{
		capacity:  max(capacity, 1),
		listeners: make(map[int]func(Entry)),
	}
}

// Publish implements [event.Publisher]. Listeners run before it returns, and
// they may not call back into the trail.
func (t *Trail) Publish(e event.Event) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.last++
	if len(t.entries) == t.capacity {
		copy(t.entries, t.entries[1:])
		t.entries = t.entries[:t.capacity-1]
	}
	entry := Entry{Seq: t.last, Event: e}
	t.entries = append(t.entries, entry)
	for _, listen := range t.listeners {
		listen(entry)
	}
}

// Since returns the entries after seq. Complete is false if some of those
// have been forgotten already.
func (t *Trail) Since(seq uint64) (entries []Entry, complete bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, entry := range t.entries {
		if entry.Seq > seq {
			entries = append(entries, entry)
		}
	}
	forgotten := t.last - uint64(len(t.entries))
	return entries, seq >= forgotten
}

// Listen calls fn for every event from now on, until stop is called.
func (t *Trail) Listen(fn func(Entry)) (stop func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	id := t.nextID
	t.nextID++
	t.listeners[id] = fn
	return func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		delete(t.listeners, id)
	}
}

// WriteTo writes the trail for people, one line an entry, oldest first.
func (t *Trail) WriteTo(w io.Writer) (int64, error) {
	entries, complete := t.Since(0)
	var written int64
	if !complete {
		n, err := fmt.Fprintln(w, "… older events are gone")
		written += int64(n)
		if err != nil {
			return written, err
		}
	}
	for _, entry := range entries {
		n, err := fmt.Fprintf(w, "%6d  %s  %-15s  %s v%d\n",
			entry.Seq, entry.At.UTC().Format("2006-01-02T15:04:05Z"), entry.Kind, entry.OrderID, entry.Version)
		written += int64(n)
		if err != nil {
			return written, err
		}
	}
	return written, nil
}
