package printable_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/weights/printable"
)

func TestText(t *testing.T) {
	for text, want := range map[string]string{
		"\x1b]0;owned\a\x1b[2J\x1b[31mred\r\u202eevil": `\u001b]0;owned\u0007\u001b[2J\u001b[31mred\r` + `\u202eevil`,
		"two\nlines\tand a tab":                        `two\nlines\tand a tab`,
		"\u009b2J, \u007f, \u2066, \u200f, \ufeff":     `\u009b2J, \u007f, \u2066, \u200f, \ufeff`,
		"\U000e0041": `\udb40\udc41`,
		"a\x9b\xffb": `a\x9b\xffb`,
		"\ufffd":     "\ufffd",
		"Skizze → 写真, می\u200cخواهم, 👩\u200d👩\u200d👧, C:\\new, ~/\"x\"": "Skizze → 写真, می\u200cخواهم, 👩\u200d👩\u200d👧, C:\\new, ~/\"x\"",
	} {
		assert.Equal(t, want, printable.Text(text))
	}
	assert.Equal(t, "a\n\tb"+`\r`, printable.Lines("a\n\tb\r"))
}

func TestOf(t *testing.T) {
	err := errors.New("bad\x1b[0m\nhint: trust me")
	assert.Equal(t, `bad\u001b[0m\nhint: trust me|x\u0007   |[\u001b 2]|3`,
		fmt.Sprintf("%v|%-5s|%v|%d", printable.All([]any{err, "x\a  ", []any{"\x1b", 2}, 3})...))
}

// TestWriter: characters may come in pieces, and JSON stays JSON.
func TestWriter(t *testing.T) {
	text := "Ärger: \x1b[31m \u202e 写真\n"
	for n := 1; n < 6; n++ {
		var got bytes.Buffer
		w := &printable.Writer{To: &got}
		for rest := []byte(text); len(rest) > 0; rest = rest[min(n, len(rest)):] {
			wrote, err := w.Write(rest[:min(n, len(rest))])
			require.NoError(t, err)
			assert.Equal(t, min(n, len(rest)), wrote)
		}
		assert.Equal(t, "Ärger: "+`\u001b[31m \u202e`+" 写真\n", got.String(), "%d bytes at a time", n)
	}
	name := "\x1b \u202e \u007f \U000e0041 \u2028"
	var file bytes.Buffer
	e := json.NewEncoder(&printable.Writer{To: &file})
	e.SetEscapeHTML(false)
	require.NoError(t, e.Encode(name))
	var back string
	require.NoError(t, json.Unmarshal(file.Bytes(), &back))
	assert.Equal(t, name, back)
	assert.Equal(t, file.String(), printable.Lines(file.String()))
}
