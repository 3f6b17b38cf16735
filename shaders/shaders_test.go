package shaders

import (
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// kernels lists every specialisation.
func kernels() []Kernel {
	all := []Kernel{Pack{}, Gemm{}, Moments{}, Merge{}, Upsample{}, AveragePool{}, Slice{}}
	for a := range actNames {
		all = append(all, Conv{Act(a)}, Normalize{Act(a)}, Unary{Act(a)})
	}
	for op := range binaryNames {
		all = append(all, Binary{BinaryOp(op)})
	}
	return all
}

var (
	storageDecl = regexp.MustCompile(`@group\(0\) @binding\((\d+)\) var<storage, (\w+)> \w+: array<[\w<>]+>;`)
	uniformDecl = regexp.MustCompile(`@group\(0\) @binding\((\d+)\) var<uniform> dims: Dims;`)
)

func TestBindingsMatchSource(t *testing.T) {
	accesses := map[string]Access{"read": Read, "read_write": ReadWrite}
	labels := map[string]bool{}
	for _, k := range kernels() {
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

// forbidden are constructs that one of the WGSL compilers in use gets wrong, mostly without a word (docs/upstream.md).
var forbidden = []struct{ pattern, why string }{
	{`(?m)^\s*override\b|@id\(`, "pipeline constants are dropped or refused: generate const lines"},
	{`(?m)^const \w+(:\s*(array|vec|mat)|\s*=\s*(array|vec|mat))`, "module-scope composite constants are silently zero"},
	{`(?m)^const .*=.*\w\(`, "constant expressions must not call or convert"},
	{`(?m)^const \w+\s*=`, "constants need a type"},
	{`var<private>`, "private initialisers are silently zero"},
	{`\b(any|all)\s*\(`, "any and all do not compile"},
	{`countLeadingZeros`, "wrong natively"},
	{`atomicCompareExchange`, "compare-exchange loops go wrong"},
	{`\bf16\b`, "not reported natively"},
	{`ptr<\s*(workgroup|private|storage|uniform)`, "pointer parameters to these spaces make invalid SPIR-V"},
	{`@builtin\(num_workgroups\)`, "needs hidden constants on DX12: pass a dim"},
	{`0x7f800000|0xff800000|0x7fc00000|\bnan\b|\binf\b`, "drivers may assume that there are no NaN and Inf"},
	{`%`, "float % is wrong: only between unsigned integers"},
	{`\b[ui]32\(`, "float to integer conversions are wrong out of range: only between integers"},
	{`\b(tanh|exp)\s*\(`, "arguments need a clamp"},
}

// allowed are the uses of %, u32() and so on that were looked at: operands are integers, or the argument is clamped.
var allowed = []*regexp.Regexp{
	regexp.MustCompile(`(i|p|q|r|stream|tap|o|\))( / (\w+\.)?\w+)? % (8u|area|\(2u \* dims\.width\)|dims\.\w+)`),
	regexp.MustCompile(`i32\((r / dims\.out_width|r ) ?\* dims\.stride\)`),
	regexp.MustCompile(`i32\((r / dims\.out_width \* dims\.stride|r \* dims\.stride|dims\.\w+|k[xy]|dims\.(height|width) << dims\.upsample)\)`),
	regexp.MustCompile(`u32\(max\(s[xy], 0\)\)`),
	regexp.MustCompile(`exp\(clamp\(|exp\(-min\(abs\(x\), 40\.0\)\)|tanh\(clamp\(`),
}

func TestSourcesAvoidMiscompiledConstructs(t *testing.T) {
	comment := regexp.MustCompile(`//.*`)
	for _, k := range kernels() {
		src := comment.ReplaceAllString(k.Source(), "")
		for _, ok := range allowed {
			src = ok.ReplaceAllString(src, "")
		}
		for _, f := range forbidden {
			assert.NotRegexp(t, f.pattern, src, "%s: %s", k.Label(), f.why)
		}
	}
}

func TestEveryFileSaysWhatItIs(t *testing.T) {
	files, err := os.ReadDir(".")
	require.NoError(t, err)
	for _, f := range files {
		if strings.HasSuffix(f.Name(), ".wgsl") {
			text, err := os.ReadFile(f.Name())
			require.NoError(t, err)
			assert.True(t, strings.HasPrefix(string(text), "// "), "%s needs a header", f.Name())
		}
	}
}
