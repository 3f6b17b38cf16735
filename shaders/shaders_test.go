package shaders

import (
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var (
	storageDecl = regexp.MustCompile(`@group\(0\) @binding\((\d+)\) var<storage, (\w+)> \w+: array<[\w<>]+>;`)
	uniformDecl = regexp.MustCompile(`@group\(0\) @binding\((\d+)\) var<uniform> dims: Dims;`)
)

func TestBindingsMatchSource(t *testing.T) {
	accesses := map[string]Access{"read": Read, "read_write": ReadWrite}
	labels := map[string]bool{}
	for _, k := range All() {
		src := k.Source()
		var got []Access
		for i, m := range storageDecl.FindAllStringSubmatch(src, -1) {
			assert.Equal(t, strconv.Itoa(i), m[1], "%s: storage bindings count up from 0", k.Label())
			access, known := accesses[m[2]]
			require.True(t, known, "%s: access %q", k.Label(), m[2])
			got = append(got, access)
		}
		assert.Equal(t, k.Bindings(), got, k.Label())
		uniforms := uniformDecl.FindAllStringSubmatch(src, -1)
		require.Len(t, uniforms, 1, k.Label())
		assert.Equal(t, strconv.Itoa(len(got)), uniforms[0][1], "%s: dims follow the storage bindings", k.Label())
		assert.Equal(t, len(got)+1, strings.Count(src, "@binding"), "%s: a binding is declared in another form", k.Label())
		assert.Equal(t, 1, strings.Count(src, "fn main("), k.Label())
		assert.LessOrEqual(t, len(got), 8, "%s: WebGPU promises 8 storage buffers", k.Label())
		assert.False(t, labels[k.Label()], "two kernels are called %q", k.Label())
		labels[k.Label()] = true
	}
}

// forbidden are constructs that one of the WGSL compilers in use gets wrong, mostly without a word. naga_test.go finds those that need types.
var forbidden = []struct{ pattern, why string }{
	{`(?m)^\s*override\b|@id\(`, "pipeline constants are dropped or refused: generate const lines"},
	{`(?m)^const \w+(\s*:\s*|\s*=\s*)(array|vec|mat)`, "module-scope composite constants are silently zero"},
	{`(?m)^const .*=.*\w\(`, "constant expressions must not call or convert"},
	{`(?m)^const \w+\s*=`, "constants need a type"},
	{`var<private>`, "private initialisers are silently zero"},
	{`\b(any|all)\s*\(`, "any and all do not compile natively"},
	{`countLeadingZeros|atomicCompareExchange`, "wrong natively"},
	{`\bf16\b`, "no adapter reports it natively"},
	{`ptr<\s*(workgroup|private|storage|uniform)`, "pointer parameters to these spaces make invalid SPIR-V"},
	{`num_workgroups`, "needs hidden constants on DX12: pass a dim"},
	{`(?i)0x7f8|0xff8|0x7fc|\bnan\b|\binf\b`, "compilers may assume that there are no NaN and Inf"},
	{`\btanh\((?:[^c]|c[^l])`, "the argument needs a clamp: NaN beyond 90 on some drivers"},
	{`\bexp\((?:[^c-]|c[^l]|-[^m])`, "the argument needs a clamp"},
}

func TestSourcesAvoidMiscompiledConstructs(t *testing.T) {
	comment := regexp.MustCompile(`//.*`)
	for _, k := range All() {
		src := comment.ReplaceAllString(k.Source(), "")
		for _, f := range forbidden {
			assert.Empty(t, regexp.MustCompile(f.pattern).FindString(src), "%s: %s", k.Label(), f.why)
		}
	}
}

func TestForbiddenConstructsAreFound(t *testing.T) {
	for i, bad := range []string{
		"override K: u32 = 3u;", "const W = array<u32, 2>(1u, 2u);", "const F: f32 = f32(3u);", "const N = 3u;",
		"var<private> p: u32;", "if (any(v > w)) {", "countLeadingZeros(i)", "var a: f16;", "fn f(p: ptr<workgroup, u32>) {",
		"@builtin(num_workgroups) n: vec3<u32>", "bitcast<f32>(0x7f800000u)", "tanh(x)", "exp(x)",
	} {
		assert.Regexp(t, forbidden[i].pattern, bad)
	}
}
