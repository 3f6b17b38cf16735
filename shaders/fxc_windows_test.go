package shaders

import (
	"testing"

	"github.com/gogpu/naga/hlsl"
	"github.com/gogpu/wgpu/hal/dx12/d3dcompile"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestFXCCompilerTakesEveryKernel has Microsoft's compiler read the HLSL that naga makes, as gogpu does for DirectX 12. Wine runs it too.
func TestFXCCompilerTakesEveryKernel(t *testing.T) {
	fxc, err := d3dcompile.Load()
	require.NoError(t, err, "d3dcompiler_47.dll")
	compile := func(source, entry string) error {
		code, err := fxc.Compile(source, entry, "cs_5_1")
		if err == nil {
			assert.NotEmpty(t, code)
		}
		return err
	}
	for _, k := range All() {
		t.Run(k.Label(), func(t *testing.T) {
			source, info, err := hlsl.Compile(lowered(t, k.Source()), hlsl.DefaultOptions())
			require.NoError(t, err)
			entry := info.EntryPointNames["main"]
			require.NotEmpty(t, entry)
			assert.NoError(t, compile(source, entry))
		})
	}
	assert.Error(t, compile("[numthreads(1, 1, 1)] void main() { uint x = y; }", "main"), "errors must be seen")
}
