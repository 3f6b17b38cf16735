package runtime_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestPackagesSayWhetherTheyMayChange: other modules can import all of them, so each says whether they should.
func TestPackagesSayWhetherTheyMayChange(t *testing.T) {
	stable := map[string]bool{"runtime": true, "weights": true, "weights/nvlabs": true, "weights/tfport": true}
	says := map[string]bool{}
	for _, top := range []string{"runtime", "weights", "shaders"} {
		require.NoError(t, filepath.WalkDir(filepath.Join("..", top), func(path string, d fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.Contains(path, "testdata") {
				return err
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments|parser.PackageClauseOnly)
			if err != nil {
				return err
			}
			folder := filepath.ToSlash(strings.TrimPrefix(filepath.Dir(path), ".."+string(filepath.Separator)))
			says[folder] = says[folder] || strings.Contains(file.Doc.Text(), "may change with any version")
			return nil
		}))
	}
	assert.Greater(t, len(says), 20)
	for folder, may := range says {
		assert.Equal(t, !stable[folder], may, "the package comment of %s", folder)
	}
}
