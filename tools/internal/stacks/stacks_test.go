package stacks

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// docs/gpu.md says what the table says.
func TestDocumentListsEveryStack(t *testing.T) {
	text, err := os.ReadFile("../../../docs/gpu.md")
	require.NoError(t, err)
	names := map[string]bool{}
	for _, s := range All {
		assert.False(t, names[s.Name], "two stacks are called %s", s.Name)
		names[s.Name] = true
		row := fmt.Sprintf("| %s | %s | %s | %s |", s.Name, s.Compiler, s.Driver, s.Proves)
		assert.True(t, strings.Contains(string(text), row), "docs/gpu.md lacks %s", row)
	}
	s, err := Find(Default)
	require.NoError(t, err)
	assert.Equal(t, Chromium, s.Host)
	_, err = Find("none")
	assert.ErrorContains(t, err, "there is native-lavapipe")
}

func TestMissingDriverIsNamed(t *testing.T) {
	_, err := Stack{Name: "mine", ICD: "no_such_icd.json"}.Environment()
	assert.ErrorContains(t, err, "mine: no no_such_icd.json in /usr/share/vulkan/icd.d")
	assert.ErrorContains(t, err, "make setup")
}
