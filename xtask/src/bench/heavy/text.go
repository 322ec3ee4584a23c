package heavy

import (
	"strings"
	"text/tabwriter"
	"text/template"
)

// Letter fills a template that the caller wrote.
func Letter(text string, fields map[string]string) (string, error) {
	parsed, err := template.New("letter").Option("missingkey=error").Parse(text)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	aligned := tabwriter.NewWriter(&b, 0, 8, 1, ' ', 0)
	if err := parsed.Execute(aligned, fields); err != nil {
		return "", err
	}
	if err := aligned.Flush(); err != nil {
		return "", err
	}
	return b.String(), nil
}
