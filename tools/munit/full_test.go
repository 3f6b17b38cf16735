package main

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime/checkup"
	"github.com/webmunit/webmunit/runtime/needs"
)

// TestFullReport makes a report in too little time, and reads it.
func TestFullReport(t *testing.T) {
	needs.GPU(t)
	path := filepath.Join(t.TempDir(), "new", "report.zip")
	began := time.Now()
	made := munit(t, "doctor", "--full", "--output", path, "--full-budget", "20s")
	require.Equal(t, 0, made.code, made.stdout+made.stderr)
	assert.Less(t, time.Since(began), 20*time.Second+grace+20*time.Second)
	assert.Regexp(t, ": (golden|table)\n", made.stderr, "progress where there is no terminal")
	assert.Contains(t, made.stderr, path+" can be attached")

	read := done(t, "doctor", "--read", path)
	assert.Equal(t, made.stdout, read.stdout)
	for _, s := range []string{"program  munit", "gpu  ", "cpu  ", "maxStorageBufferBindingSize", "no time was left", "No faults."} {
		assert.Contains(t, read.stdout, s)
	}
	assert.Regexp(t, `(?m)^  table\n +\d+ of \d+ right; largest NMSE`, read.stdout)
	z, err := zip.OpenReader(path)
	require.NoError(t, err)
	defer z.Close()
	text, err := z.Open(reportText)
	require.NoError(t, err)
	said, err := io.ReadAll(text)
	require.NoError(t, err)
	assert.Equal(t, made.stdout, string(said))

	r, err := readReport(path)
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(r.Devices), 2, "make setup installs an emulated GPU")
	for _, d := range r.Devices {
		assert.Empty(t, d.Ended)
		assert.NotEmpty(t, d.Rows, d.Name)
	}

	requireError(t, munit(t, "doctor", "--full"), 2, "--output is missing")
	requireError(t, munit(t, "doctor", "--output", path), 2, "--full is missing")
	requireError(t, munit(t, "doctor", "--full", "--output", path, "--json"), 2, "--json")
	requireError(t, munit(t, "doctor", "--full", "--output", path, "--full-budget", "0s"), 2, "--full-budget is 0s")
	requireError(t, munit(t, "doctor", "--full", "--read", path, "--output", path), 2, "--read")
	requireError(t, munit(t, "doctor", "--full", "--output", filepath.Dir(path)), 1, "is a directory")
}

// wrongRow is what a device that computes wrongly leaves.
var wrongRow = `{"row":{"part":"table","name":"conv","state":"wrong","text":"NaN"}}`

// TestCrashesAreReported: the process of a device is ended by a signal, hangs, or writes what it should not.
func TestCrashesAreReported(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("needs a shell")
	}
	run := func(script string, most time.Duration) examined {
		e, err := collect(context.Background(), exec.Command("sh", "-c", script), device{Kind: "gpu", Name: "odd"}, most, func(float64, checkup.Part, string) {})
		require.NoError(t, err)
		return e
	}
	begins := "echo noise of a driver; echo '{\"now\":\"conv\",\"part\":\"races\",\"done\":0.5}'; echo '" + wrongRow + "'; "
	e := run(begins+"echo it went wrong >&2; kill -SEGV $$", time.Minute)
	assert.Contains(t, e.Ended, "ended at: races, conv (signal: segmentation fault")
	assert.Contains(t, e.Ended, "\nit went wrong")
	require.Len(t, e.wrong(), 1, "what was found before stays")
	r := fullReport{Devices: []examined{e}}
	assert.Equal(t, 2, r.failures())
	var text recorder
	r.print(&text)
	assert.Contains(t, string(text), "  FAULT the program that examined it ended at: races, conv")
	assert.Contains(t, string(text), "\n        it went wrong\n")
	assert.Contains(t, string(text), "  FAULT conv: NaN\n")

	began := time.Now()
	e = run(begins+"exec sleep 600", time.Second)
	assert.Less(t, time.Since(began), 30*time.Second)
	assert.Equal(t, "it hangs at: races, conv", e.Ended)
	assert.Len(t, e.Rows, 1)

	e = run("head -c 3000000 /dev/zero; head -c 9000 /dev/zero >&2; exit 3", time.Minute)
	assert.Contains(t, e.Ended, "ended at: being opened (exit status 3)")
	assert.Less(t, len(e.Ended), 3000)

	ctx, cancel := context.WithCancel(context.Background())
	time.AfterFunc(100*time.Millisecond, cancel)
	_, err := collect(ctx, exec.Command("sleep", "600"), device{}, time.Minute, nil)
	assert.ErrorIs(t, err, context.Canceled)
	e, err = collect(context.Background(), exec.Command("/nonexistent"), device{}, time.Minute, nil)
	require.NoError(t, err)
	assert.Contains(t, e.Ended, "could not be examined")
}

// TestReportsOfStrangers: what is read may be anything.
func TestReportsOfStrangers(t *testing.T) {
	dir := t.TempDir()
	file := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, data, 0o666))
		return path
	}
	zipped := func(name string, write func(w io.Writer)) []byte {
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		w, err := z.Create(name)
		require.NoError(t, err)
		write(w)
		require.NoError(t, z.Close())
		return b.Bytes()
	}
	holding := func(text string) []byte {
		return zipped(reportJSON, func(w io.Writer) { _, _ = io.WriteString(w, text) })
	}
	bomb := zipped(reportJSON, func(w io.Writer) {
		_, _ = io.Copy(w, io.LimitReader(zeros{}, maxReportJSON+2))
	})
	assert.Less(t, len(bomb), maxReportZip)
	huge := filepath.Join(dir, "huge.zip")
	f, err := os.Create(huge)
	require.NoError(t, err)
	require.NoError(t, f.Truncate(maxReportZip+1))
	require.NoError(t, f.Close())
	good := holding(`{"format":1}`)
	for path, says := range map[string]string{
		file("text.zip", []byte("not a zip")):                            "is no report",
		file("none.zip", nil):                                            "is no report",
		file("other.zip", zipped("a.txt", func(io.Writer) {})):           "it has no report.json",
		file("bomb.zip", bomb):                                           "more than 32 MiB",
		file("cut.zip", good[:len(good)/2]):                              "is no report",
		file("empty.zip", holding("")):                                   "is damaged",
		file("array.zip", holding("[1]")):                                "is damaged",
		file("deep.zip", holding(strings.Repeat(`{"devices":[`, 1<<20))): "is damaged",
		file("other-json.zip", holding(`{"a":1}`)):                       "does not say of which format",
		file("newer.zip", holding(`{"format":2}`)):                       "is of format 2",
		file("plain.json", []byte(`{"format":0}`)):                       "does not say of which format",
		huge:                          "at most 16 MiB",
		dir:                           "is no report",
		filepath.Join(dir, "nowhere"): "no such file",
	} {
		requireError(t, munit(t, "doctor", "--read", path), 1, says)
	}

	odd, err := json.Marshal(fullReport{Format: 1, Seconds: math.MaxFloat64, Devices: []examined{{
		device: device{Name: "evil\x1b]0;title\a\u202e", Details: []string{"a\nb"}}, Limits: map[string]uint64{"x\x1b[2J": 1}, Ended: "\x1b[31m\nred",
		Rows: []checkup.Row{{}, {Part: "unknown"}, {Part: checkup.Variants}, {Part: checkup.Speed, State: checkup.Measured, Name: "\x1b[1m",
			Figures: map[string]float64{"peak share": -1, "flops": 1e300, "\x1b": 0}}}}}})
	require.NoError(t, err)
	for _, text := range []string{string(odd), `{"format":1,"devices":[{"rows":null,"limits":null},{}]}`} {
		r := done(t, "doctor", "--read", file("odd.zip", holding(text)))
		assert.NotContains(t, r.stdout, "\x1b")
		assert.NotContains(t, r.stdout, "\u202e")
		assert.Equal(t, r.stdout, done(t, "doctor", "--read", file("odd.json", []byte(text))).stdout, "the page's report is not zipped")
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}
