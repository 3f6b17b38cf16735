package main

import (
	"bytes"
	"context"
	"fmt"
	"html/template"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"

	"github.com/webmunit/webmunit/tools/internal/gotool"
)

// sourceURL is where the repository's files are shown to people.
const sourceURL = "https://github.com/webmunit/webmunit/blob/main/"

// document is a text that becomes a page of the folder docs/ of the site.
type document struct {
	path  string // below the root of the repository; of a command's help, where it would be
	text  []byte
	Title string
	File  string
}

// documents that have their place in front; the others follow by name, then the commands.
var documentsFirst = strings.Fields("README.md docs/gallery.md docs/models.md docs/training.md docs/quality.md docs/benchmarks.md docs/architecture.md")

var markdown = goldmark.New(goldmark.WithExtensions(extension.GFM), goldmark.WithParserOptions(parser.WithAutoHeadingID()))

// renderDocs makes pages of README, of docs/ and of each command's help. They need no script.
func (s *site) renderDocs(ctx context.Context) error {
	all, err := s.documents(ctx)
	if err != nil {
		return err
	}
	page, err := template.ParseFiles(s.source("site", "docs", "template.html"))
	if err != nil {
		return err
	}
	files := map[string]string{} // by path
	for _, d := range all {
		files[d.path] = d.File
	}
	for _, d := range all {
		body, images, err := d.render(files)
		if err != nil {
			return fmt.Errorf("%s: %w", d.path, err)
		}
		for _, image := range images {
			target := s.target("docs", "images", path.Base(image))
			if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
				return err
			}
			if err := copyFile(target, s.source(filepath.FromSlash(image))); err != nil {
				return fmt.Errorf("%s: %w", d.path, err)
			}
		}
		var html bytes.Buffer
		if err := page.Execute(&html, struct {
			document
			Pages []document
			Body  template.HTML
		}{d, all, template.HTML(body)}); err != nil {
			return err
		}
		if err := os.WriteFile(s.target("docs", d.File), html.Bytes(), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// documents reads the texts, in the order of the pages' list.
func (s *site) documents(ctx context.Context) ([]document, error) {
	found, err := filepath.Glob(s.source("docs", "*.md"))
	if err != nil {
		return nil, err
	}
	paths := append([]string{}, documentsFirst...)
	for _, file := range found {
		if name := "docs/" + filepath.Base(file); !slices.Contains(documentsFirst, name) {
			paths = append(paths, name)
		}
	}
	var all []document
	for _, name := range append(paths, "CHANGELOG.md", "CONTRIBUTING.md") {
		data, err := os.ReadFile(s.source(filepath.FromSlash(name)))
		if err != nil {
			return nil, err
		}
		d := document{path: name, text: data, File: strings.ToLower(strings.TrimSuffix(path.Base(name), ".md")) + ".html"}
		if name == "README.md" {
			d.File = "index.html"
		}
		all = append(all, d)
	}
	help, err := s.help(ctx)
	if err != nil {
		return nil, err
	}
	all = append(all, help...)
	for i := range all {
		all[i].Title = title(all[i].text)
	}
	all[0].Title = "Start"
	return all, nil
}

// help is what munit says of each of its commands.
func (s *site) help(ctx context.Context) ([]document, error) {
	dir, err := os.MkdirTemp("", "help")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	munit, err := gotool.Native(ctx, s.root, "run", "./tools/munit", "man", "--markdown", dir)
	if err != nil {
		return nil, err
	}
	if out, err := munit.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("munit man --markdown: %w\n%s", err, bytes.TrimSpace(out))
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.md"))
	if err != nil {
		return nil, err
	}
	var all []document
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		name := filepath.Base(file)
		all = append(all, document{path: "docs/" + name, text: data, File: strings.TrimSuffix(name, ".md") + ".html"})
	}
	return all, nil
}

var firstHeading = regexp.MustCompile(`(?m)^#+ (.+)$`)

func title(text []byte) string {
	if m := firstHeading.FindSubmatch(text); m != nil {
		return string(m[1])
	}
	return "webmunit"
}

// render gives the document's HTML, with links to other documents' pages and to the repository, and the pictures that it shows.
func (d document) render(files map[string]string) (html string, images []string, err error) {
	tree := markdown.Parser().Parse(text.NewReader(d.text))
	err = ast.Walk(tree, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Link:
			n.Destination = []byte(d.link(string(n.Destination), files))
		case *ast.Image:
			image := path.Join(path.Dir(d.path), string(n.Destination))
			images = append(images, image)
			n.Destination = []byte("images/" + path.Base(image))
		}
		return ast.WalkContinue, nil
	})
	if err != nil {
		return "", nil, err
	}
	var out bytes.Buffer
	err = markdown.Renderer().Render(&out, d.text, tree)
	return out.String(), images, err
}

// link is where a link of the document leads on the site.
func (d document) link(to string, files map[string]string) string {
	target, fragment, _ := strings.Cut(to, "#")
	if target == "" || strings.Contains(target, "://") || strings.HasPrefix(target, "mailto:") {
		return to
	}
	target = path.Join(path.Dir(d.path), target)
	page, ok := files[target]
	switch {
	case target == "site/public/convert.html":
		page = "../convert.html"
	case !ok:
		page = sourceURL + target
	}
	if fragment != "" {
		page += "#" + fragment
	}
	return page
}
