package heavy

import (
	"io"
	"log/slog"
	"regexp"
)

var secret = regexp.MustCompile(`(?i)token|password|secret`)

// Logger logs as text or JSON, and never what looks like a secret.
func Logger(w io.Writer, json bool) *slog.Logger {
	options := &slog.HandlerOptions{
		ReplaceAttr: func(groups []string, attr slog.Attr) slog.Attr {
			if secret.MatchString(attr.Key) {
				return slog.String(attr.Key, "***")
			}
			if len(groups) == 0 && attr.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return attr
		},
	}
	if json {
		return slog.New(slog.NewJSONHandler(w, options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}
