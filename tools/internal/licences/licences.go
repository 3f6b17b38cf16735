// Package licences collects the licences of all modules that a program contains: most ask for being told.
package licences

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Tool runs the Go tool at the root of the repository, for the platform that the program is built for, and gives what it prints.
type Tool func(args ...string) (string, error)

// Of gives the licences of ours at root, of Go, and of all modules that packages are linked from, with their names and versions.
func Of(goTool Tool, root string, packages ...string) (string, error) {
	goroot, err := goTool("env", "GOROOT")
	if err != nil {
		return "", err
	}
	list, err := goTool(append([]string{"list", "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}}\t{{.Dir}}{{end}}{{end}}"}, packages...)...)
	if err != nil {
		return "", err
	}
	var text strings.Builder
	seen := map[string]bool{}
	for line := range strings.Lines("webmunit\t" + root + "\nGo\t" + strings.TrimSpace(goroot) + "\n" + list) {
		name, dir, ok := strings.Cut(strings.TrimSpace(line), "\t")
		if !ok || seen[name] {
			continue
		}
		seen[name] = true
		found, err := filepath.Glob(filepath.Join(dir, "LICEN[CS]E*"))
		if err != nil || len(found) == 0 {
			return "", fmt.Errorf("%s has no LICENSE file in %s, which the program must come with", name, dir)
		}
		for _, path := range found {
			licence, err := os.ReadFile(path)
			if err != nil {
				return "", err
			}
			fmt.Fprintf(&text, "%s\n%s\n\n%s\n\n", name, strings.Repeat("=", len(name)), bytes.TrimSpace(licence))
		}
	}
	return text.String(), nil
}
