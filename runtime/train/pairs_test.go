package train

import (
	"fmt"
	"image"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime/cpu"
	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/runtime/picture"
	"github.com/webmunit/webmunit/weights/nvlabs"
)

type silent struct{}

func (silent) Started(int, int, [2]int, graph.Memory) {}
func (silent) Stepped(int, Losses)                    {}
func (silent) Stopping()                              {}
func (silent) Note(string, ...any)                    {}

// TestPairsStayPairs: with the same pictures in both domains, a method that learns from pairs sees the same batches, cropped and flipped
// alike, and another method sees two orders.
func TestPairsStayPairs(t *testing.T) {
	folder := t.TempDir()
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 4 {
		m := image.NewNRGBA(image.Rect(0, 0, 44, 40))
		for at := range m.Pix {
			m.Pix[at] = uint8(r.IntN(256)) | 255*uint8(at%4/3)
		}
		for _, set := range []string{"trainA", "trainB"} {
			require.NoError(t, os.MkdirAll(filepath.Join(folder, set), 0o755))
			require.NoError(t, picture.WritePNG(filepath.Join(folder, set, fmt.Sprintf("%d.png", i)), m))
		}
	}
	text, err := os.ReadFile("testdata/tiny.yaml")
	require.NoError(t, err)
	e := cpu.New(cpu.Options{Threads: 1})
	defer e.Close()
	for method, paired := range map[string]bool{"BicycleGAN": true, nvlabs.MUNIT: false, "CycleGAN": false} {
		yaml := []byte("trainer: " + method + "\n" + strings.Replace(string(text), "input_dim_a: 1", "input_dim_a: 3", 1))
		c, _, err := nvlabs.ParseTraining(yaml)
		require.NoError(t, err)
		run, err := prepare(t.Context(), e, &Options{Config: c, ConfigText: yaml, Data: folder, Output: t.TempDir(), Seed: 3, Observe: silent{}})
		require.NoError(t, err)
		defer run.close()
		same := true
		for range 4 {
			a, err := run.feeds[0].Next(t.Context())
			require.NoError(t, err)
			b, err := run.feeds[1].Next(t.Context())
			require.NoError(t, err)
			same = same && assert.ObjectsAreEqual(a, b)
		}
		assert.Equal(t, paired, same, method)
	}
}
