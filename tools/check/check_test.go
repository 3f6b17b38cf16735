package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// run is what go test -json writes.
const run = `{"Action":"start","Package":"github.com/webmunit/webmunit/a"}
{"Action":"run","Package":"github.com/webmunit/webmunit/a","Test":"TestGood"}
{"Action":"output","Package":"github.com/webmunit/webmunit/a","Test":"TestGood","Output":"--- PASS: TestGood\n"}
{"Action":"pass","Package":"github.com/webmunit/webmunit/a","Test":"TestGood/sub"}
{"Action":"pass","Package":"github.com/webmunit/webmunit/a","Test":"TestGood"}
{"Action":"output","Package":"github.com/webmunit/webmunit/a","Test":"TestPage","Output":"=== RUN   TestPage\n"}
{"Action":"output","Package":"github.com/webmunit/webmunit/a","Test":"TestPage","Output":"    a_test.go:12: left out: needs a browser\n"}
{"Action":"skip","Package":"github.com/webmunit/webmunit/a","Test":"TestPage"}
{"Action":"output","Package":"github.com/webmunit/webmunit/a","Test":"TestDevices/gpu","Output":"    a_test.go:30: left out: needs a GPU\n"}
{"Action":"skip","Package":"github.com/webmunit/webmunit/a","Test":"TestDevices/gpu"}
{"Action":"skip","Package":"github.com/webmunit/webmunit/a","Test":"TestSilent"}
{"Action":"pass","Package":"github.com/webmunit/webmunit/a"}
{"Action":"skip","Package":"github.com/webmunit/webmunit/without/tests"}
`

func TestNothingIsLeftOutSilently(t *testing.T) {
	f, err := read(strings.NewReader(run))
	require.NoError(t, err)
	assert.Empty(t, f.failed)
	assert.Equal(t, `
left out: needs a GPU:
  a: TestDevices/gpu

left out: needs a browser:
  a: TestPage

no reason was given:
  a: TestSilent

1 tests passed, 3 were left out, as said above. Nothing here ran in a browser, on a GPU, with the race detector or as WebAssembly:
"make test" does, and is the whole truth.
`, f.text())
}

func TestFailuresAreShownWhole(t *testing.T) {
	f, err := read(strings.NewReader(run + `{"Action":"build-output","ImportPath":"b","Output":"b.go:1: no such thing\n"}
{"Action":"output","Package":"c","Test":"TestBad","Output":"    c_test.go:5: two is not three\n"}
{"Action":"fail","Package":"c","Test":"TestBad"}
{"Action":"output","Package":"c","Output":"-test.shuffle 42\n"}
{"Action":"output","Package":"c","Output":"FAIL\n"}
{"Action":"fail","Package":"c"}
`))
	require.NoError(t, err)
	assert.Equal(t, "b.go:1: no such thing\n    c_test.go:5: two is not three\n-test.shuffle 42\nFAIL\n", f.failed)
}
