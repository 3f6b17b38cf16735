package docs

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestEveryDecisionHoldsOrWasReplaced, by one that is there; names are cited, so each is there once.
func TestEveryDecisionHoldsOrWasReplaced(t *testing.T) {
	text, err := os.ReadFile("decisions.md")
	require.NoError(t, err)
	names := map[string]bool{}
	for _, name := range headings(string(text)) {
		assert.False(t, names[name], "%q is there twice", name)
		names[name] = true
	}
	entries := 0
	for line := range strings.Lines(string(text)) {
		entry, ok := strings.CutPrefix(strings.TrimSpace(line), "### ")
		if !ok {
			continue
		}
		entries++
		mark := regexp.MustCompile(`\((holds|replaced by (.+))\)$`).FindStringSubmatch(entry)
		if assert.NotNil(t, mark, "%q says neither (holds) nor (replaced by NAME)", entry) && mark[2] != "" {
			assert.True(t, names[mark[2]], "%q names no entry", entry)
		}
	}
	assert.Greater(t, entries, 30)
}
