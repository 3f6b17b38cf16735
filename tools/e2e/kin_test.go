//go:build !race

package e2e

import (
	"bytes"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/weights"
	"github.com/webmunit/webmunit/weights/formula"
)

// kinModels are small models of the methods that MUNIT is compared with, whose weights no training made.
func kinModels(t *testing.T) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	for name, c := range map[string]weights.Config{
		"UNIT":          {Method: "UNIT", Gen: weights.Gen{Dim: 4, Activ: "relu", NDownsample: 2, NRes: 1, PadType: "reflect"}},
		"CycleGANNoise": {Method: "CycleGANNoise", Gen: weights.Gen{Dim: 4, Activ: "relu", NDownsample: 2, NRes: 1, PadType: "reflect"}},
		"CycleGAN":      {Method: "CycleGAN", Gen: weights.Gen{Dim: 4, Activ: "relu", NDownsample: 2, NRes: 2, PadType: "reflect", NetG: "resnet"}},
		"BicycleGAN":    {Method: "BicycleGAN", Gen: weights.Gen{Dim: 2, StyleDim: 4, Activ: "relu", NDownsample: 6, PadType: "zero", NetG: "unet", NetE: "resnet_128", NEF: 2}},
	} {
		c.InputDimA, c.InputDimB, c.NewSize = 3, 3, 64
		m := formula.Model(c, "kin", "a", "b")
		var file bytes.Buffer
		_, err := m.WriteTo(&file)
		require.NoError(t, err)
		files["models/"+name+".munit.safetensors"] = file.Bytes()
	}
	return files
}

// Models of other methods translate here as natively. Those without styles show one picture, and nothing of styles; where noise is the style,
// nothing lies between two.
func (s *stage) kin(t *testing.T) {
	files := kinModels(t)
	h := s.open(t, func(h *host) { h.files = files })
	for _, method := range []string{"UNIT", "CycleGAN", "CycleGANNoise", "BicycleGAN"} {
		t.Run(method, func(t *testing.T) {
			name := "models/" + method + ".munit.safetensors"
			other := openNative(t, files[name], filepath.Join(s.dir, "samples", "wares"))
			v := s.visit(t, fmt.Sprintf("%s?device=cpu&seed=%d&styles=2&model=%s", h.url, seed, name), "")
			v.ready()
			v.same(other.paint(t, other.samples[0], other.RandomStyle(seed, 0)), v.result(), "the first sample")
			assert.Equal(t, method, get[string](v, "webmunit.translator.info.model.method"))
			assert.Contains(t, get[string](v, `document.querySelector("#model-note").textContent`), method)
			codes, noise := method == "BicycleGAN", method == "CycleGANNoise"
			for part, want := range map[string]bool{".styles": codes || noise, ".blend": codes, "#style-image": codes, "#embed .of-styles": codes || noise} {
				assert.Equal(t, want, get[bool](v, fmt.Sprintf(`document.querySelector(%q).checkVisibility()`, part)), part)
			}
			if codes || noise {
				v.same(other.paint(t, other.samples[0], other.RandomStyle(seed, 1)), v.style(1), "the second style")
			}
			if noise {
				code := get[string](v, `webmunit.translator.styleOf(document.querySelector("#canvas")).then(() => "no error", (e) => e.code + ": " + e.message)`)
				assert.Regexp(t, "^bad-style: .*noise", code)
			}
			if codes || noise {
				v.shoot("kin-"+method, "light")
				return
			}
			for _, call := range []string{
				"decodeBatch(content, [t.randomStyle(1), t.randomStyle(2)])", "decode(content, new Float32Array(8))", "styleOf(picture)", "translate(picture, {styleImage: picture})",
			} {
				code := get[string](v, fmt.Sprintf(`(async () => {
					const t = webmunit.translator, picture = document.querySelector("#canvas"), content = await t.encode(picture);
					return t.%s.then(() => "no error", (e) => e.code + ": " + e.message);
				})()`, call))
				assert.Regexp(t, "^bad-style: .*no styles", code, call)
			}
			v.shoot("kin-"+method, "light")
			one := get[int](v, `(async () => (await webmunit.translator.translate(document.querySelector("#canvas"))).width)()`)
			assert.Equal(t, 64, one)
		})
	}
}
