package main

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/evanw/esbuild/pkg/api"
	"github.com/stretchr/testify/require"

	runtimepixels "github.com/webmunit/webmunit/runtime/pixels"

	"github.com/webmunit/webmunit/runtime/needs"
)

// TestPageReducesAsTheRuntimeDoes: one picture has one size, on the page and on the command line.
func TestPageReducesAsTheRuntimeDoes(t *testing.T) {
	needs.Tool(t, "Node.js")
	node, err := exec.LookPath("node")
	require.NoError(t, err, "node is missing: install it with `make setup`")
	script := filepath.Join(t.TempDir(), "reduced.mjs")
	bundled := api.Build(api.BuildOptions{EntryPoints: []string{"../../site/src/page/reduced.ts"}, Format: api.FormatESModule, Bundle: true, Outfile: script, Write: true})
	require.Empty(t, bundled.Errors)
	const longest = 1024
	var sizes [][2]int
	for long := longest - 1; long < 9000; long += 37 {
		sizes = append(sizes, [2]int{long, long}, [2]int{long, 1 + long*2/3}, [2]int{3 + long/7, long}, [2]int{long, 1})
	}
	asked, err := json.Marshal(sizes)
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), node, "--input-type=module", "-e",
		fmt.Sprintf("const { reduced } = await import(%q); console.log(JSON.stringify(%s.map(([w, h]) => reduced(w, h, %d))))", "file://"+script, asked, longest))
	out, err := cmd.Output()
	require.NoError(t, err)
	var got [][2]int
	require.NoError(t, json.Unmarshal(out, &got))
	require.Len(t, got, len(sizes))
	for i, s := range sizes {
		want := s
		if long := max(s[0], s[1]); long > longest {
			want = [2]int{max(1, runtimepixels.Scaled(s[0], longest, long)), max(1, runtimepixels.Scaled(s[1], longest, long))}
		}
		require.Equal(t, want, got[i], "%d×%d", s[0], s[1])
	}
}
