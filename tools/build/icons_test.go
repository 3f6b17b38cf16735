package main

import (
	"encoding/json"
	"fmt"
	"image"
	_ "image/png"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestIconsAreThere: every picture that the manifest and the page's head name is in the site, of the size they say.
func TestIconsAreThere(t *testing.T) {
	dir := siteDir(t)
	file, err := os.ReadFile(filepath.Join(dir, "manifest.webmanifest"))
	require.NoError(t, err)
	var manifest struct{ Icons []struct{ Src, Sizes string } }
	require.NoError(t, json.Unmarshal(file, &manifest))
	sizes := map[string]string{}
	for _, icon := range manifest.Icons {
		sizes[icon.Src] = icon.Sizes
	}
	assert.Contains(t, sizes, "icon-512.png", "Chromium installs no page without an icon of 192 and one of 512 pixels")
	head, err := os.ReadFile(filepath.Join(dir, "index.html"))
	require.NoError(t, err)
	for _, m := range regexp.MustCompile(`(?:og:image" content|rel="(?:apple-touch-)?icon" href)="([^"]+)"`).FindAllStringSubmatch(string(head), -1) {
		if _, known := sizes[m[1]]; !known {
			sizes[m[1]] = ""
		}
	}
	assert.Contains(t, sizes, "social.png")
	sizes["social.png"] = "1200x630" // as links are shown
	for name, size := range sizes {
		f, err := os.Open(filepath.Join(dir, name))
		if !assert.NoError(t, err) {
			continue
		}
		if size != "any" {
			c, _, err := image.DecodeConfig(f)
			assert.NoError(t, err, name)
			assert.Equal(t, size, fmt.Sprintf("%dx%d", c.Width, c.Height), name)
		}
		f.Close()
	}
}
