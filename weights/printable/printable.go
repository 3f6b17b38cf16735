// Package printable makes text that comes out of files safe to show. A name in a model file may hold what a terminal obeys (colours, the
// window's title, the clipboard), what moves the cursor over earlier lines, or what turns the order of letters round on a page.
//
// What it exports may change with any version; runtime and weights are for other modules.
package printable

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"unicode/utf16"
	"unicode/utf8"
)

// Text gives s with everything that would be obeyed and not shown written out, as JSON writes it: \n, \u001b, \u202e. What is only
// text stays as it is, in every script.
func Text(s string) string { return quoted(s, obeyed) }

// Lines is Text for text of several lines: line feeds and tabs stay.
func Lines(s string) string {
	return quoted(s, func(r rune) bool { return r != '\n' && r != '\t' && obeyed(r) })
}

func quoted(s string, is func(rune) bool) string {
	if strings.IndexFunc(s, is) < 0 && utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for i, r := range s {
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(s[i:], string(utf8.RuneError)):
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case !is(r):
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(&b, `\u%04x\u%04x`, high, low)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}

// obeyed tells control characters of ASCII and Latin-1, line and paragraph separators, marks and overrides of direction, and characters
// that nobody sees (zero-width space, tags). The two joiners are left out: Persian and emoji are written with them.
func obeyed(r rune) bool {
	switch {
	case r < 0x20, r >= 0x7f && r < 0xa0, r == 0xad, r == 0x61c, r == 0x180e,
		r == 0x200b, r == 0x200e, r == 0x200f, r >= 0x2028 && r <= 0x202e, r >= 0x2060 && r <= 0x206f,
		r == 0xfeff, r >= 0xfff9 && r <= 0xfffb, r >= 0xe0000 && r <= 0xe007f:
		return true
	}
	return false
}

// Writer passes on what is written to it as Lines gives it. It may be used from any goroutine.
type Writer struct {
	To io.Writer

	mu   sync.Mutex
	rest []byte // the beginning of a character whose end is still to come
}

func (w *Writer) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	data := append(w.rest, p...)
	whole := len(data)
	for i := 1; i < utf8.UTFMax && i <= len(data); i++ {
		if start := len(data) - i; utf8.RuneStart(data[start]) {
			if !utf8.FullRune(data[start:]) {
				whole = start
			}
			break
		}
	}
	w.rest = append([]byte(nil), data[whole:]...)
	if _, err := io.WriteString(w.To, Lines(string(data[:whole]))); err != nil {
		return 0, err
	}
	return len(p), nil
}

// Of wraps a value that fmt is to print, so that what is printed of it is Text.
func Of(v any) fmt.Formatter { return value{v} }

// All wraps each of args.
func All(args []any) []any {
	all := make([]any, len(args))
	for i, a := range args {
		all[i] = Of(a)
	}
	return all
}

type value struct{ any }

func (v value) Format(f fmt.State, verb rune) {
	_, _ = io.WriteString(f, Text(fmt.Sprintf(fmt.FormatString(f, verb), v.any)))
}
