package train

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestLogGoesOn: lines of iterations that are to be done again go, and seconds go on from those of the run before.
func TestLogGoesOn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "losses.csv")
	require.NoError(t, os.WriteFile(path, []byte("iteration,seconds,lr,dis_total\n1,500.0,0.1,4\n2,1000.0,0.1,3\n3,1500.0,0.1,2\n4,2000.0,0.1,1\n"), 0o644))
	l, err := openLog(path, 2)
	require.NoError(t, err)
	require.NoError(t, l.add(3, 0.05, Losses{{"dis_total", 2.5}}))
	require.NoError(t, l.close())
	file, err := os.Open(path)
	require.NoError(t, err)
	defer file.Close()
	lines, err := csv.NewReader(file).ReadAll()
	require.NoError(t, err)
	require.Len(t, lines, 4)
	assert.Equal(t, []string{"2", "1000.0", "0.1", "3"}, lines[2])
	assert.Equal(t, []string{"3", lines[3][1], "0.05", "2.5"}, lines[3])
	seconds, err := strconv.ParseFloat(lines[3][1], 64)
	require.NoError(t, err)
	assert.GreaterOrEqual(t, seconds, 1000.)
	assert.Less(t, seconds, 1400.)
}
