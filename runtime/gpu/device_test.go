package gpu

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/runtime/needs"
	"github.com/webmunit/webmunit/shaders"
)

func TestAdaptersAreListed(t *testing.T) {
	needs.GPU(t)
	infos, err := Adapters(context.Background())
	require.NoError(t, err, "no adapter for WebGPU: run `make setup`")
	for _, i := range infos {
		assert.Equal(t, "gpu", i.Kind)
		assert.NotEmpty(t, i.Name)
		assert.NotEmpty(t, i.Backend)
		assert.NotEqual(t, "Software Renderer", i.Name, "gogpu's interpreter is wrong")
		assert.NotEmpty(t, i.Details)
	}
	assert.Equal(t, infos[0], open(t).Info(), "Open takes the best")
}

func TestOpenByName(t *testing.T) {
	needs.GPU(t)
	infos, err := Adapters(context.Background())
	require.NoError(t, err)
	e, err := Open(context.Background(), Options{Name: infos[0].Name[1:4], Power: PowerLow})
	require.NoError(t, err)
	require.NoError(t, e.Close())

	_, err = Open(context.Background(), Options{Name: "no such GPU"})
	assert.ErrorIs(t, err, ErrNoGPU)
	assert.ErrorContains(t, err, infos[0].Name)
}

func TestTransfersOfAllSizes(t *testing.T) {
	e := open(t)
	for _, n := range []int{1, 2, 3, 5, 1023, 1025, stagingBytes/4 + 1} {
		values := make([]float32, n)
		for i := range values {
			values[i] = float32(i%1021) + 0.5
		}
		x := tensorOf(t, e, values...)
		assert.Equal(t, values, valuesOf(t, x), "%d values", n)
		x.Close()
	}
}

func TestPartsLandWhereTheyBelong(t *testing.T) {
	e := open(t)
	var parts []part
	var tensors []*tensor
	sizes := []int{3, stagingBytes/4 - 1, 5, 1, 1 << 10}
	values := make([]float32, stagingBytes/4)
	for i := range values {
		values[i] = float32(i)
	}
	for i, n := range sizes {
		x, err := e.NewTensor(graph.Shape{n})
		require.NoError(t, err)
		tensors = append(tensors, x.(*tensor))
		parts = append(parts, part{dst: tensors[i].buf, data: bytesOf(values[i : i+n : i+n])})
	}
	parts = append(parts, part{dst: tensors[0].buf, data: nil})
	require.NoError(t, e.do(context.Background(), func() error { return e.dev.upload(context.Background(), parts) }))
	for i, n := range sizes {
		assert.Equal(t, values[i:i+n], valuesOf(t, tensors[i]), "part %d", i)
	}
}

func TestTransferChecksItsSize(t *testing.T) {
	x := tensorOf(t, open(t), 1, 2, 3)
	assert.ErrorContains(t, x.Write(context.Background(), make([]float32, 2)), "2 values for a tensor [3]")
	assert.ErrorContains(t, x.Read(context.Background(), make([]float32, 4)), "4 values for a tensor [3]")
	assert.Equal(t, []float32{1, 2, 3}, valuesOf(t, x))
}

func TestTensorsTheDeviceCannotHold(t *testing.T) {
	e := open(t)
	_, err := e.NewTensor(graph.Shape{3, 0})
	assert.ErrorContains(t, err, "[3 0]")
	_, err = e.NewTensor(graph.Shape{1 << 12, 1 << 12, 1 << 12})
	assert.ErrorContains(t, err, "use a smaller image or the CPU")
	assert.NotErrorIs(t, err, graph.ErrDeviceLost)
	assert.Equal(t, []float32{1}, valuesOf(t, tensorOf(t, e, 1)), "the device goes on")
}

// brokenKernel is not WGSL.
type brokenKernel struct{ plusKernel }

func (brokenKernel) Label() string  { return "broken" }
func (brokenKernel) Source() string { return "@compute @workgroup_size(1) fn main() { let = ; }" }

func TestKernelsThatDoNotCompile(t *testing.T) {
	e := open(t)
	_, err := e.compile(context.Background(), chain(1, plusOne, 4), nil, func(n *graph.Node) (lowered, error) {
		l, err := lowerPlus(n)
		l.steps[0].kernel = brokenKernel{}
		return l, err
	})
	assert.ErrorContains(t, err, "kernel broken does not compile")
	assert.NotErrorIs(t, err, graph.ErrDeviceLost)
	p, x, y := compile(t, e, chain(1, plusOne, 1)), tensorOf(t, e, 1), tensorOf(t, e, 0)
	mustRun(t, p, x, y)
	assert.Equal(t, []float32{2}, valuesOf(t, y), "the device goes on")
}

func TestCallsFromManyGoroutines(t *testing.T) {
	e := open(t)
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			p, x, y := compile(t, e, chain(i+1, plusOne, 100)), tensorOf(t, e, make([]float32, 100)...), tensorOf(t, e, make([]float32, 100)...)
			for range 20 {
				if !assert.NoError(t, p.Run(context.Background(), []graph.Tensor{x}, []graph.Tensor{y})) {
					return
				}
				for _, v := range valuesOf(t, y) {
					if !assert.EqualValues(t, i+1, v) {
						return
					}
				}
			}
		})
	}
	wg.Wait()
}

func TestPipelinesAreShared(t *testing.T) {
	e := open(t)
	before := len(e.pipelines)
	compile(t, e, chain(3, plusOne, 4))
	compile(t, e, chain(2, both, 4))
	assert.Equal(t, before+2, len(e.pipelines), "one for each kernel")
	assert.Contains(t, e.pipelines, shaders.Kernel(plusKernel{1}))
}

// Each adapter is tried in turn, and the error tells why each was refused. (Under Wine, where DirectX 12 fails its proof, Vulkan takes its place.)
func TestRefusedAdaptersAreFollowedByTheNext(t *testing.T) {
	needs.GPU(t)
	infos, err := Adapters(context.Background())
	require.NoError(t, err)
	var asked []graph.Info
	_, err = Open(context.Background(), Options{probe: func(info graph.Info) error {
		asked = append(asked, info)
		return fmt.Errorf("number %d is no good", len(asked))
	}})
	assert.Equal(t, infos, asked)
	for i := range infos {
		assert.ErrorContains(t, err, fmt.Sprintf("number %d is no good", i+1))
	}
}
