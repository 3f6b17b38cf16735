package shaders

import (
	"fmt"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// wgslField is a member of a WGSL struct: its name, type and offset in bytes.
type wgslField struct {
	name, of string
	offset   int
}

var (
	wgslComment = regexp.MustCompile(`//.*`)
	wgslStruct  = regexp.MustCompile(`struct (\w+) \{([^}]*)\}`)
	wgslMember  = regexp.MustCompile(`(\w+): ([\w<>, ]+?),?\s*(?:\n|$)`)
	wgslArray   = regexp.MustCompile(`^array<(\w+), (\d+)>$`)
	wgslVar     = regexp.MustCompile(`var<(\w+)[^>]*> \w+: (.*);`)
)

// uniform lays out struct Dims of a source by the strict rules for the uniform address space (WGSL, "Address Space Layout Constraints"),
// which every compiler takes: structs and arrays lie at multiples of 16 bytes, elements of arrays are multiples of 16 bytes apart, and what
// follows a struct begins behind its size rounded up to 16. It returns the fields down to scalars, and where the rules are broken.
func uniform(source string) (fields []wgslField, broken []string) {
	structs := map[string]string{}
	for _, m := range wgslStruct.FindAllStringSubmatch(wgslComment.ReplaceAllString(source, ""), -1) {
		structs[m[1]] = m[2]
	}
	roundUp := func(n, to int) int { return (n + to - 1) / to * to }
	complain := func(format string, args ...any) { broken = append(broken, fmt.Sprintf(format, args...)) }
	var layOut func(name, of string, at int) (size, align int)
	members := func(name, of string, at int) (size, align int) {
		end, afterStruct := 0, false
		align = 4
		for _, m := range wgslMember.FindAllStringSubmatch(structs[of], -1) {
			known := len(fields)
			size, a := layOut(name+m[1], m[2], 0) // once to learn its alignment
			fields = fields[:known]
			offset := roundUp(end, a)
			if afterStruct && offset%16 != 0 {
				complain("%s%s at %d follows a struct, but not at a multiple of 16", name, m[1], at+offset)
			}
			if structs[m[2]] != "" || wgslArray.MatchString(m[2]) {
				if (at+offset)%16 != 0 {
					complain("%s%s: %s at %d, which is not a multiple of 16", name, m[1], m[2], at+offset)
				}
			}
			layOut(name+m[1], m[2], at+offset)
			end, align, afterStruct = offset+size, max(align, a), structs[m[2]] != ""
		}
		return roundUp(end, align), align
	}
	layOut = func(name, of string, at int) (size, align int) {
		if m := wgslArray.FindStringSubmatch(of); m != nil {
			n, _ := strconv.Atoi(m[2])
			known := len(fields)
			size, align = layOut(name, m[1], at)
			fields = fields[:known]
			stride := roundUp(size, align)
			if stride%16 != 0 {
				complain("%s: elements are %d bytes apart, which is no multiple of 16", name, stride)
			}
			for i := range n {
				layOut(fmt.Sprintf("%s[%d]", name, i), m[1], at+i*stride)
			}
			return n * stride, align
		}
		if structs[of] != "" {
			return members(name+".", of, at)
		}
		if of != "u32" && of != "i32" && of != "f32" {
			complain("%s: this test knows no %s", name, of)
		}
		fields = append(fields, wgslField{name, of, at})
		return 4, 4
	}
	members("", "Dims", 0)
	return fields, broken
}

// fieldsOf lists the fields of a dims struct as Words writes them.
func fieldsOf(name string, v reflect.Type, at int) []wgslField {
	switch v.Kind() {
	case reflect.Struct:
		var all []wgslField
		for i := range v.NumField() {
			f := v.Field(i)
			n := name + snake(f.Name)
			if v.Field(i).Type.Kind() == reflect.Struct {
				n += "."
			}
			if f.Anonymous {
				n = name
			}
			all = append(all, fieldsOf(n, f.Type, at+4*len(all))...)
		}
		return all
	case reflect.Array:
		var all []wgslField
		for i := range v.Len() {
			all = append(all, fieldsOf(fmt.Sprintf("%s[%d].", name, i), v.Elem(), at+4*len(all))...)
		}
		return all
	case reflect.Float32:
		return []wgslField{{name, "f32", at}}
	}
	return []wgslField{{name, "u32", at}}
}

var capital = regexp.MustCompile(`[A-Z]`)

// snake turns a Go name into a WGSL one: OutHeight into out_height.
func snake(name string) string {
	return strings.TrimPrefix(strings.ToLower(capital.ReplaceAllString(name, "_$0")), "_")
}

// Dims are matched with the WGSL by position when a kernel runs; here by name, type and offset.
func TestDimsAreLaidOutAsTheKernelsReadThem(t *testing.T) {
	for _, k := range All() {
		want, broken := uniform(k.Source())
		assert.Empty(t, broken, k.Label())
		require.NotEmpty(t, want, k.Label())
		assert.Equal(t, want, fieldsOf("", reflect.TypeOf(k.Dims()).Elem(), 0), k.Label())
		words, err := Words(k.Dims())
		require.NoError(t, err)
		assert.Len(t, words, len(want), k.Label())
		assert.LessOrEqual(t, 4*len(words), 256, "%s: dims are bound 256 bytes apart", k.Label())
	}
}

func TestLayoutsThatOnlySomeCompilersTakeAreFound(t *testing.T) {
	for _, c := range []struct{ source, why string }{
		{"struct Dims {\n    a: u32,\n    b: array<Line, 4>,\n}\nstruct Line {\n    a: u32,\n    b: u32,\n    c: u32,\n    d: u32,\n}", "b: array<Line, 4> at 4"},
		{"struct Dims {\n    a: array<u32, 4>,\n}", "elements are 4 bytes apart"},
		{"struct Dims {\n    a: u32,\n    b: Line,\n}\nstruct Line {\n    a: u32,\n}", "b: Line at 4"},
		{"struct Dims {\n    b: Line,\n    a: u32,\n}\nstruct Line {\n    a: u32,\n}", "a at 4 follows a struct"},
		{"struct Dims {\n    a: vec3<f32>,\n}", "knows no vec3<f32>"},
	} {
		_, broken := uniform(c.source)
		assert.Contains(t, strings.Join(broken, "; "), c.why)
	}
}

// What is shared beyond the dims are arrays of scalars and vectors, whose layout no compiler disputes.
func TestNoStructLiesInOtherMemory(t *testing.T) {
	element := regexp.MustCompile(`^array<(u32|i32|f32|vec[24]<[uif]32>)(, \w+)?>$`)
	for _, k := range All() {
		for _, m := range wgslVar.FindAllStringSubmatch(wgslComment.ReplaceAllString(k.Source(), ""), -1) {
			if m[1] == "uniform" {
				assert.Equal(t, "Dims", m[2], k.Label())
			} else {
				assert.Regexp(t, element, m[2], "%s: in %s memory", k.Label(), m[1])
			}
		}
	}
}

func TestWords(t *testing.T) {
	got, err := Words(&StridedDims{Grid: Grid{Count: 5, Row: 64}, Start: -2, Limit: 1<<32 - 1, Value: 1})
	require.NoError(t, err)
	assert.Equal(t, []uint32{5, 64, 0, 0, 0, 0, 0, 0xfffffffe, 0xffffffff, 0x3f800000}, got)
	_, err = Words(&Grid{Count: 1 << 32})
	assert.ErrorContains(t, err, "Count: 4294967296 does not fit in 32 bits")
	_, err = Words(&struct{ F float64 }{})
	assert.ErrorContains(t, err, "float64")
}

// The kernels' constants are numbers in Go and in WGSL.
func TestPadModesMatchTheKernels(t *testing.T) {
	found := 0
	for _, k := range All() {
		if m := regexp.MustCompile(`mode: u32,\s*// padding: (.*)`).FindStringSubmatch(k.Source()); m != nil {
			assert.Equal(t, fmt.Sprintf("%d zeros, %d reflect, %d replicate", PadZero, PadReflect, PadReplicate), m[1], k.Label())
			found++
		}
	}
	assert.NotZero(t, found)
}
