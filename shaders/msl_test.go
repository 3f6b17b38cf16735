//go:build !js

package shaders

import (
	"regexp"
	"strconv"
	"testing"

	"github.com/gogpu/naga/msl"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var (
	mslStruct = regexp.MustCompile(`struct (\w+) \{([^}]*)\}`)
	mslMember = regexp.MustCompile(`(\w+) (\w+)(?:\[(\d+)\])?;`)
	mslScalar = map[string]string{"uint": "u32", "int": "i32", "float": "f32"}
)

// metal lays out struct Dims of naga's MSL by C++'s rules: down to scalars, all of which take 4 bytes. Names are left out, for naga changes some.
func metal(t *testing.T, source string) []wgslField {
	structs := map[string]string{}
	for _, m := range mslStruct.FindAllStringSubmatch(source, -1) {
		structs[m[1]] = m[2]
	}
	var fields []wgslField
	at := 0
	var layOut func(of string)
	layOut = func(of string) {
		for _, m := range mslMember.FindAllStringSubmatch(structs[of], -1) {
			n := 1
			if m[3] != "" {
				var err error
				n, err = strconv.Atoi(m[3])
				require.NoError(t, err)
			}
			for range n {
				scalar, ok := mslScalar[m[1]]
				switch {
				case ok:
					fields = append(fields, wgslField{of: scalar, offset: at})
					at += 4
				case m[1] == "char": // padding
					at++
				default:
					require.Contains(t, structs, m[1], "struct %s has a member of a type that this test does not know", of)
					layOut(m[1])
				}
			}
		}
	}
	layOut("Dims")
	return fields
}

// TestMetalReadsDimsWhereTheyLie holds the layout of the dims in naga's MSL against WGSL's. No Metal has run here.
func TestMetalReadsDimsWhereTheyLie(t *testing.T) {
	for _, k := range All() {
		source, _, err := msl.Compile(lowered(t, k.Source()), msl.DefaultOptions())
		require.NoError(t, err, k.Label())
		want, _ := uniform(k.Source())
		require.NotEmpty(t, want, k.Label())
		for i := range want {
			want[i].name = ""
		}
		assert.Equal(t, want, metal(t, source), k.Label())
	}
	moved := "struct Dims {\n    uint a;\n    char _pad1[4];\n    uint b;\n};"
	assert.Equal(t, []wgslField{{of: "u32"}, {of: "u32", offset: 8}}, metal(t, moved), "padding counts")
}
