package validation

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// settings of the layer. Its log is a pipe, which processes that a test starts write to as well; a file each of them would empty.
const settings = `khronos_validation.debug_action = VK_DBG_LAYER_ACTION_LOG_MSG
khronos_validation.log_filename = %s
khronos_validation.report_flags = error,warn,perf
khronos_validation.enable_message_limit = false
khronos_validation.enables = VK_VALIDATION_FEATURE_ENABLE_SYNCHRONIZATION_VALIDATION_EXT,VALIDATION_CHECK_ENABLE_SYNCHRONIZATION_VALIDATION_QUEUE_SUBMIT,VK_VALIDATION_FEATURE_ENABLE_BEST_PRACTICES_EXT
`

// run runs the tests in this process's place once more, now with the layer: Vulkan reads the environment that a process was started with.
func run(m *testing.M) {
	dir, reader, again := strings.Cut(os.Getenv(watched), "|")
	switch {
	case !again:
		fmt.Fprintln(os.Stderr, "validation:", restart())
		os.Exit(1)
	case reader != strconv.Itoa(os.Getpid()):
		os.Exit(m.Run()) // started by a test, which reads what the layer says
	}
	if err := listen(filepath.Join(dir, "log")); err != nil {
		fmt.Fprintln(os.Stderr, "validation:", err)
		os.Exit(1)
	}
	code := m.Run()
	for _, text := range take() {
		fmt.Fprintln(os.Stderr, "The Vulkan validation layer, while no test watched:", text)
		code = 1
	}
	os.RemoveAll(dir)
	os.Exit(code)
}

// restart replaces this process by itself with the layer switched on. It returns only if that fails.
func restart() error {
	if !installed() {
		return errors.New("the Khronos validation layer is not installed (Debian: vulkan-validationlayers): run `make setup`")
	}
	dir, err := os.MkdirTemp("", "validation")
	if err != nil {
		return err
	}
	log := filepath.Join(dir, "log")
	if err := syscall.Mkfifo(log, 0o600); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "vk_layer_settings.txt"), fmt.Appendf(nil, settings, log), 0o600); err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	env := append(os.Environ(), "VK_INSTANCE_LAYERS=VK_LAYER_KHRONOS_validation", "VK_LAYER_SETTINGS_PATH="+dir,
		fmt.Sprintf("%s=%s|%d", watched, dir, os.Getpid()))
	return syscall.Exec(self, os.Args, env)
}

// installed looks where the loader does.
func installed() bool {
	for _, dir := range append(filepath.SplitList(os.Getenv("VK_LAYER_PATH")), "/usr/share/vulkan/explicit_layer.d", "/usr/local/share/vulkan/explicit_layer.d", "/etc/vulkan/explicit_layer.d") {
		if found, _ := filepath.Glob(filepath.Join(dir, "VkLayer_khronos_validation*.json")); len(found) > 0 {
			return true
		}
	}
	return false
}

// heard is what came out of the pipe.
var heard struct {
	sync.Mutex
	pipe int
	log  []byte
}

// listen opens the pipe for reading, and for writing too so that it has no end, and keeps it from filling up, which would stop the layer.
func listen(path string) error {
	fd, err := syscall.Open(path, syscall.O_RDWR|syscall.O_NONBLOCK|syscall.O_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	heard.pipe = fd
	go func() {
		for range time.Tick(20 * time.Millisecond) {
			drain()
		}
	}()
	return nil
}

func drain() {
	heard.Lock()
	defer heard.Unlock()
	piece := make([]byte, 64<<10)
	for {
		n, err := syscall.Read(heard.pipe, piece)
		if n <= 0 || err != nil {
			return
		}
		heard.log = append(heard.log, piece[:n]...)
	}
}

// take returns what the layer has said since the last call. The layer has written it when the call into Vulkan returns.
func take() []string {
	if os.Getenv(watched) == "" {
		panic("validation: no TestMain of this package calls validation.Main")
	}
	drain()
	heard.Lock()
	defer heard.Unlock()
	all := messages(string(heard.log))
	heard.log = nil
	return all
}
