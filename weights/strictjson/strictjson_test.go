package strictjson

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// inner and outer have each kind of field that is read somewhere.
type inner struct {
	Name  string  `json:"name"`
	Ratio float64 `json:"ratio"`
	On    bool    `json:"on,omitempty"`
}

type outer struct {
	Count  int               `json:"count"`
	Small  uint8             `json:"small"`
	Narrow float32           `json:"narrow"`
	Dims   []int64           `json:"dims"`
	Parts  []inner           `json:"parts"`
	Inner  inner             `json:"inner"`
	Texts  map[string]string `json:"texts"`
}

var texts = []string{
	`{}`, ` { } `, `null`, `{"count":3,"small":255,"narrow":1e-3,"dims":[1,-2,0],"parts":[{"name":"a","ratio":-0.5E+2,"on":true},{}],"inner":{"name":"b"},"texts":{"X":"y","z":null}}`,
	`{"other":[{"a":[null,true,false,1.5e3,"x",{}]},[]],"count":-0}`, "{\"inner\":\n{\t\"name\" : \"a\\u00e9\\ud83d\\ude00\\ud83dx\\ud83d\\u0041\\/\\b\\f\\n\\r\\t\\\"\\\\\"}\r}",
	"{\"inner\":{\"name\":\"\xff\xfeé\xc3\"}}", `{"dims":null,"inner":null,"count":null,"parts":[null]}`, `{"dims":[null]}`, `{"":1}`,
	``, `{`, `}`, `{]`, `[}`, `{"a"}`, `{"a":}`, `{"a":1,}`, `{,}`, `{"a":1 "b":2}`, `{"a":1}}`, `{} {}`, `{"a":[1,]}`, `{"a":[,1]}`, `{"a":[1 2]}`, `{"a":[1,2}`, `{1:2}`, `{a:1}`,
	`{"a":01}`, `{"a":-}`, `{"a":1.}`, `{"a":.5}`, `{"a":1e}`, `{"a":1e+}`, `{"a":+1}`, `{"a":0x1}`, `{"a":NaN}`, `{"a":tru}`, `{"a":nulll}`, `{"a":'x'}`,
	`{"a":"`, `{"a":"\`, `{"a":"\x"}`, `{"a":"\u12"}`, `{"a":"\u12g4"}`, `{"a":"\ud800\u12"}`, `{"a":"\ud800 \udc00"}`, "{\"a\":\"\n\"}", "{\"a\":\"\x00\"}", "{\"a\":1}\x00", "\ufeff{}",
	`{"count":1.0}`, `{"count":1e2}`, `{"count":9223372036854775808}`, `{"small":256}`, `{"small":-1}`, `{"narrow":1e40}`, `{"count":"1"}`, `{"count":[1]}`, `{"dims":{}}`, `{"dims":[1.5]}`,
	`{"parts":{}}`, `{"inner":[]}`, `{"inner":{"on":1}}`, `{"inner":{"ratio":1e400}}`, `{"inner":{"name":5}}`, `{"texts":{"a":1}}`, `{"texts":["a"]}`, `[]`, `"x"`, `1`,
	strings.Repeat("[", 20) + strings.Repeat("]", 20), `{"a":` + strings.Repeat("[", 9999) + strings.Repeat("]", 9999) + `}`, `{"a":` + strings.Repeat("[", 10000) + strings.Repeat("]", 10000) + `}`,
}

// asEncodingJSON holds Unmarshal against encoding/json: what one refuses the other does, and else both read the same. Names alone are judged
// more strictly here.
func asEncodingJSON(t *testing.T, text string) {
	t.Helper()
	var want, got outer
	refused := json.Unmarshal([]byte(text), &want)
	err := Unmarshal([]byte(text), &got)
	if name := (NameError{}); assert.ObjectsAreEqual(fmt.Sprintf("%T", name), fmt.Sprintf("%T", rootOf(err))) {
		return
	}
	if refused != nil {
		assert.Error(t, err, "%.200q: encoding/json says: %v", text, refused)
		return
	}
	require.NoError(t, err, "%.200q", text)
	require.Equal(t, want, got, "%.200q", text)

	var again outer
	for _, read := range []func([]byte, any) error{json.Unmarshal, Unmarshal} {
		written := struct {
			Inner inner   `json:"inner"`
			Parts []inner `json:"parts"`
			Dims  []int64 `json:"dims"`
			Count int     `json:"count"`
			Small uint8   `json:"small"`
		}{got.Inner, append([]inner{}, got.Parts...), append([]int64{}, got.Dims...), got.Count, got.Small}
		again = outer{}
		require.NoError(t, read(Marshal(written), &again))
		require.Equal(t, written.Inner, again.Inner)
		require.Equal(t, written.Parts, again.Parts)
		require.Equal(t, written.Dims, again.Dims)
		require.Equal(t, written.Count, again.Count)
		require.Equal(t, written.Small, again.Small)
	}
}

func rootOf(err error) error {
	for {
		inside, ok := err.(interface{ Unwrap() error })
		if !ok {
			return err
		}
		err = inside.Unwrap()
	}
}

func TestAsEncodingJSON(t *testing.T) {
	for _, text := range texts {
		asEncodingJSON(t, text)
	}
}

func FuzzAsEncodingJSON(f *testing.F) {
	for _, text := range texts {
		f.Add(text)
	}
	f.Fuzz(asEncodingJSON)
}

// TestNames: what two readers could take for two things is refused, wherever it is.
func TestNames(t *testing.T) {
	for text, says := range map[string]string{
		`{"count":1,"count":2}`:                `"count" is listed twice`,
		`{"count":1,"COUNT":2}`:                `"count" and "COUNT" differ only by case`,
		`{"Count":1}`:                          `"Count" must be in lower case`,
		`{"ſmall":1}`:                          `"ſmall" must be in lower case`,
		`{"other":[{"a":{"b":1,"b":2}}]}`:      `"b" is listed twice`,
		`{"other":[{"a":{"B":1}}]}`:            `"B" must be in lower case`,
		`{"texts":{"a":"","A":""}}`:            `"a" and "A" differ only by case`,
		`{"inner":{"name":"","name":"again"}}`: `"name" is listed twice`,
	} {
		var v outer
		err := Unmarshal([]byte(text), &v)
		assert.EqualError(t, rootOf(err), says+map[bool]string{true: ", of ASCII's letters"}[strings.HasSuffix(says, "lower case")], text)
		assert.IsType(t, NameError{}, rootOf(err), text)
	}
	var free map[string]string
	require.NoError(t, Unmarshal([]byte(`{"Count":"1"}`), &free))
	assert.Equal(t, map[string]string{"Count": "1"}, free, "a map's names are anybody's")
}

// TestErrorsSayWhere: what was wrong, and in which field.
func TestErrorsSayWhere(t *testing.T) {
	for text, says := range map[string]string{
		`{"inner":{"ratio":"x"}}`:   "inner: ratio: no number at byte 18",
		`{"dims":[1,2.5]}`:          "dims: 2.5 is no whole number of its range",
		`{"count":1} 2`:             "more after the end at byte 12",
		`{"inner":{"name":"abc`:     "inner: name: a text without an end at byte 21",
		`{"small":256,"count":"1"}`: "small: 256 is no whole number of its range",
	} {
		var v outer
		assert.EqualError(t, Unmarshal([]byte(text), &v), says)
	}
}

// TestLongLists: an element takes no memory of its own.
func TestLongLists(t *testing.T) {
	text := []byte(`{"dims":[` + strings.Repeat("1,", 10_000) + `1]}`)
	perRun := testing.AllocsPerRun(3, func() {
		var v outer
		if Unmarshal(text, &v) != nil || len(v.Dims) != 10_001 {
			t.Fatal("not read")
		}
	})
	assert.Less(t, perRun, 11_000., "but for the digits")
}

func TestMarshal(t *testing.T) {
	assert.Equal(t, `{"name":"a\u0022\u005c\u000aé","ratio":1e-07}`, string(Marshal(inner{Name: "a\"\\\né", Ratio: 1e-7})))
	for _, v := range []float64{0, -1.5, 1e21, math.MaxFloat64, math.SmallestNonzeroFloat64} {
		var back inner
		require.NoError(t, json.Unmarshal(Marshal(inner{Ratio: v}), &back))
		assert.Equal(t, v, back.Ratio)
	}
}
