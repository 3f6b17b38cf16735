// Package needs is for tests: a test says what it needs beside Go and a minute, and -short, which `make check` sets, leaves it out by name.
//
// Without -short nothing is left out: a part that is missing fails the test with the command that installs it.
//
// What it exports may change with any version; runtime and weights are for other modules.
package needs

import (
	"os"
	"testing"
)

// drivers choose Vulkan's drivers. The loader, in C, reads them.
var drivers = []string{"VK_DRIVER_FILES", "VK_ICD_FILENAMES", "VK_ADD_DRIVER_FILES", "VK_LOADER_DRIVERS_SELECT", "VK_LOADER_DRIVERS_DISABLE"}

// GPU is called before a test opens a GPU. It asks for what chooses the driver: the Go tool keeps results by the variables that a test asked for,
// and would take one driver's result for another's.
func GPU(t testing.TB) {
	t.Helper()
	for _, name := range drivers {
		os.Getenv(name)
	}
	leaveOut(t, "a GPU or a software Vulkan driver, which `make setup` installs")
}

// Browser is called before a test starts a browser.
func Browser(t testing.TB) {
	t.Helper()
	leaveOut(t, "a browser, which `make setup` installs")
}

// Tool is called before a test looks for a program that not everybody has.
func Tool(t testing.TB, name string) {
	t.Helper()
	leaveOut(t, name+", which `make setup` installs")
}

// Time is called by a test that takes longer than someone waits who has just changed a line.
func Time(t testing.TB) {
	t.Helper()
	leaveOut(t, "time")
}

func leaveOut(t testing.TB, part string) {
	t.Helper()
	if testing.Short() {
		t.Skipf("left out: needs %s; `make test` runs it", part)
	}
}
