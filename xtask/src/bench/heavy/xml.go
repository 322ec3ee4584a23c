package heavy

import (
	"encoding/base64"
	"encoding/csv"
	"encoding/xml"
	"strings"
)

// Invoice is what the accountants want.
type Invoice struct {
	XMLName xml.Name `xml:"invoice"`
	Number  int      `xml:"number,attr"`
	Lines   []string `xml:"line"`
}

// Export writes an invoice in one of the formats that somebody still reads.
func Export(invoice Invoice, kind string) (string, error) {
	switch kind {
	case "xml":
		text, err := xml.MarshalIndent(invoice, "", " ")
		return string(text), err
	case "csv":
		var b strings.Builder
		w := csv.NewWriter(&b)
		for _, line := range invoice.Lines {
			if err := w.Write([]string{"line", line}); err != nil {
				return "", err
			}
		}
		w.Flush()
		return b.String(), w.Error()
	default:
		return base64.StdEncoding.EncodeToString([]byte(strings.Join(invoice.Lines, "\n"))), nil
	}
}
