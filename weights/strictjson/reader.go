// Package strictjson reads and writes the little JSON that is in model files and in what a Store keeps: structs, lists, texts, numbers.
//
// It is stricter than encoding/json, which takes the last of names that are there twice, and "DType" for dtype. Other readers of safetensors
// do neither, so that a file could be one model here and another there. And it is small: encoding/json is a twentieth of the page's code.
//
// What it exports may change with any version; runtime and weights are for other modules.
package strictjson

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// maxDepth is how deep objects and lists may lie in one another, as for encoding/json.
const maxDepth = 10000

// NameError is what is wrong with the names in JSON that is valid else.
type NameError struct{ text string }

func (e NameError) Error() string { return e.text }

// Reader reads one JSON text from front to back. After an error it is of no use.
type Reader struct {
	data  []byte
	at    int
	open  []names // those of the objects around
	depth int
	lower bool // names must be in lower case
}

// NewReader reads data, which must not change meanwhile.
func NewReader(data []byte) *Reader { return &Reader{data: data} }

// names are those of one object as they stand, by how they are in lower case.
type names map[string]string

func (n names) add(name string) error {
	low := strings.ToLower(name)
	switch first, there := n[low]; {
	case there && first == name:
		return NameError{fmt.Sprintf("%.200q is listed twice", name)}
	case there:
		return NameError{fmt.Sprintf("%.200q and %.200q differ only by case", first, name)}
	}
	n[low] = name
	return nil
}

func inLowerCase(name string) bool {
	return !strings.ContainsFunc(name, func(r rune) bool { return r >= utf8.RuneSelf || r >= 'A' && r <= 'Z' })
}

// Begin enters the object that comes next.
func (r *Reader) Begin() error {
	if err := r.enter('{'); err != nil {
		return err
	}
	r.open = append(r.open, names{})
	return nil
}

// Name gives the name of the object's next member, whose value must be read then, or false at the object's end, which it leaves.
// A name that the object has already, be it in another case, is a NameError.
func (r *Reader) Name() (string, bool, error) {
	last := len(r.open) - 1
	if more, err := r.next('}', len(r.open[last]) == 0); !more {
		r.open = r.open[:last]
		return "", false, err
	}
	name, err := r.text()
	if err == nil {
		err = r.open[last].add(name)
	}
	if err == nil && r.lower && !inLowerCase(name) {
		err = NameError{fmt.Sprintf("%.80q must be in lower case, of ASCII's letters", name)}
	}
	if err == nil {
		err = r.expect(':')
	}
	return name, true, err
}

// list calls value where each element of the list that comes next begins.
func (r *Reader) list(value func() error) error {
	if err := r.enter('['); err != nil {
		return err
	}
	for first := true; ; first = false {
		if more, err := r.next(']', first); !more {
			return err
		}
		if err := value(); err != nil {
			return err
		}
	}
}

// enter takes the bracket that opens an object or a list.
func (r *Reader) enter(bracket byte) error {
	if r.depth++; r.depth > maxDepth {
		return r.errorf("more than %d objects or lists in one another", maxDepth)
	}
	return r.expect(bracket)
}

// next tells whether another element follows, and takes the comma before it, or the bracket that closes.
func (r *Reader) next(bracket byte, first bool) (bool, error) {
	if r.peek() == bracket {
		r.at++
		r.depth--
		return false, nil
	}
	if first {
		return true, nil
	}
	err := r.expect(',')
	return err == nil, err
}

// End refuses anything but space behind what was read.
func (r *Reader) End() error {
	if r.peek() != 0 || r.at < len(r.data) {
		return r.errorf("more after the end")
	}
	return nil
}

// peek gives the next byte that is no space, or 0 at the end.
func (r *Reader) peek() byte {
	for r.at < len(r.data) && bytes.IndexByte([]byte(" \t\r\n"), r.data[r.at]) >= 0 {
		r.at++
	}
	return r.byte()
}

func (r *Reader) byte() byte {
	if r.at < len(r.data) {
		return r.data[r.at]
	}
	return 0
}

func (r *Reader) expect(c byte) error {
	if r.peek() != c {
		return r.errorf("no %q", c)
	}
	r.at++
	return nil
}

func (r *Reader) errorf(format string, args ...any) error {
	return fmt.Errorf(format+" at byte %d", append(args, r.at)...)
}

// word takes one of JSON's words, if it is what comes next.
func (r *Reader) word(word string) bool {
	r.peek()
	if !bytes.HasPrefix(r.data[r.at:], []byte(word)) {
		return false
	}
	r.at += len(word)
	return true
}

// text reads a string. What is no UTF-8 in it becomes U+FFFD.
func (r *Reader) text() (string, error) {
	if err := r.expect('"'); err != nil {
		return "", err
	}
	var b []byte
	for {
		switch c := r.byte(); {
		case c == '"':
			r.at++
			if !utf8.Valid(b) {
				return string([]rune(string(b))), nil
			}
			return string(b), nil
		case c < ' ':
			return "", r.errorf("a text without an end")
		case c == '\\':
			v, err := r.escaped()
			if err != nil {
				return "", err
			}
			b = utf8.AppendRune(b, v)
		default:
			b = append(b, c)
			r.at++
		}
	}
}

// escaped reads a backslash and what it stands for.
func (r *Reader) escaped() (rune, error) {
	r.at++
	c := r.byte()
	r.at++
	if c == 'u' {
		return r.unicode()
	}
	if i := strings.IndexByte(`"\/bfnrt`, c); i >= 0 && c != 0 {
		return rune("\"\\/\b\f\n\r\t"[i]), nil
	}
	return 0, r.errorf("no escape \\%c", c)
}

// unicode reads the four digits behind \u, and \u with the other half of a pair. A half alone becomes U+FFFD.
func (r *Reader) unicode() (rune, error) {
	v, err := r.hex()
	if err != nil || !utf16.IsSurrogate(v) {
		return v, err
	}
	if before := r.at; bytes.HasPrefix(r.data[before:], []byte(`\u`)) {
		r.at += 2
		low, err := r.hex()
		if err != nil {
			return 0, err
		}
		if pair := utf16.DecodeRune(v, low); pair != utf8.RuneError {
			return pair, nil
		}
		r.at = before // it is a character of its own, or the first half of another
	}
	return utf8.RuneError, nil
}

func (r *Reader) hex() (v rune, err error) {
	for range 4 {
		c := r.byte()
		i := strings.IndexByte("0123456789abcdefABCDEF", c)
		if i < 0 {
			return 0, r.errorf("no four digits behind \\u")
		}
		if i > 15 {
			i -= 6
		}
		v = v<<4 | rune(i)
		r.at++
	}
	return v, nil
}

// number reads a number as it stands.
func (r *Reader) number() (string, error) {
	r.peek()
	start := r.at
	r.take('-')
	whole := r.at
	ok := r.digits() && (r.data[whole] != '0' || r.at == whole+1)
	if ok && r.take('.') {
		ok = r.digits()
	}
	if ok && (r.take('e') || r.take('E')) {
		if !r.take('-') {
			r.take('+')
		}
		ok = r.digits()
	}
	if !ok {
		return "", r.errorf("no number")
	}
	return string(r.data[start:r.at]), nil
}

func (r *Reader) take(c byte) bool {
	if r.byte() != c {
		return false
	}
	r.at++
	return true
}

func (r *Reader) digits() bool {
	start := r.at
	for c := r.byte(); c >= '0' && c <= '9'; c = r.byte() {
		r.at++
	}
	return r.at > start
}

// skip reads a value that nobody asks for, with all checks.
func (r *Reader) skip() (err error) {
	switch c := r.peek(); {
	case c == '{':
		return r.object(func(string) error { return r.skip() })
	case c == '[':
		return r.list(r.skip)
	case c == '"':
		_, err = r.text()
	case !r.word("null") && !r.word("true") && !r.word("false"):
		_, err = r.number()
	}
	return err
}

// object calls value where the value of each member of the object that comes next begins.
func (r *Reader) object(value func(name string) error) error {
	if err := r.Begin(); err != nil {
		return err
	}
	for {
		name, more, err := r.Name()
		if err != nil || !more {
			return err
		}
		if err := value(name); err != nil {
			return err
		}
	}
}
