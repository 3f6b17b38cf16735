package needs_test

import (
	"flag"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime/needs"
)

// recorder is a test that goes on after it was skipped.
type recorder struct {
	testing.TB
	said string
}

func (r *recorder) Skipf(format string, args ...any) { r.said = fmt.Sprintf(format, args...) }

func TestOnlyShortLeavesOut(t *testing.T) {
	was := fmt.Sprint(testing.Short())
	t.Cleanup(func() { set(t, was) })
	for name, need := range map[string]func(testing.TB){
		"GPU": needs.GPU, "browser": needs.Browser, "time": needs.Time, "Node.js": func(t testing.TB) { needs.Tool(t, "Node.js") }} {
		r := &recorder{TB: t}
		set(t, "false")
		need(r)
		assert.Empty(t, r.said, "without -short a missing part is a failure")
		set(t, "true")
		need(r)
		assert.Contains(t, r.said, name)
		assert.Contains(t, r.said, "`make test` runs it")
	}
}

func set(t *testing.T, short string) {
	t.Helper()
	require.NoError(t, flag.Set("test.short", short))
}
