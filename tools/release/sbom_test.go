//go:build all && !race

package main

import (
	"debug/elf"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestStaticProgramAndModules releases what needs no C library, and the list of modules, which says nothing of when and where it was made.
func TestStaticProgramAndModules(t *testing.T) {
	out := filepath.Join(t.TempDir(), "release")
	said, code := releaseInto(t, "--version", "v0.2.1-rc.1", "--out", out, "--only", "linux-amd64-static,sbom")
	require.Zero(t, code, said)

	const folder = "munit-v0.2.1-rc.1-linux-amd64-static"
	dir := t.TempDir()
	files := unpack(t, filepath.Join(out, folder+".tar.gz"), dir)
	program, err := elf.Open(filepath.Join(dir, folder, "munit"))
	require.NoError(t, err)
	defer program.Close()
	for _, part := range program.Progs {
		assert.NotEqual(t, elf.PT_INTERP, part.Type, "it asks for a dynamic loader")
	}
	assert.NotContains(t, string(files[folder+"/licences.txt"]), "goffi", "what it does not contain")

	text, err := os.ReadFile(filepath.Join(out, "webmunit-v0.2.1-rc.1.cdx.json"))
	require.NoError(t, err)
	var list struct {
		BOMFormat, SerialNumber string
		Metadata                struct {
			Timestamp string
			Component struct{ Name, Version string }
			Tools     []map[string]any
		}
		Components []struct{ Name, Version string }
	}
	require.NoError(t, json.Unmarshal(text, &list))
	assert.Equal(t, "CycloneDX", list.BOMFormat)
	assert.Empty(t, list.SerialNumber)
	assert.Empty(t, list.Metadata.Timestamp)
	assert.Equal(t, "v0.2.1-rc.1", list.Metadata.Component.Version)
	require.Len(t, list.Metadata.Tools, 1)
	assert.NotContains(t, list.Metadata.Tools[0], "hashes")
	versions := map[string]string{}
	for _, c := range list.Components {
		versions[c.Name] = c.Version
	}
	assert.Regexp(t, `^v\d`, versions["github.com/gogpu/wgpu"])
	assert.Regexp(t, `^go1\.`, versions["std"])
}
