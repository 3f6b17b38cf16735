package nvlabs

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// Change is a key that two configs disagree about.
type Change struct {
	Key      string // such as "gen.dim"
	Old, New string
}

// Network tells whether the key says how the networks are built, so that weights of the one config do not fit the other.
func (c Change) Network() bool {
	return c.Key == "learn_logvar" || c.Key == "use_same_D" || strings.HasPrefix(c.Key, "gen.") || strings.HasPrefix(c.Key, "dis.") || strings.HasPrefix(c.Key, "input_dim_") || c.Key == "trainer"
}

// Losses tells whether a term of the loss is switched on or off, so that there are other losses to log.
func (c Change) Losses() bool {
	return (strings.HasSuffix(c.Key, "_w") || c.Key == "lambda_identity") && (c.Old == "0") != (c.New == "0")
}

// Changes lists the keys whose values differ from old's, by name. Another trainer is all that there is to say: it reads other keys.
func (t Training) Changes(old Training) (changes []Change) {
	if t.Trainer != old.Trainer {
		return []Change{{"trainer", old.Trainer, t.Trainer}}
	}
	before, now := old.values(), t.values()
	for key := range now {
		if before[key] != now[key] {
			changes = append(changes, Change{key, cmp.Or(before[key], "not set"), cmp.Or(now[key], "not set")})
		}
	}
	for key := range before {
		if _, still := now[key]; !still {
			changes = append(changes, Change{key, before[key], "not set"})
		}
	}
	slices.SortFunc(changes, func(a, b Change) int { return cmp.Compare(a.Key, b.Key) })
	return changes
}

// values are all keys as text.
func (t *Training) values() map[string]string {
	all := map[string]string{"trainer": t.Trainer}
	for key, field := range t.fields() {
		all[key] = fmt.Sprint(reflect.ValueOf(field).Elem())
	}
	for key, v := range flat(t.Model) {
		all[key] = v
	}
	return all
}

// flat gives a struct's fields by the names that JSON has for them, those of inner structs with a dot between.
func flat(v any) map[string]string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // it has numbers and strings only
	}
	var fields map[string]any
	d := json.NewDecoder(strings.NewReader(string(text)))
	d.UseNumber()
	if err := d.Decode(&fields); err != nil {
		panic(err)
	}
	all := map[string]string{}
	for key, value := range fields {
		inner, ok := value.(map[string]any)
		if !ok {
			all[key] = fmt.Sprint(value)
			continue
		}
		for name := range maps.Keys(inner) {
			all[key+"."+name] = fmt.Sprint(inner[name])
		}
	}
	return all
}
