package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	loader  = "/usr/lib/x86_64-linux-gnu/libvulkan.so.1"
	driver  = "/usr/share/vulkan/icd.d/lvp_icd.x86_64.json"
	layer   = "/usr/share/vulkan/explicit_layer.d/VkLayer_khronos_validation.json"
	spirv   = "/usr/bin/spirv-val"
	font    = "/usr/share/fonts/truetype/liberation/LiberationSans-Regular.ttf"
	browser = "/usr/bin/chromium"
)

// others are the other browsers and engines, and an emulator.
var others = []string{"/usr/bin/firefox-esr", "/usr/bin/WebKitWebDriver", "/usr/bin/Xvfb", "/usr/bin/npm",
	"/usr/bin/qemu-aarch64-static", "/usr/aarch64-linux-gnu/lib/libc.so.6"}

// tree is a machine that has the given files, whose PATH is its own /usr/bin.
func tree(t *testing.T, uid int, files ...string) machine {
	t.Helper()
	m := machine{root: t.TempDir(), goos: "linux", uid: uid}
	for _, name := range files {
		m.add(t, name, "")
	}
	t.Setenv("PATH", m.root+"/usr/bin")
	t.Setenv("HOME", m.root+"/root")
	for _, name := range []string{"CHROMIUM", "FIREFOX", "LD_LIBRARY_PATH", "VK_DRIVER_FILES", "VK_ICD_FILENAMES", "VK_LAYER_PATH"} {
		t.Setenv(name, "")
	}
	return m
}

func (m machine) add(t *testing.T, name, body string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(m.root+name), 0o755))
	require.NoError(t, os.WriteFile(m.root+name, []byte(body), 0o755))
}

// addApt gives m an apt-get that notes its arguments, and whose install adds the
// named files.
func (m machine) addApt(t *testing.T, files ...string) (log string) {
	t.Helper()
	log = m.root + "/apt.log"
	script := "#!/bin/sh\nPATH=/usr/bin:/bin\necho \"$DEBIAN_FRONTEND $*\" >>" + log + "\n[ \"$2\" = install ] || exit 0\n"
	for _, name := range files {
		path := m.root + name
		script += "mkdir -p " + filepath.Dir(path) + " && touch " + path + " && chmod +x " + path + "\n"
	}
	m.add(t, "/usr/bin/apt-get", script)
	return log
}

func TestNothingMissing(t *testing.T) {
	m := tree(t, 0, append(others, loader, driver, layer, spirv, font, browser)...)
	log := m.addApt(t)
	var out bytes.Buffer
	require.NoError(t, setup(t.Context(), m, false, &out))
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	require.Len(t, lines, 12)
	for i, want := range append([]string{browser, loader, driver, layer, spirv, font}, others...) {
		assert.Contains(t, lines[i], m.root+want)
	}
	assert.NoFileExists(t, log, "apt-get ran")
}

func TestInstallsWhatIsMissing(t *testing.T) {
	m := tree(t, 0, append(others, loader, layer, spirv, font)...)
	log := m.addApt(t, driver, browser)
	var out bytes.Buffer
	require.NoError(t, setup(t.Context(), m, false, &out), "%s", out.String())
	said, err := os.ReadFile(log)
	require.NoError(t, err)
	assert.Equal(t, "noninteractive -oDPkg::Lock::Timeout=120 update\n"+
		"noninteractive -oDPkg::Lock::Timeout=120 install -y --no-install-recommends chromium mesa-vulkan-drivers\n", string(said))
	assert.Contains(t, out.String(), "chromium       missing: no Chromium found")
	assert.Contains(t, out.String(), m.root+browser)
}

func TestInstallationThatFails(t *testing.T) {
	m := tree(t, 0, append(others, loader, driver, layer, spirv, font)...)
	m.add(t, "/usr/bin/apt-get", "#!/bin/sh\necho no network\nexit 100\n")
	var out bytes.Buffer
	assert.ErrorContains(t, setup(t.Context(), m, false, &out), "apt-get -oDPkg::Lock::Timeout=120 update: exit status 100")
	assert.Contains(t, out.String(), "no network")

	m.addApt(t) // adds nothing
	assert.ErrorContains(t, setup(t.Context(), m, false, &out), "still missing after the installation, for the reason above: chromium")
}

func TestOnlyAdvises(t *testing.T) {
	const command = "apt-get -oDPkg::Lock::Timeout=120 install -y --no-install-recommends chromium libvulkan1 mesa-vulkan-drivers vulkan-validationlayers spirv-tools fonts-liberation firefox-esr webkit2gtk-driver xvfb npm qemu-user-static libc6-arm64-cross"
	for _, c := range []struct {
		name  string
		uid   int
		apt   bool
		check bool
		want  string
	}{
		{"user", 1000, true, false, "run: sudo apt-get -oDPkg::Lock::Timeout=120 update && sudo " + command},
		{"check", 0, true, true, "run: apt-get -oDPkg::Lock::Timeout=120 update && " + command},
		{"no apt", 0, false, false, "without apt-get"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := tree(t, c.uid)
			var log string
			if c.apt {
				log = m.addApt(t)
			}
			err := setup(t.Context(), m, c.check, &bytes.Buffer{})
			assert.ErrorContains(t, err, "missing: chromium, vulkan loader, vulkan driver, vulkan layer, spirv-val, font, firefox, webkitgtk, xvfb, npm, arm emulator, arm libc; ")
			assert.ErrorContains(t, err, c.want)
			if c.apt {
				assert.NoFileExists(t, log, "apt-get ran")
			}
		})
	}
}

func TestOtherSystems(t *testing.T) {
	m := tree(t, 501)
	m.goos = "darwin"
	err := setup(t.Context(), m, false, &bytes.Buffer{})
	assert.ErrorContains(t, err, "missing: chromium; ")
	assert.ErrorContains(t, err, "CHROMIUM")
}

func TestFindDriver(t *testing.T) {
	const nvidia = "/etc/vulkan/icd.d/nvidia_icd.json"
	m := tree(t, 0, nvidia)
	_, err := findDriver(m)
	assert.ErrorContains(t, err, "no GPU for "+m.root+nvidia)

	m.add(t, "/dev/dri/renderD128", "")
	path, err := findDriver(m)
	require.NoError(t, err)
	assert.Equal(t, m.root+nvidia, path)

	own := m.root + "/opt/own.json"
	t.Setenv("VK_ICD_FILENAMES", own)
	_, err = findDriver(m)
	assert.ErrorContains(t, err, "VK_ICD_FILENAMES names no file")
	m.add(t, "/opt/own.json", "")
	path, err = findDriver(m)
	require.NoError(t, err)
	assert.Equal(t, own, path)
}
