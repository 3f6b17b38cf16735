package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/weights"
)

// evil sets a terminal's title, clears it, colours it, goes back to the line's start, turns letters round, and adds a line of its own.
const evil = "\x1b]0;owned\a\x1b[2J\x1b[31mred\rback\u202elive\u009b31m\nhint: all is well"

// TestNothingFromAFileReachesTheTerminal: names, words and configs are shown as text, wherever they are shown, and add no lines.
func TestNothingFromAFileReachesTheTerminal(t *testing.T) {
	dir := t.TempDir()
	model := tiny(t, func(m *weights.Model) *weights.Model {
		m.DomainA, m.DomainB, m.License, m.Source = evil, "b"+evil, evil, evil
		return m
	})
	picture := filepath.Join(dir, "pictures", evil+".png")
	require.NoError(t, os.MkdirAll(filepath.Dir(picture), 0o755))
	require.NoError(t, os.WriteFile(picture, must(os.ReadFile("testdata/drawing.png")), 0o644))
	bad := filepath.Join(dir, "bad", evil+".png")
	require.NoError(t, os.MkdirAll(filepath.Dir(bad), 0o755))
	require.NoError(t, os.WriteFile(bad, []byte("no picture"), 0o644))
	config := trainingConfig(t, dir)
	odd := filepath.Join(dir, "odd.yaml")
	require.NoError(t, os.WriteFile(odd, append(must(os.ReadFile(config)), "\n\"k\\e[31m\\ney\\u202e\": 1\n\"k\\e[31m\\ney\\u202e\": 2\n"...), 0o644))
	wrong := filepath.Join(dir, "wrong.yaml")
	require.NoError(t, os.WriteFile(wrong, []byte("gen: {dim: 8, activ: \"\\e[31m\\u202e\"}\n\"input_dim_a\": !\u202e 3\n"), 0o644))
	file := must(os.ReadFile(model))
	at := bytes.Index(file, []byte("gen_a."))
	torn := filepath.Join(dir, "torn.munit.safetensors")
	require.NoError(t, os.WriteFile(torn, bytes.Replace(file, file[at:at+24], append([]byte(`\u001b\u001b`), file[at+12:at+24]...), 1), 0o644))

	for i, c := range []struct {
		code int
		args []string
	}{
		{0, []string{"info", model, "--tensors"}},
		{0, []string{"info", model, "--json"}},
		{0, []string{"convert", "--checkpoint", model, "--output", filepath.Join(dir, evil, "o.munit.safetensors")}},
		{0, []string{"export", "--model", model, "--format", "safetensors", "--output", filepath.Join(dir, "e"+evil)}},
		{0, []string{"translate", "--model", model, "--input", picture, "--output", filepath.Join(dir, evil), "--device", "cpu"}},
		{1, []string{"translate", "--model", model, "--input", bad, "--output", filepath.Join(dir, evil), "--device", "cpu"}},
		{1, []string{"translate", "--model", evil, "--input", bad, "--output", evil}},
		{1, []string{"info", torn}},
		{2, []string{evil}},
		{2, []string{"info", "--" + evil}},
		{2, []string{"translate", "--model", model, "--input", picture, "--output", dir, "--direction", evil}},
		{1, []string{"train", "--config", wrong, "--data", dir, "--output", filepath.Join(dir, "t")}},
		{0, []string{"train", "--config", odd, "--data", dir, "--output", filepath.Join(dir, "t"+evil), "--device", "cpu", "--iterations", "1"}},
		{1, []string{"serve", "--dir", evil}},
		{1, []string{"eval", "--model", model, "--data", evil, "--device", "cpu"}},
	} {
		r := munit(t, c.args...)
		require.Equal(t, c.code, r.code, "%d: %s", i, r.stderr)
		shown := r.stdout + r.stderr
		assert.NotEmpty(t, shown)
		for _, r := range shown {
			if r != '\n' && r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)) {
				t.Errorf("%d, munit %q, shows %U in %q", i, c.args, r, shown)
				break
			}
		}
		for line := range strings.Lines(shown) {
			assert.False(t, strings.HasPrefix(line, "hint: all"), "%d, munit %q, lets a file write lines:\n%s", i, c.args, shown)
		}
	}
	var info modelInfo
	require.NoError(t, json.Unmarshal([]byte(done(t, "info", model, "--json").stdout), &info))
	assert.Equal(t, evil, info.License, "JSON says what the file says")
}
