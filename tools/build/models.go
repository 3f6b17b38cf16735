package main

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/webmunit/webmunit/weights"
	"github.com/webmunit/webmunit/weights/printable"
)

const modelSuffix = ".munit.safetensors"

// first is the model that the page opens with; the others follow by name.
const first = "wares"

// modelEntry is ModelEntry of site/src/module/types.ts.
type modelEntry struct {
	Name    string  `json:"name"`
	File    string  `json:"file"`
	Bytes   int     `json:"bytes"`
	SHA256  string  `json:"sha256"`
	Domains domains `json:"domains"`
	Samples string  `json:"samples,omitempty"`
	Credits string  `json:"credits"`
}

type domains struct {
	A string `json:"a"`
	B string `json:"b"`
}

// copyModels copies the shipped models, each with its credits, and writes models.json, by which the module knows a whole download
// from a broken one, and an old model in a browser's cache from the present one.
func (s *site) copyModels(context.Context) error {
	files, err := filepath.Glob(s.source("weights", "*"+modelSuffix))
	if err != nil {
		return err
	}
	slices.SortStableFunc(files, func(a, b string) int {
		return cmp.Compare(rank(a), rank(b))
	})
	if err := os.Mkdir(s.target("models"), 0o755); err != nil {
		return err
	}
	models := []modelEntry{}
	for _, path := range files {
		entry, err := s.copyModel(strings.TrimSuffix(filepath.Base(path), modelSuffix))
		if err != nil {
			return err
		}
		if err := s.writeImportable(entry); err != nil {
			return err
		}
		models = append(models, entry)
	}
	list, err := json.MarshalIndent(struct {
		Models []modelEntry `json:"models"`
	}{models}, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(s.target("models", "models.json"), list, 0o644)
}

// rank puts the first model first.
func rank(path string) int {
	if filepath.Base(path) == first+modelSuffix {
		return 0
	}
	return 1
}

// importable is models/NAME.js, by which npm's users import a model: bundlers find the file by the form of new URL, and copy it.
const importable = `// The model %[1]s for load(): where its file is, and its hash.
export default { model: new URL("./%[1]s%[2]s", import.meta.url), sha256: "%[3]s" };
`

const importableTypes = `/** The model %[1]s: await load(%[2]s). Its address alone, for <munit-image>, is %[2]s.model.href. */
declare const %[2]s: { model: URL; sha256: string };
export default %[2]s;
`

// identifier makes a model's name one that TypeScript takes.
var identifier = regexp.MustCompile(`[^A-Za-z0-9]+`)

// writeImportable writes what one imports to have the model.
func (s *site) writeImportable(m modelEntry) error {
	types := fmt.Sprintf(importableTypes, m.Name, "model_"+identifier.ReplaceAllString(m.Name, "_"))
	if err := os.WriteFile(s.target("models", m.Name+".d.ts"), []byte(types), 0o644); err != nil {
		return err
	}
	return os.WriteFile(s.target("models", m.Name+".js"), fmt.Appendf(nil, importable, m.Name, modelSuffix, m.SHA256), 0o644)
}

// copyModel copies weights/NAME.munit.safetensors and its credits, weights/NAME.NOTICE. Drawings to try it with are in samples/NAME, if anywhere.
func (s *site) copyModel(name string) (modelEntry, error) {
	path := s.source("weights", name+modelSuffix)
	data, err := os.ReadFile(path)
	if err != nil {
		return modelEntry{}, err
	}
	model, err := weights.Parse(data)
	if err != nil {
		return modelEntry{}, fmt.Errorf("%s: %w", path, err)
	}
	credits, err := os.ReadFile(s.source("weights", name+".NOTICE"))
	if err != nil {
		return modelEntry{}, fmt.Errorf("%s has no credits: write beside it whom to thank, and under which licence: %w", path, err)
	}
	sum := sha256.Sum256(data)
	entry := modelEntry{
		Name:    name,
		File:    name + modelSuffix,
		Bytes:   len(data),
		SHA256:  hex.EncodeToString(sum[:]),
		Domains: domains{printable.Text(model.DomainA), printable.Text(model.DomainB)},
		Credits: string(credits),
	}
	if _, err := os.Stat(s.target("samples", name, "samples.json")); err == nil {
		entry.Samples = "../samples/" + name + "/"
	}
	if err := os.WriteFile(s.target("models", entry.File), data, 0o644); err != nil {
		return modelEntry{}, err
	}
	return entry, os.WriteFile(s.target("models", name+".NOTICE.txt"), credits, 0o644)
}
