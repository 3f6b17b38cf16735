package stacks

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
)

// prng is bcryptprimitives.dll, which Go programs ask for random numbers, and which Wine 8 lacks.
const prng = `#include <windows.h>
BOOLEAN NTAPI SystemFunction036(PVOID, ULONG);
__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T size) { return SystemFunction036(data, size); }
`

// winePrefix is the folder of the Windows machine that stacks run.
func winePrefix() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(cache, "webmunit", "wine"), nil
}

// wineEnv is what Wine needs in its environment.
func wineEnv() ([]string, error) {
	prefix, err := winePrefix()
	if err != nil {
		return nil, err
	}
	return []string{"WINEPREFIX=" + prefix, "WINEDEBUG=-all", "WINEDLLOVERRIDES=mscoree,mshtml=;d3dcompiler_47=n"}, nil
}

// WineEnvironment is the environment for programs of Windows, run by wine; the machine is made at the first use.
func WineEnvironment(ctx context.Context, log io.Writer) ([]string, error) {
	if err := prepareWine(ctx, log); err != nil {
		return nil, err
	}
	return wineEnv()
}

// prepareWine makes the Windows machine: Wine's own, with the two libraries that the programs need besides.
func prepareWine(ctx context.Context, log io.Writer) error {
	prefix, err := winePrefix()
	if err != nil {
		return err
	}
	system := filepath.Join(prefix, "drive_c", "windows", "system32")
	ready := filepath.Join(prefix, "ready") // written last
	if _, err := os.Stat(ready); err == nil {
		return nil
	}
	for _, tool := range []string{"wine", "wineboot", "x86_64-w64-mingw32-gcc"} {
		if _, err := exec.LookPath(tool); err != nil {
			return fmt.Errorf("%s is missing: install it with `go run ./tools/setup --all`", tool)
		}
	}
	modules, err := Packages(ctx, log)
	if err != nil {
		return err
	}
	env, err := wineEnv()
	if err != nil {
		return err
	}
	boot := exec.CommandContext(ctx, "wineboot", "--init")
	boot.Env = append(append(os.Environ(), env...), "DISPLAY=") // it would ask in windows
	// Its children keep running; with a pipe, Wait would wait for them.
	if err := boot.Run(); err != nil {
		return fmt.Errorf("wineboot: %w", err)
	}
	source := filepath.Join(prefix, "prng.c")
	if err := os.WriteFile(source, []byte(prng), 0o644); err != nil {
		return err
	}
	gcc := exec.CommandContext(ctx, "x86_64-w64-mingw32-gcc", "-shared", "-o", filepath.Join(system, "bcryptprimitives.dll"), source, "-ladvapi32")
	if out, err := gcc.CombinedOutput(); err != nil {
		return fmt.Errorf("making bcryptprimitives.dll: %w: %s", err, out)
	}
	fxc, err := os.ReadFile(filepath.Join(modules, "webgpu", "dist", "d3dcompiler_47.dll"))
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(system, "d3dcompiler_47.dll"), fxc, 0o644); err != nil {
		return err
	}
	return os.WriteFile(ready, nil, 0o644)
}
