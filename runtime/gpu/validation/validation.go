// Package validation is for tests: it runs them under the Khronos validation layer of Vulkan, and fails those that it has something to say of.
//
// The layer sees what drivers forgive: objects that are used after their release, memory that no barrier orders, SPIR-V that breaks a rule. It
// checks the core rules, synchronization (also between submits) and best practices; of the last only errors count, since most of its warnings
// are advice on speed, on code of gogpu's. Where there is no Vulkan (js, macOS, Windows) tests run as they are, and under -short too, which leaves
// out what computes on a GPU (package needs).
//
// What it exports may change with any version; runtime and weights are for other modules.
package validation

import (
	"flag"
	"os"
	"regexp"
	"strings"
	"testing"
)

// watched names the folder of the layer's log and the process that reads it, to that process and to those that it starts.
const watched = "WEBMUNIT_VALIDATION"

// Off in the environment of a test program has it run as it is: on an emulator of another processor, where there is no Vulkan.
const Off = watched + "=|"

// Main is TestMain for a package whose tests compute on a GPU: func TestMain(m *testing.M) { validation.Main(m) }. What the layer says that no
// test watched for fails the package.
func Main(m *testing.M) {
	flag.Parse()
	if testing.Short() {
		os.Exit(m.Run())
	}
	run(m)
}

// Watch fails t if the layer says something before t ends. Call it before the device is opened, so that its closing is watched too.
func Watch(t testing.TB) {
	t.Helper()
	if testing.Short() {
		return
	}
	t.Cleanup(func() {
		for _, m := range take() {
			t.Errorf("the Vulkan validation layer: %s", m)
		}
	})
}

// Said returns what the layer has said since it was last asked, and so keeps it from failing the test.
func Said() []string { return take() }

var (
	messageStart = regexp.MustCompile(`(?m)^\S+\((?:ERROR|WARN|PERF|INFO|DEBUG) / \w+\): msgNum: `)
	advice       = regexp.MustCompile(`^UNASSIGNED-BestPractices-\S+\((?:WARN|PERF) / `)
)

// messages splits the layer's log into messages, without advice on speed. What stands before the first is the loader's and no message.
func messages(log string) []string {
	var all []string
	starts := messageStart.FindAllStringIndex(log, -1)
	for i, at := range starts {
		end := len(log)
		if i+1 < len(starts) {
			end = starts[i+1][0]
		}
		if m := strings.TrimSpace(log[at[0]:end]); !advice.MatchString(m) {
			all = append(all, m)
		}
	}
	return all
}
