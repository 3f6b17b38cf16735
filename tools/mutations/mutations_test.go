package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/tools/internal/gotool"
)

// TestTableFitsTheCode: each change is of a text that the code has, once, so that the table cannot grow stale.
func TestTableFitsTheCode(t *testing.T) {
	root, err := gotool.Root(t.Context())
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(table), 50)
	for _, m := range table {
		_, err := m.mutate(root)
		assert.NoError(t, err)
		assert.NotEmpty(t, m.tests, m)
	}
}

// TestTry tells a change that a test notices from one that none does, and from one that does not build.
func TestTry(t *testing.T) {
	root := t.TempDir()
	repository, err := gotool.Root(t.Context())
	require.NoError(t, err)
	toolchain, err := gotool.Toolchain(repository)
	require.NoError(t, err)
	for name, text := range map[string]string{
		"go.mod":    "module example.org/m\n\ngo " + strings.TrimPrefix(toolchain, "go") + "\n",
		"m.go":      "package m\n\nfunc Add(a, b int) int { return a + b }\n\nfunc Unseen() int { return 1 }\n",
		"m_test.go": "package m\n\nimport \"testing\"\n\nfunc TestAdd(t *testing.T) {\n\tif Add(1, 2) != 3 {\n\t\tt.Fail()\n\t}\n}\n",
	} {
		path := filepath.Join(root, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
	}
	l := lab{root: root, temp: t.TempDir()}
	try := func(old, new string) (string, error) {
		return l.try(t.Context(), mutation{"m.go", old, new, []suite{{"."}}})
	}
	by, err := try("a + b", "a - b")
	require.NoError(t, err)
	assert.Equal(t, "TestAdd", by)
	by, err = try("return 1", "return 2")
	require.NoError(t, err)
	assert.Empty(t, by)
	_, err = try("a + b", "a +")
	assert.ErrorContains(t, err, "does not build")
	_, err = try("int", "uint")
	assert.ErrorContains(t, err, "mend the table")
	text, err := os.ReadFile(filepath.Join(root, "m.go"))
	require.NoError(t, err)
	assert.Contains(t, string(text), "a + b", "the code itself stays as it is")
}
