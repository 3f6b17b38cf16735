//go:build all

package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/mod/module"
	"golang.org/x/mod/zip"

	"github.com/webmunit/webmunit/tools/internal/gotool"
)

// proxy makes a folder that the Go tool takes for a module proxy, with the commit that is checked out as a version of this module.
func proxy(t *testing.T, root, version string) string {
	t.Helper()
	const path = "github.com/webmunit/webmunit"
	dir := filepath.Join(t.TempDir(), "proxy")
	at := filepath.Join(dir, path, "@v")
	require.NoError(t, os.MkdirAll(at, 0o755))
	file, err := os.Create(filepath.Join(at, version+".zip"))
	require.NoError(t, err)
	defer file.Close()
	require.NoError(t, zip.CreateFromVCS(file, module.Version{Path: path, Version: version}, root, "HEAD", ""))
	mod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	require.NoError(t, err)
	info, err := json.Marshal(map[string]string{"Version": version})
	require.NoError(t, err)
	for name, data := range map[string][]byte{version + ".mod": mod, version + ".info": info, "list": []byte(version + "\n")} {
		require.NoError(t, os.WriteFile(filepath.Join(at, name), data, 0o644))
	}
	return dir
}

// TestGoInstall: a tagged version is installed by go install, and a stranger's module that imports it builds and runs.
func TestGoInstall(t *testing.T) {
	root, err := gotool.Root(t.Context())
	require.NoError(t, err)
	const version = "v0.2.1-rc.1"
	here := proxy(t, root, version)
	stranger, bin, modules := t.TempDir(), t.TempDir(), t.TempDir()
	mod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	require.NoError(t, err)
	goLine := regexp.MustCompile(`(?m)^go .*$`).FindString(string(mod))
	require.NoError(t, os.WriteFile(filepath.Join(stranger, "go.mod"), []byte("module example.com/stranger\n\n"+goLine+"\n"), 0o644))
	where, err := gotool.Native(t.Context(), root, "env", "GOMODCACHE")
	require.NoError(t, err)
	out, err := where.Output()
	require.NoError(t, err)
	cache := filepath.Join(strings.TrimSpace(string(out)), "cache", "download")
	goTool := func(args ...string) string {
		cmd, err := gotool.Native(t.Context(), stranger, args...)
		require.NoError(t, err)
		cmd.Env = append(cmd.Env, "GOPROXY=file://"+here+",file://"+cache, "GOSUMDB=off", "GOBIN="+bin, "GOMODCACHE="+modules, "GOFLAGS=-mod=mod -modcacherw")
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "go %v: %s", args, out)
		return string(out)
	}
	goTool("install", "github.com/webmunit/webmunit/tools/munit@"+version)
	said, err := exec.Command(filepath.Join(bin, "munit"), "--version").CombinedOutput()
	require.NoError(t, err, "%s", said)
	assert.Contains(t, string(said), version)

	require.NoError(t, os.WriteFile(filepath.Join(stranger, "main.go"), []byte(`package main

import (
	"fmt"

	"github.com/webmunit/webmunit/runtime"
	"github.com/webmunit/webmunit/weights"
)

func main() { fmt.Println(len(runtime.RandomStyle(7, 0, 8)), weights.A2B) }
`), 0o644))
	goTool("get", "github.com/webmunit/webmunit@"+version)
	assert.True(t, strings.HasSuffix(goTool("run", "."), "8 a2b\n"))
}
