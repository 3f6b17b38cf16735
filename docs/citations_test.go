// Package docs holds the documents to the code, and the code to the documents.
package docs

import (
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// texts are the repository's own texts by their paths.
func texts(t *testing.T) map[string]string {
	t.Helper()
	root := os.DirFS("..")
	all := map[string]string{}
	require.NoError(t, fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if slices.Contains([]string{".git", "bin", "dist", "node_modules", "out"}, d.Name()) {
				return fs.SkipDir
			}
			return nil
		}
		if slices.Contains([]string{".go", ".js", ".md", ".py", ".sh", ".ts", ".wgsl", ".yaml"}, path.Ext(name)) || name == "Makefile" {
			text, err := fs.ReadFile(root, name)
			all[name] = string(text)
			return err
		}
		return nil
	}))
	return all
}

var (
	lineBreak = regexp.MustCompile(`\n\s*(?://|#)?\s*`)
	citation  = regexp.MustCompile(`([\w/.-]+\.md)(?:\)|` + "`" + `)?, "([^"]+)"`) // docs/networks.md, "Padding"
	link      = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading   = regexp.MustCompile(`(?m)^#+ (.+?)(?: \((?:holds|replaced by .+)\))?$`)
)

func headings(text string) []string {
	var all []string
	for _, m := range heading.FindAllStringSubmatch(text, -1) {
		all = append(all, m[1])
	}
	return all
}

// TestCitationsLeadSomewhere: whoever follows docs/networks.md, "Padding" finds a document and, in it, the heading.
func TestCitationsLeadSomewhere(t *testing.T) {
	all := texts(t)
	found := 0
	for name, text := range all {
		assert.False(t, strings.Contains(text, "DESIGN "+"§"), "%s cites a text that is not in the repository", name)
		for _, m := range citation.FindAllStringSubmatch(lineBreak.ReplaceAllString(text, " "), -1) {
			document := m[1]
			if path.Ext(name) == ".md" && !strings.HasPrefix(document, "docs/") {
				document = path.Join(path.Dir(name), document)
			}
			cited, there := all[document]
			if assert.True(t, there, "%s cites %s, which is not there", name, m[1]) {
				assert.Contains(t, headings(cited), m[2], "%s cites %s", name, m[0])
			}
			found++
		}
	}
	assert.Greater(t, found, 10, "the pattern finds citations")
}

// TestLinksLeadSomewhere, those within the repository.
func TestLinksLeadSomewhere(t *testing.T) {
	for name, text := range texts(t) {
		if path.Ext(name) != ".md" {
			continue
		}
		for _, m := range link.FindAllStringSubmatch(text, -1) {
			target, _, _ := strings.Cut(m[1], "#")
			if target == "" || strings.Contains(target, "://") || strings.HasPrefix(target, "mailto:") {
				continue
			}
			_, err := os.Stat("../" + path.Join(path.Dir(name), target))
			assert.NoError(t, err, "%s links to it", name)
		}
	}
}
