package nvlabs

import (
	"errors"
	"fmt"

	"go.yaml.in/yaml/v3"
)

// section is a mapping of a config. Where NVlabs' programs and the YAML library differ, it is what PyYAML makes of the text: of keys that
// are there twice, the last.
type section map[string]*yaml.Node

// sectionReader reads mappings and collects what is odd about them.
type sectionReader struct {
	warnings []string
	visits   int
}

// maxVisits bounds the keys that are looked at, since a few lines can merge a mapping into itself again and again.
const maxVisits = 1 << 16

// read gives the keys of a mapping. prefix stands before them in warnings.
func (r *sectionReader) read(prefix string, node *yaml.Node) (section, error) {
	node = resolved(node)
	s := section{}
	if node.Tag == "!!null" {
		return s, nil
	}
	if node.Kind != yaml.MappingNode {
		return nil, fmt.Errorf("line %d is no key: value pair", node.Line)
	}
	var merged []section
	for i := 0; i+1 < len(node.Content); i += 2 {
		if r.visits++; r.visits > maxVisits {
			return nil, errors.New("too many keys")
		}
		key, value := node.Content[i], node.Content[i+1]
		if key.Tag == "!!merge" {
			more, err := r.merged(prefix, value)
			if err != nil {
				return nil, err
			}
			merged = append(merged, more...)
			continue
		}
		if key = resolved(key); key.Kind != yaml.ScalarNode {
			continue // a key that no config has
		}
		if first, twice := s[key.Value]; twice {
			r.warnings = append(r.warnings, fmt.Sprintf("the config's key %s%s is there twice (lines %d and %d): the last counts, as in PyYAML", prefix, key.Value, first.Line, value.Line))
		}
		s[key.Value] = value
	}
	for _, m := range merged { // own keys count, then those of the mapping that was merged first
		for key, value := range m {
			if _, own := s[key]; !own {
				s[key] = value
			}
		}
	}
	return s, nil
}

// merged reads what "<<" names: a mapping or a list of them.
func (r *sectionReader) merged(prefix string, node *yaml.Node) (all []section, err error) {
	if node = resolved(node); node.Kind != yaml.SequenceNode {
		s, err := r.read(prefix, node)
		return []section{s}, err
	}
	for _, n := range node.Content {
		s, err := r.read(prefix, n)
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, nil
}

// resolved follows an alias.
func resolved(node *yaml.Node) *yaml.Node {
	if node.Kind == yaml.AliasNode {
		return node.Alias
	}
	return node
}

// section is the mapping under a name.
func (s section) section(name string) (section, error) {
	node, ok := s[name]
	if !ok {
		return nil, fmt.Errorf("config: there is no %s section: give the config.yaml of the training", name)
	}
	inner, err := new(sectionReader).read(name+".", node)
	if err != nil {
		return nil, fmt.Errorf("config: %s (line %d) is not a section of keys: %w", name, node.Line, err)
	}
	return inner, nil
}
