package heavy

import (
	"encoding/json"
	"errors"
	"io"
)

// Line is one line of an order.
type Line struct {
	SKU   string `json:"sku"`
	Count int    `json:"count"`
	Price int    `json:"price,omitempty"`
}

// ReadLines reads lines, one JSON value after another.
func ReadLines(r io.Reader) ([]Line, error) {
	decoder := json.NewDecoder(r)
	decoder.DisallowUnknownFields()
	var lines []Line
	for {
		var line Line
		err := decoder.Decode(&line)
		if errors.Is(err, io.EOF) {
			return lines, nil
		}
		if err != nil {
			return lines, err
		}
		if line.Count < 1 {
			return lines, errors.New("an order of nothing")
		}
		lines = append(lines, line)
	}
}
