package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/webmunit/webmunit/tools/internal/gotool"
	"github.com/webmunit/webmunit/tools/internal/licences"
)

// program builds munit for the system and processor that name has, and packs it with the page, as people there unpack.
func (r *release) program(ctx context.Context, name string) (string, error) {
	system, processor, _ := strings.Cut(name, "-")
	processor, static := strings.CutSuffix(processor, "-static")
	flags := ""
	if static {
		flags = "-tags=nogpu" // what reaches GPUs needs glibc
	}
	goTool := func(args ...string) (string, error) {
		cmd, err := gotool.Native(ctx, r.root, args...)
		if err != nil {
			return "", err
		}
		cmd.Env = append(cmd.Env, "GOOS="+system, "GOARCH="+processor, "CGO_ENABLED=0", "GOFLAGS="+flags)
		return run(cmd)
	}
	dir, err := os.MkdirTemp("", "program")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	binary := "munit"
	if system == "windows" {
		binary += ".exe"
	}
	stamp := fmt.Sprintf("-s -w -buildid= -X main.release=%s -X main.commit=%s", r.version, r.commit)
	if _, err := goTool("build", "-trimpath", "-buildvcs=false", "-ldflags="+stamp, "-o", filepath.Join(dir, binary), "./tools/munit"); err != nil {
		return "", err
	}
	text, err := licences.Of(goTool, r.root, "./tools/munit")
	if err != nil {
		return "", err
	}
	files := []packed{{name: binary, path: filepath.Join(dir, binary), mode: 0o755}, {name: "licences.txt", data: []byte(text), mode: 0o644}}
	help, err := r.help(ctx, system, dir)
	if err != nil {
		return "", err
	}
	files = append(files, help...)
	page, err := r.built(ctx)
	if err != nil {
		return "", err
	}
	for _, f := range page {
		if ready := path.Ext(f.name); ready == ".br" || ready == ".gz" { // for the way from a host to a browser, of which there is none here
			continue
		}
		f.name = path.Join("site", f.name) // where munit serve looks
		files = append(files, f)
	}
	for _, name := range []string{"LICENSE", "README.md", "CHANGELOG.md"} {
		files = append(files, packed{name: name, path: filepath.Join(r.root, name), mode: 0o644})
	}
	folder := "munit-" + r.version + "-" + name
	for i := range files {
		files[i].name = path.Join(folder, files[i].name)
	}
	if system == "windows" {
		return r.write(folder+".zip", zipped, files)
	}
	return r.write(folder+".tar.gz", tarred, files)
}

// help are completions for the shells of a system, and manual pages where there is man, written by the program that runs here, which goes into dir.
func (r *release) help(ctx context.Context, system, dir string) ([]packed, error) {
	day, err := r.output(ctx, "git", "log", "-1", "--format=%ct")
	if err != nil {
		return nil, err
	}
	here, pages := filepath.Join(dir, "here"), filepath.Join(dir, "man")
	build, err := gotool.Native(ctx, r.root, "build", "-buildvcs=false", "-ldflags=-X main.release="+r.version+" -X main.commit="+r.commit, "-o", here, "./tools/munit")
	if err != nil {
		return nil, err
	}
	if _, err := run(build); err != nil {
		return nil, err
	}
	munit := func(args ...string) (string, error) {
		cmd := exec.CommandContext(ctx, here, args...)
		cmd.Env = append(os.Environ(), "SOURCE_DATE_EPOCH="+day)
		return run(cmd)
	}
	shells := map[string]string{"bash": "munit.bash", "zsh": "_munit", "fish": "munit.fish"}
	if system == "windows" {
		shells = map[string]string{"powershell": "munit.ps1"}
	}
	var files []packed
	for _, shell := range slices.Sorted(maps.Keys(shells)) {
		text, err := munit("completion", shell)
		if err != nil {
			return nil, err
		}
		files = append(files, packed{name: "completions/" + shells[shell], data: []byte(text), mode: 0o644})
	}
	if system == "windows" {
		return files, nil
	}
	if _, err := munit("man", pages); err != nil {
		return nil, err
	}
	written, err := os.ReadDir(pages)
	if err != nil {
		return nil, err
	}
	for _, page := range written {
		data, err := os.ReadFile(filepath.Join(pages, page.Name()))
		if err != nil {
			return nil, err
		}
		files = append(files, packed{name: "man/" + page.Name(), data: data, mode: 0o644})
	}
	return files, nil
}

// site packs the page.
func (r *release) site(ctx context.Context, _ string) (string, error) {
	files, err := r.built(ctx)
	if err != nil {
		return "", err
	}
	return r.write("webmunit-"+r.version+"-site.zip", zipped, files)
}

// npm packs what package.json lists, under the version of the release, as npm pack does.
func (r *release) npm(ctx context.Context, _ string) (string, error) {
	files, err := r.built(ctx)
	if err != nil {
		return "", err
	}
	manifest, err := os.ReadFile(filepath.Join(r.dist, "package.json"))
	if err != nil {
		return "", err
	}
	var says struct {
		Version string
		Files   []string
	}
	if err := json.Unmarshal(manifest, &says); err != nil {
		return "", fmt.Errorf("package.json: %w", err)
	}
	const always = "package.json README.md LICENSE" // in every package
	var own []packed
	for _, f := range files {
		listed := slices.Contains(strings.Fields(always), f.name) || slices.ContainsFunc(says.Files, func(pattern string) bool {
			matches, _ := path.Match(pattern, f.name)
			return matches
		})
		if !listed {
			continue
		}
		if f.name == "package.json" {
			f.data = bytes.Replace(manifest, fmt.Appendf(nil, "%q", says.Version), fmt.Appendf(nil, "%q", strings.TrimPrefix(r.version, "v")), 1)
		}
		f.name = path.Join("package", f.name)
		own = append(own, f)
	}
	return r.write("webmunit-"+strings.TrimPrefix(r.version, "v")+".tgz", tarred, own)
}

// built is the site, which is built when it is first asked for.
func (r *release) built(ctx context.Context) ([]packed, error) {
	if _, err := os.Stat(r.dist); err != nil {
		cmd, err := gotool.Native(ctx, r.root, "run", "./tools/build", "--out", r.dist)
		if err != nil {
			return nil, err
		}
		if _, err := run(cmd); err != nil {
			return nil, err
		}
	}
	var files []packed
	err := filepath.WalkDir(r.dist, func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(r.dist, file)
		files = append(files, packed{name: filepath.ToSlash(name), path: file, mode: 0o644})
		return err
	})
	return files, err
}

// sums writes the checksums of the files made, in the form that sha256sum reads.
func (r *release) sums(files []string) error {
	var text strings.Builder
	for _, name := range files {
		data, err := os.ReadFile(filepath.Join(r.out, name))
		if err != nil {
			return err
		}
		fmt.Fprintf(&text, "%x  %s\n", sha256.Sum256(data), name)
		fmt.Fprintf(r.log, "%10d  %s\n", len(data), filepath.Join(r.out, name))
	}
	return os.WriteFile(filepath.Join(r.out, "SHA256SUMS"), []byte(text.String()), 0o644)
}

// output is what a program says at the root.
func (r *release) output(ctx context.Context, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = r.root
	out, err := run(cmd)
	return strings.TrimSpace(out), err
}

func run(cmd *exec.Cmd) (string, error) {
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("%s: %w\n%s", strings.Join(cmd.Args, " "), err, strings.TrimSpace(stderr.String()))
	}
	return stdout.String(), nil
}
