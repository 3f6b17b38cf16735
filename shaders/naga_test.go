//go:build !js

package shaders

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/gogpu/naga"
	"github.com/gogpu/naga/hlsl"
	"github.com/gogpu/naga/ir"
	"github.com/gogpu/naga/msl"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime/needs"
)

// TestNativeCompilerTakesEveryKernel makes what Vulkan, Metal and DirectX 12 take. It proves little: naga accepts invalid WGSL too (see the
// browser's test), and whether the numbers are right is for the executor's op table.
func TestNativeCompilerTakesEveryKernel(t *testing.T) {
	for _, k := range All() {
		spirv, err := naga.Compile(k.Source())
		require.NoError(t, err, k.Label())
		assert.NotEmpty(t, spirv, k.Label())
		metal, _, err := msl.Compile(lowered(t, k.Source()), msl.DefaultOptions())
		require.NoError(t, err, k.Label())
		assert.NotEmpty(t, metal, k.Label())
		directX, _, err := hlsl.Compile(lowered(t, k.Source()), hlsl.DefaultOptions())
		require.NoError(t, err, k.Label())
		assert.NotEmpty(t, directX, k.Label())
	}
}

// TestSPIRVIsValid has the Khronos group's own checker look at what gogpu hands to Vulkan drivers, which believe it unchecked.
func TestSPIRVIsValid(t *testing.T) {
	needs.Tool(t, "spirv-val")
	_, err := exec.LookPath("spirv-val")
	if err != nil && runtime.GOOS != "linux" {
		t.Skip("spirv-val is not on the PATH; its package is called spirv-tools")
	}
	require.NoError(t, err, "spirv-val is not installed (Debian: spirv-tools): run `make setup`")
	for _, k := range All() {
		spirv, err := naga.Compile(k.Source())
		require.NoError(t, err, k.Label())
		file := filepath.Join(t.TempDir(), "kernel.spv")
		require.NoError(t, os.WriteFile(file, spirv, 0o600))
		for _, env := range []string{"vulkan1.1", "vulkan1.3"} {
			out, err := exec.Command("spirv-val", "--target-env", env, file).CombinedOutput()
			assert.NoError(t, err, "%s, %s: %s", k.Label(), env, out)
		}
	}
}

// lowered is naga's typed form of source.
func lowered(t *testing.T, source string) *ir.Module {
	t.Helper()
	ast, err := naga.Parse(source)
	require.NoError(t, err)
	m, err := naga.LowerWithSource(ast, source)
	require.NoError(t, err)
	return m
}

func TestNoFloatRemainderOrTruncation(t *testing.T) {
	for _, k := range All() {
		assert.Empty(t, floatHazards(t, k.Source()), k.Label())
	}
}

func TestFloatHazardsAreFound(t *testing.T) {
	src := `@group(0) @binding(0) var<storage, read_write> y: array<f32>;
fn f(a: f32) -> f32 { return f32(u32(a)); }
@compute @workgroup_size(1) fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    y[id.x % 7u] = f(f32(id.x) % 3.0);
}`
	assert.ElementsMatch(t, []string{"float %", "float to integer"}, floatHazards(t, src))
}

// floatHazards lists the places where source takes a remainder of floats, which is wrong natively, or converts floats to integers, which is
// wrong natively for values out of range: no kernel needs either.
func floatHazards(t *testing.T, source string) []string {
	m := lowered(t, source)
	functions := make([]*ir.Function, 0, len(m.Functions)+len(m.EntryPoints))
	for i := range m.Functions {
		functions = append(functions, &m.Functions[i])
	}
	for i := range m.EntryPoints {
		functions = append(functions, &m.EntryPoints[i].Function)
	}
	var found []string
	for _, f := range functions {
		isFloat := func(h ir.ExpressionHandle) bool { return scalarKind(t, m, f, h) == ir.ScalarFloat }
		for _, e := range f.Expressions {
			switch e := e.Kind.(type) {
			case ir.ExprBinary:
				if e.Op == ir.BinaryModulo && isFloat(e.Left) {
					found = append(found, "float %")
				}
			case ir.ExprAs:
				if e.Convert != nil && (e.Kind == ir.ScalarSint || e.Kind == ir.ScalarUint) && isFloat(e.Expr) {
					found = append(found, "float to integer")
				}
			}
		}
	}
	return found
}

// scalarKind is the kind of an expression, or of its components.
func scalarKind(t *testing.T, m *ir.Module, f *ir.Function, h ir.ExpressionHandle) ir.ScalarKind {
	r, err := ir.ResolveExpressionType(m, f, h)
	require.NoError(t, err)
	inner := r.Value
	if r.Handle != nil {
		inner = m.Types[*r.Handle].Inner
	}
	switch ty := inner.(type) {
	case ir.ScalarType:
		return ty.Kind
	case ir.VectorType:
		return ty.Scalar.Kind
	}
	require.Failf(t, "unexpected operand", "%T", inner)
	return 0
}

// Every file is part of some kernel in All: what is not listed there is neither hashed nor tested.
func TestAllListsEveryFile(t *testing.T) {
	files, err := filepath.Glob("*.wgsl")
	require.NoError(t, err)
	for _, f := range files {
		text, err := os.ReadFile(f)
		require.NoError(t, err)
		assert.True(t, slices.ContainsFunc(All(), func(k Kernel) bool { return strings.Contains(k.Source(), string(text)) }), f)
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
