package serve

import (
	"path"
	"regexp"
	"strconv"
	"strings"
)

// contentTypes are written down because a system's own table may lack or change them, and a browser refuses to compile wasm, or to
// run a module, under any other type.
var contentTypes = map[string]string{
	".css":         "text/css; charset=utf-8",
	".html":        "text/html; charset=utf-8",
	".ico":         "image/x-icon",
	".jpeg":        "image/jpeg",
	".jpg":         "image/jpeg",
	".js":          "text/javascript; charset=utf-8",
	".json":        "application/json",
	".map":         "application/json",
	".md":          "text/markdown; charset=utf-8",
	".mjs":         "text/javascript; charset=utf-8",
	".onnx":        "application/octet-stream",
	".png":         "image/png",
	".safetensors": "application/octet-stream",
	".svg":         "image/svg+xml",
	".ts":          "text/plain; charset=utf-8",
	".txt":         "text/plain; charset=utf-8",
	".wasm":        "application/wasm",
	".webmanifest": "application/manifest+json",
	".webp":        "image/webp",
	".woff2":       "font/woff2",
}

func contentType(name string) string {
	if t, ok := contentTypes[strings.ToLower(path.Ext(name))]; ok {
		return t
	}
	return "application/octet-stream"
}

// shared tells whether pages of other origins may use a file: what the module consists of, and models.
func shared(name string) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".js", ".mjs", ".wasm", ".safetensors":
		return true
	}
	return path.Base(name) == "models.json"
}

// hash finds what bundlers put into names: eight or more hexadecimal digits, or esbuild's eight of base 32, between marks.
var hash = regexp.MustCompile(`[-._]([0-9a-f]{8,64}|[0-9A-Z]{8})(\.|$)`)

// cacheControl lets a browser keep what cannot change under its name. A digit and a letter must both be there, so that neither a
// date nor a word counts as a hash; what is missed for that is only asked for again.
func cacheControl(name string) string {
	m := hash.FindStringSubmatch(path.Base(name))
	if m != nil && strings.ContainsAny(m[1], "0123456789") && strings.ContainsAny(m[1], "abcdefABCDEFGHIJKLMNOPQRSTUVWXYZ") {
		return "public, max-age=31536000, immutable"
	}
	return "no-cache"
}

// accepts tells whether Accept-Encoding headers allow a coding (RFC 9110 §12.5.3).
func accepts(headers []string, coding string) bool {
	any := false
	for item := range strings.SplitSeq(strings.Join(headers, ","), ",") {
		name, params, _ := strings.Cut(item, ";")
		q := 1.0
		if key, value, ok := strings.Cut(strings.TrimSpace(params), "="); ok && strings.EqualFold(strings.TrimSpace(key), "q") {
			var err error
			if q, err = strconv.ParseFloat(strings.TrimSpace(value), 64); err != nil {
				q = 0
			}
		}
		switch name = strings.TrimSpace(name); {
		case strings.EqualFold(name, coding):
			return q > 0
		case name == "*":
			any = q > 0
		}
	}
	return any
}
