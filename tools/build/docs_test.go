package main

import (
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var (
	references = regexp.MustCompile(`<(?:a|img|link)\b[^>]*?(?:href|src)="([^"]+)"`)
	anchors    = regexp.MustCompile(`\bid="([^"]+)"`)
)

// TestDocumentsLeadSomewhere follows each link of each document's page: to other pages of the site and their headings, and to files of the repository.
func TestDocumentsLeadSomewhere(t *testing.T) {
	dir := siteDir(t)
	pages, err := filepath.Glob(filepath.Join(dir, "docs", "*.html"))
	require.NoError(t, err)
	assert.Greater(t, len(pages), 20, "documents and commands")
	between := 0
	for _, file := range pages {
		html, err := os.ReadFile(file)
		require.NoError(t, err)
		assert.NotContains(t, string(html), "<script")
		for _, m := range references.FindAllStringSubmatch(string(html), -1) {
			to, err := url.Parse(strings.ReplaceAll(m[1], "&amp;", "&"))
			require.NoError(t, err)
			if inRepository, ok := strings.CutPrefix(m[1], sourceURL); ok {
				_, err := os.Stat(filepath.Join("../..", inRepository))
				assert.NoError(t, err, filepath.Base(file))
				continue
			}
			if to.Scheme != "" {
				continue
			}
			target := file
			if to.Path != "" {
				target = filepath.Join(dir, path.Join("docs", to.Path))
				between++
			}
			if strings.HasSuffix(to.Path, "/") {
				target = filepath.Join(target, "index.html")
			}
			text, err := os.ReadFile(target)
			if !assert.NoError(t, err, "%s links to %s", filepath.Base(file), m[1]) || to.Fragment == "" {
				continue
			}
			found := false
			for _, a := range anchors.FindAllStringSubmatch(string(text), -1) {
				found = found || a[1] == to.Fragment
			}
			assert.True(t, found, "%s links to %s, where no heading is called so", filepath.Base(file), m[1])
		}
	}
	assert.Greater(t, between, 400, "the pattern finds links")
	help, err := os.ReadFile(filepath.Join(dir, "docs", "munit_translate.html"))
	require.NoError(t, err)
	assert.Contains(t, string(help), "--styles")
}
