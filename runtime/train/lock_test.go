//go:build !js

package train_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime/train"
)

// TestOneTrainingPerFolder: a second one is refused while the first runs, and neither an ended nor a killed one (TestKill) is in the way.
func TestOneTrainingPerFolder(t *testing.T) {
	data, output := pictures(t, 3), t.TempDir()
	var second error
	o := options(t, data, output, &watch{after: func(iteration int) {
		if iteration == 2 {
			other := options(t, data, output, &watch{})
			other.Resume = true
			_, second = run(t, context.Background(), other)
		}
	}})
	o.Iterations = 3
	_, err := run(t, t.Context(), o)
	require.NoError(t, err)
	require.ErrorIs(t, second, train.ErrInUse)
	assert.ErrorContains(t, second, output)
	o = options(t, data, output, &watch{})
	o.Resume, o.Iterations = true, 4
	_, err = run(t, t.Context(), o)
	require.NoError(t, err)
}

// TestLogOfTwoTrainings: what two trainings at once wrote into one log is put right when one goes on.
func TestLogOfTwoTrainings(t *testing.T) {
	data, output := pictures(t, 3), t.TempDir()
	o := options(t, data, output, &watch{})
	o.Iterations = 4
	_, err := run(t, t.Context(), o)
	require.NoError(t, err)
	path := filepath.Join(output, "losses.csv")
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	lines := strings.SplitAfter(string(text), "\n")
	require.Greater(t, len(lines), 4)
	mixed := lines[0] + lines[1] + lines[0] + lines[1] + lines[2] + lines[2] + strings.Join(lines[3:], "") + lines[1]
	require.NoError(t, os.WriteFile(path, []byte(mixed), 0o600))
	o = options(t, data, output, &watch{})
	o.Resume, o.Iterations = true, 5
	_, err = run(t, t.Context(), o)
	require.NoError(t, err)
	after, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.True(t, strings.HasPrefix(string(after), string(text)), "%s", after)
	assert.Equal(t, strings.Count(string(text), "\n")+1, strings.Count(string(after), "\n"))
	require.NoError(t, os.WriteFile(path, []byte(lines[0]+"a,b,c\n"), 0o600))
	o.Iterations = 6
	_, err = run(t, t.Context(), o)
	assert.ErrorContains(t, err, "move it away", "what is no log stays")
}
