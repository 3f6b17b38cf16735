package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/webmunit/webmunit/tools/internal/chromium"
	"github.com/webmunit/webmunit/tools/internal/firefox"
)

// machine is what setup looks at, besides the environment.
type machine struct {
	root string // stands before absolute paths; tests look at a tree of their own
	goos string
	uid  int
	all  bool // what make test-all needs too
}

// part is something that the tests need.
type part struct {
	name string
	pkg  string // the Debian packages that have it
	find func(machine) (where string, err error)
}

// parts are those that the tests need on m. Other systems than Linux bring their
// own fonts and GPU interface.
func (m machine) parts() []part {
	parts := []part{{"chromium", "chromium", findChromium}}
	if m.goos == "linux" {
		parts = append(parts,
			part{"vulkan loader", "libvulkan1", findLoader},
			part{"vulkan driver", "mesa-vulkan-drivers", findDriver},
			part{"vulkan layer", "vulkan-validationlayers", findLayer},
			part{"spirv-val", "spirv-tools", func(machine) (string, error) { return exec.LookPath("spirv-val") }},
			part{"font", "fonts-liberation", findFont},
			part{"firefox", "firefox-esr", func(machine) (string, error) { return firefox.Find() }},
			part{"webkitgtk", "webkit2gtk-driver", func(machine) (string, error) { return exec.LookPath("WebKitWebDriver") }},
			part{"xvfb", "xvfb", func(machine) (string, error) { return exec.LookPath("Xvfb") }},
			part{"npm", "npm", func(machine) (string, error) { return exec.LookPath("npm") }},
			part{"arm emulator", "qemu-user-static", func(machine) (string, error) { return exec.LookPath("qemu-aarch64-static") }},
			part{"arm libc", "libc6-arm64-cross", func(m machine) (string, error) {
				return first([]string{m.root + "/usr/aarch64-linux-gnu/lib"}, "libc.so.6")
			}})
	}
	if m.all && m.goos == "linux" {
		parts = append(parts,
			part{"wine", "wine wine64", func(machine) (string, error) { return exec.LookPath("wine") }},
			part{"mingw", "gcc-mingw-w64-x86-64", func(machine) (string, error) { return exec.LookPath("x86_64-w64-mingw32-gcc") }})
	}
	return parts
}

// canInstall says whether m has apt-get and we may use it.
func (m machine) canInstall() bool {
	_, err := exec.LookPath("apt-get")
	return m.goos == "linux" && m.uid == 0 && err == nil
}

// advice is the command that installs missing.
func (m machine) advice(missing []part) string {
	if m.goos != "linux" {
		return "install Chromium or Google Chrome, and put its program's path in the environment variable CHROMIUM"
	}
	var commands []string
	for _, args := range aptCommands(missing) {
		if m.uid != 0 {
			args = append([]string{"sudo"}, args...)
		}
		commands = append(commands, strings.Join(args, " "))
	}
	command := strings.Join(commands, " && ")
	if _, err := exec.LookPath("apt-get"); err != nil {
		return "without apt-get here, install what on Debian is: " + command
	}
	return "run: " + command
}

func findChromium(machine) (string, error) {
	return chromium.Find()
}

func findLoader(m machine) (string, error) {
	dirs := append(filepath.SplitList(os.Getenv("LD_LIBRARY_PATH")),
		m.root+"/usr/lib/*-linux-gnu*", m.root+"/lib/*-linux-gnu*",
		m.root+"/usr/lib", m.root+"/usr/lib64", m.root+"/usr/local/lib", m.root+"/usr/local/lib64")
	return first(dirs, "libvulkan.so.1")
}

// findDriver finds the file by which the Vulkan loader finds a driver. Mesa puts
// down files for every GPU it knows, so a file proves nothing unless its driver
// needs no GPU, or there is one.
func findDriver(m machine) (string, error) {
	for _, name := range []string{"VK_DRIVER_FILES", "VK_ICD_FILENAMES"} {
		list := filepath.SplitList(os.Getenv(name))
		if len(list) == 0 {
			continue
		}
		for _, path := range list {
			if _, err := os.Stat(path); err == nil {
				return path, nil
			}
		}
		return "", fmt.Errorf("%s names no file that is there: unset it", name)
	}
	dirs := []string{m.root + "/usr/share/vulkan/icd.d", m.root + "/usr/local/share/vulkan/icd.d", m.root + "/etc/vulkan/icd.d"}
	if home, err := os.UserHomeDir(); err == nil {
		dirs = append(dirs, home+"/.local/share/vulkan/icd.d", home+"/.config/vulkan/icd.d")
	}
	if path, err := first(dirs, "lvp_icd*.json"); err == nil {
		return path, nil
	}
	path, err := first(dirs, "*.json")
	if err != nil {
		return "", err
	}
	if _, err := first([]string{m.root + "/dev", m.root + "/dev/dri"}, "renderD*", "nvidia[0-9]*", "dxg"); err != nil {
		return "", errors.New("there is no GPU for " + path)
	}
	return path, nil
}

func findLayer(m machine) (string, error) {
	dirs := append(filepath.SplitList(os.Getenv("VK_LAYER_PATH")),
		m.root+"/usr/share/vulkan/explicit_layer.d", m.root+"/usr/local/share/vulkan/explicit_layer.d", m.root+"/etc/vulkan/explicit_layer.d")
	return first(dirs, "VkLayer_khronos_validation*.json")
}

func findFont(m machine) (string, error) {
	var dirs []string
	for _, dir := range []string{m.root + "/usr/share/fonts", m.root + "/usr/local/share/fonts"} {
		dirs = append(dirs, dir, dir+"/*", dir+"/*/*", dir+"/*/*/*")
	}
	return first(dirs, "*.ttf", "*.otf", "*.ttc")
}

// first returns the first file that fits one of the patterns in one of dirs,
// which may be patterns too.
func first(dirs []string, patterns ...string) (string, error) {
	for _, dir := range dirs {
		for _, pattern := range patterns {
			paths, err := filepath.Glob(filepath.Join(dir, pattern))
			if err != nil {
				return "", err
			}
			if len(paths) > 0 {
				return paths[0], nil
			}
		}
	}
	return "", fmt.Errorf("no %s in the usual places", strings.Join(patterns, " or "))
}
