package heavy

import (
	"html/template"
	"strings"
)

var page = template.Must(template.New("page").Parse(
	`<h1>{{.Title}}</h1>{{range .Items}}<li>{{.}}</li>{{else}}<p>nothing</p>{{end}}`))

// Page renders a list of items.
func Page(title string, items []string) (string, error) {
	if title == "" {
		title = "untitled"
	}
	var b strings.Builder
	err := page.Execute(&b, struct {
		Title string
		Items []string
	}{title, items})
	if err != nil {
		return "", err
	}
	return b.String(), nil
}
