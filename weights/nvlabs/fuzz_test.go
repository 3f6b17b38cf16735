package nvlabs_test

import (
	"archive/zip"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/weights"
	"github.com/webmunit/webmunit/weights/nvlabs"
	"github.com/webmunit/webmunit/weights/pytorch/pttest"
)

func FuzzParseConfig(f *testing.F) {
	f.Add(testdata(f, "config.yaml"))
	f.Add([]byte("gen: &g {dim: 8, <<: *g}\ninput_dim_a: 0x3\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, _, err := nvlabs.ParseConfig(data)
		if err == nil {
			require.NoError(t, c.Validate())
			return
		}
		require.Zero(t, c, "no half a config beside an error")
	})
}

// FuzzImport feeds whole files; random bytes seldom survive a zip directory's checks, so that
// FuzzPickle goes deeper.
func FuzzImport(f *testing.F) {
	object := both(newState(handful(), weights.A), newState(handful(), weights.B))
	f.Add(pttest.ZipFile(f, object))
	f.Add(pttest.LegacyFile(object))
	f.Fuzz(func(t *testing.T, data []byte) { checkImport(t, data) })
}

// FuzzPickle feeds the object of a checkpoint whose storages are sound.
func FuzzPickle(f *testing.F) {
	small := pttest.Dict{"a", pttest.Dict{aFC, pttest.NewTensor("0", []int{2, 2}, []float32{1, 2, 3, 4})}}
	f.Add(pttest.Pickled(&pttest.Pickler{}, small))
	f.Add(pttest.Pickled(&pttest.Pickler{}, pttest.Dict{"gen", pttest.Dict{"param_groups", []any{1.5, nil, true}}}))
	f.Add([]byte("\x80\x04\x95\x00\x00\x00\x00\x00\x00\x00\x00\x8c\x01a\x94\x8c\x01b\x93)\x81}\x94b.")) // protocol 4
	f.Fuzz(func(t *testing.T, data []byte) {
		checkImport(t, pttest.ZipOf(t, zip.Store, "data.pkl", data, "data/0", make([]byte, 16)))
	})
}

// checkImport wants an error or a model that holds what it says.
func checkImport(t *testing.T, data []byte) {
	m, err := importBytes(data, handful())
	if err != nil {
		require.NotContains(t, err.Error(), "\n")
		return
	}
	for _, n := range m.Config.Networks() {
		if !m.Has(n) {
			continue
		}
		for _, k := range m.Config.Keys(n) {
			_, err := m.Float32s(n.Domain.Tensor(k.Name), k.Shape)
			require.NoError(t, err)
		}
	}
}
