package weights

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"
)

// encoding/json takes the last of names that are there twice, and "DType" for dtype. Other readers of safetensors do neither, so that a file
// could be one model here and another there.

// strictUnmarshal is json.Unmarshal for a struct whose fields have names in lower case: it refuses names that differ from one another, or
// from a field's, by nothing or by case alone.
func strictUnmarshal(data []byte, into any) error {
	if err := json.Unmarshal(data, into); err != nil {
		return err
	}
	return walkNames(data, func(name string) error {
		if strings.ContainsFunc(name, func(r rune) bool { return r >= utf8.RuneSelf || r >= 'A' && r <= 'Z' }) {
			return fmt.Errorf("%.80q must be in lower case, of ASCII's letters", name)
		}
		return nil
	})
}

// distinctNames refuses JSON with objects in which names are there twice, be it in another case.
func distinctNames(data []byte) error { return walkNames(data, func(string) error { return nil }) }

// names are those of one object.
type names map[string]string // as they stand, by how they are in lower case

func (n *names) add(name string) error {
	if *n == nil {
		*n = names{}
	}
	low := strings.ToLower(name)
	switch first, there := (*n)[low]; {
	case there && first == name:
		return fmt.Errorf("%.200q is listed twice", name)
	case there:
		return fmt.Errorf("%.200q and %.200q differ only by case", first, name)
	}
	(*n)[low] = name
	return nil
}

// walkNames calls check for each name of each object in data, which is valid JSON, and refuses those of one object that are the same.
func walkNames(data []byte, check func(name string) error) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	type level struct {
		seen   names
		object bool
		value  bool // the next string is a value and no name
	}
	var open []*level
	for {
		t, err := dec.Token()
		if err != nil {
			return nil // the end
		}
		var in *level
		if len(open) > 0 {
			in = open[len(open)-1]
		}
		if name, ok := t.(string); ok && in != nil && in.object && !in.value {
			if err := in.seen.add(name); err != nil {
				return err
			}
			if err := check(name); err != nil {
				return err
			}
			in.value = true
			continue
		}
		switch t {
		case json.Delim('{'), json.Delim('['):
			if in != nil {
				in.value = false
			}
			open = append(open, &level{object: t == json.Delim('{')})
			continue
		case json.Delim('}'), json.Delim(']'):
			open = open[:len(open)-1]
			continue
		}
		if in != nil {
			in.value = false
		}
	}
}
