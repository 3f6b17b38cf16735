package main

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// benchReport is what the bench page copies.
type benchReport struct {
	Network struct{ Size, Dim int }
	Missing []string
	Rows    []struct {
		Kind, Device, Work   string
		Start, First, Median float64
		Times                []float64
		Difference           *float64
	}
}

// The bench page measures both devices, says what they gave, and can be stopped.
func TestBenchPage(t *testing.T) {
	b := open(t)
	b.visit(t, "/some/path/")
	assert.True(t, do[bool](t, b, `return Boolean(document.querySelector('footer a[href="bench.html"]'))`), "the page leads to it")
	b.visit(t, "/some/path/bench.html?size=16&turns=2")
	b.awaitState(t, "ready")
	report := b.copied(t)
	assert.Equal(t, 16, report.Network.Size)
	assert.Empty(t, report.Missing)
	require.Len(t, report.Rows, 4, "two devices, two kinds of work")
	for i, row := range report.Rows {
		assert.Equal(t, []string{"gpu", "gpu", "cpu", "cpu"}[i], row.Kind)
		assert.Equal(t, []string{"whole picture", "another style"}[i%2], row.Work)
		assert.GreaterOrEqual(t, len(row.Times), 2)
		assert.Positive(t, row.First)
		assert.Positive(t, row.Median)
		assert.NotEmpty(t, row.Device)
		if row.Work == "whole picture" {
			assert.Positive(t, row.Start)
			require.NotNil(t, row.Difference)
			assert.LessOrEqual(t, *row.Difference, 2.0, "the GPU's picture is the CPU's")
		}
	}
	shown := do[struct {
		Rows, Bars int
		Text       string
	}](t, b, `return {
		Rows: document.querySelectorAll("#table tbody tr").length,
		Bars: document.querySelectorAll("#chart progress").length,
		Text: document.querySelector("#table").textContent,
	}`)
	assert.Equal(t, 4, shown.Rows)
	assert.Equal(t, 4, shown.Bars)
	assert.Contains(t, shown.Text, "GPU, another style")
	assert.Regexp(t, `\d ms`, shown.Text)

	// The larger network takes long enough to be stopped.
	b.visit(t, "/some/path/bench.html?size=64&device=gpu")
	do[bool](t, b, `document.querySelector("#stop").click(); return true`)
	b.awaitState(t, "stopped")
	assert.False(t, do[bool](t, b, `return document.querySelector("#again").disabled`))
}

// A machine without WebGPU gets the CPU's times, and is told why there are no others.
func TestBenchPageWithoutWebGPU(t *testing.T) {
	b := open(t, "--disable-gpu", "--disable-software-rasterizer")
	b.visit(t, "/some/path/bench.html?size=16&turns=1")
	b.awaitState(t, "ready")
	report := b.copied(t)
	require.Len(t, report.Rows, 2)
	assert.Equal(t, "cpu", report.Rows[0].Kind)
	require.Len(t, report.Missing, 1)
	assert.Contains(t, report.Missing[0], "No GPU: ")
}

func (b *browser) awaitState(t *testing.T, state string) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for {
		now := do[string](t, b, `return document.documentElement.dataset.state + ": " + document.querySelector("#status-words").textContent`)
		if now[:len(state)] == state {
			return
		}
		require.NotContains(t, now, "error: ")
		require.True(t, time.Now().Before(deadline), "it never was %s, but %s", state, now)
		time.Sleep(30 * time.Millisecond)
	}
}

// copied is what the button copies as JSON.
func (b *browser) copied(t *testing.T) benchReport {
	t.Helper()
	text := do[string](t, b, fmt.Sprintf(`
		let copied = "";
		Object.defineProperty(navigator, "clipboard", { configurable: true, value: { writeText: async (text) => { copied = text; } } });
		document.querySelector("#%s").click();
		await new Promise((done) => setTimeout(done));
		return copied;`, "copy-json"))
	var r benchReport
	require.NoError(t, json.Unmarshal([]byte(text), &r), text)
	return r
}

// examined is a device in a report that the bench page offers.
type examined struct {
	Kind, Name, Ended string
	Limits            map[string]uint64
	Rows              []struct{ Part, Name, State, Text string }
}

// The bench page examines both devices, and offers what it found as a file that munit doctor --read prints.
func TestBenchPageReports(t *testing.T) {
	b := open(t)
	b.visit(t, "/some/path/bench.html?size=16&turns=1&device=cpu&report=25")
	b.awaitState(t, "ready")
	do[bool](t, b, `document.querySelector("#examine").click(); return true`)
	b.awaitState(t, "ready")
	assert.Equal(t, "No faults were found", do[string](t, b, `return document.querySelector("#status-words").textContent`))
	text := do[string](t, b, `return await (await fetch(document.querySelector("#save-report").href)).text()`)
	var report struct {
		Format  int
		System  struct{ Name string }
		Devices []examined
	}
	require.NoError(t, json.Unmarshal([]byte(text), &report), text)
	assert.Equal(t, 1, report.Format)
	assert.Contains(t, report.System.Name, "Chrom")
	require.Len(t, report.Devices, 2)
	for i, d := range report.Devices {
		assert.Equal(t, []string{"gpu", "cpu"}[i], d.Kind)
		assert.Empty(t, d.Ended)
		right := map[string]int{}
		for _, r := range d.Rows {
			assert.NotEqual(t, "wrong", r.State, "%s: %s: %s", d.Kind, r.Name, r.Text)
			if r.State == "right" {
				right[r.Part]++
			}
		}
		assert.Positive(t, right["golden"], d.Kind)
		assert.Positive(t, right["table"], d.Kind)
	}
	assert.EqualValues(t, 65535, report.Devices[0].Limits["maxComputeWorkgroupsPerDimension"])

	do[bool](t, b, `document.querySelector("#examine").click(); return true`)
	do[bool](t, b, `document.querySelector("#stop").click(); return true`)
	b.awaitState(t, "stopped")
}
