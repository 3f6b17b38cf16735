package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/webmunit/webmunit/tools/internal/gotool"
)

// cyclonedx makes the list of modules; its own dependencies are many, and no business of go.mod's.
const cyclonedx = "github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@v1.10.0"

// sbom lists the modules that are built, in CycloneDX's form.
func (r *release) sbom(ctx context.Context, _ string) (string, error) {
	dir, err := os.MkdirTemp("", "sbom")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	install, err := gotool.Native(ctx, r.root, "install", "-trimpath", cyclonedx)
	if err != nil {
		return "", err
	}
	install.Env = append(install.Env, "GOBIN="+dir, "GOFLAGS=")
	if _, err := run(install); err != nil {
		return "", err
	}
	// It would look for a version in git, where clones have different tags.
	source := filepath.Join(dir, "source")
	if _, err := r.output(ctx, "git", "checkout-index", "--all", "--prefix="+source+string(filepath.Separator)); err != nil {
		return "", err
	}
	list := exec.CommandContext(ctx, filepath.Join(dir, "cyclonedx-gomod"), "mod", "-json", "-std", "-short-purls", "-noserial", "-notimestamp", "-type", "application", source)
	list.Dir, list.Env = source, append(install.Env, "GOOS=linux", "GOARCH=amd64") // one list, wherever it is made
	text, err := run(list)
	if err != nil {
		return "", err
	}
	data, err := r.named([]byte(text))
	if err != nil {
		return "", fmt.Errorf("what cyclonedx-gomod wrote: %w", err)
	}
	name := "webmunit-" + r.version + ".cdx.json"
	return name, os.WriteFile(filepath.Join(r.out, name), data, 0o644)
}

// named gives the list the version of the release, and takes out what differs between machines: the checksums of the program that made it.
func (r *release) named(list []byte) ([]byte, error) {
	var all map[string]any
	if err := json.Unmarshal(list, &all); err != nil {
		return nil, err
	}
	metadata, _ := all["metadata"].(map[string]any)
	component, ok := metadata["component"].(map[string]any)
	if !ok {
		return nil, fmt.Errorf("it has no metadata.component")
	}
	component["version"] = r.version
	tools, _ := metadata["tools"].([]any)
	for _, tool := range tools {
		if tool, ok := tool.(map[string]any); ok {
			delete(tool, "hashes")
		}
	}
	data, err := json.MarshalIndent(all, "", "  ")
	return append(data, '\n'), err
}
