package main

import (
	"encoding/base64"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/tools/internal/chromium"
	"github.com/webmunit/webmunit/tools/internal/gotool"
)

// The convert page makes of the files of a checkpoint what munit convert makes of them, to the byte, and says what is missing.
func TestConvertPage(t *testing.T) {
	b := open(t)
	munit := filepath.Join(t.TempDir(), "munit")
	build, err := gotool.Native(t.Context(), "../..", "build", "-o", munit, "./tools/munit")
	require.NoError(t, err)
	out, err := build.CombinedOutput()
	require.NoError(t, err, "%s", out)

	b.visit(t, "/some/path/")
	assert.True(t, do[bool](t, b, `return Boolean(document.querySelector('footer a[href="convert.html"]'))`), "the page leads to it")

	const kin, nvlabs = "../../runtime/optest/testdata/kin/", "../../weights/nvlabs/testdata/"
	for name, c := range map[string]struct {
		files  []string
		config string
		says   string
	}{
		"MUNIT":      {[]string{nvlabs + "gen.pt"}, nvlabs + "config.yaml", "MUNIT: drawing to shoe, shoe to drawing"},
		"old form":   {[]string{nvlabs + "gen_legacy.pt"}, nvlabs + "config.yaml", "MUNIT: drawing to shoe"},
		"UNIT":       {[]string{kin + "unit/gen.pt"}, kin + "unit/config.yaml", "UNIT: drawing to shoe"},
		"CycleGAN":   {[]string{kin + "cyclegan/latest_net_G_A.pth"}, "", "CycleGAN: drawing to shoe"},
		"BicycleGAN": {[]string{kin + "bicyclegan/latest_net_G.pth", kin + "bicyclegan/latest_net_E.pth"}, "", "BicycleGAN: drawing to shoe"},
	} {
		t.Run(name, func(t *testing.T) {
			chosen, args := c.files, []string{}
			if c.config != "" {
				chosen, args = append([]string{c.config}, chosen...), []string{"--config", c.config}
			}
			b.convert(t, chosen...)
			b.awaitState(t, "ready")
			got, err := base64.StdEncoding.DecodeString(do[string](t, b, `
				const bytes = new Uint8Array(await (await fetch(document.querySelector("#save").href)).arrayBuffer());
				return btoa(Array.from(bytes, (b) => String.fromCharCode(b)).join(""));`))
			require.NoError(t, err)
			assert.Contains(t, do[string](t, b, `return document.querySelector("#says").textContent`), c.says)

			path := filepath.Join(t.TempDir(), "model.munit.safetensors")
			args = append([]string{"convert", "--checkpoint", c.files[0], "--output", path, "--dtype", "int8", "--domain-a", "drawing", "--domain-b", "shoe"}, args...)
			out, err := exec.CommandContext(t.Context(), munit, args...).CombinedOutput()
			require.NoError(t, err, "%s", out)
			want, err := os.ReadFile(path)
			require.NoError(t, err)
			assert.Equal(t, want, got, "the model file")
		})
	}
	require.NoError(t, chromium.Screenshot(b.ctx, "../../out/screenshots/convert.png"))

	t.Run("drawn with", func(t *testing.T) {
		b.convert(t, nvlabs+"gen.pt", nvlabs+"config.yaml")
		b.awaitState(t, "ready")
		address := do[string](t, b, `
			const link = document.querySelector("#draw");
			if (link.hidden) throw new Error("it was not kept");
			return new URL(link.href).search;`)
		for _, host := range []string{"says that there is no such file", "answers with a page"} {
			if host == "answers with a page" {
				b.bytes("/some/path/models/own/gen.munit.safetensors", "text/html", []byte("<!doctype html>"))
			}
			b.visit(t, "/some/path/"+address+"&device=cpu")
			b.awaitState(t, "ready")
			assert.Equal(t, "Shoe", do[string](t, b, `return document.querySelector("#result-title").textContent`), host)
		}
	})

	for _, c := range []struct {
		files []string
		says  string
	}{
		{[]string{nvlabs + "gen.pt"}, "add the YAML file of its training"},
		{[]string{nvlabs + "config.yaml"}, "There is no checkpoint"},
		{[]string{kin + "bicyclegan/latest_net_E.pth"}, "latest_net_G.pth"},
		{[]string{nvlabs + "config.yaml", nvlabs + "gen.pt", nvlabs + "gen_legacy.pt"}, "There are 2 checkpoints"},
		{[]string{kin + "cyclegan/latest_net_G_A.pth", nvlabs + "gen.pt"}, "one file too many"},
	} {
		b.convert(t, c.files...)
		b.awaitState(t, "error")
		assert.Contains(t, do[string](t, b, `return document.querySelector("#status-words").textContent`), c.says, "%v", c.files)
	}
}

// convert visits the page, chooses files and presses the button.
func (b *browser) convert(t *testing.T, files ...string) {
	t.Helper()
	b.visit(t, "/some/path/convert.html")
	for i := range files {
		path, err := filepath.Abs(files[i])
		require.NoError(t, err)
		files[i] = path
	}
	b.awaitState(t, "idle")
	require.NoError(t, chromedp.Do(b.ctx, chromedp.SetUploadFiles("#picker", files)))
	evaluate[bool](t, b, `
		document.querySelector("#domain-a").value = "drawing";
		document.querySelector("#domain-b").value = "shoe";
		document.querySelector("#convert").click(); return true`)
}
