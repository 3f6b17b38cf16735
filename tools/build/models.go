package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/webmunit/webmunit/weights"
)

const modelSuffix = ".munit.safetensors"

// modelEntry is ModelEntry of site/src/module/types.ts.
type modelEntry struct {
	Name    string `json:"name"`
	File    string `json:"file"`
	Bytes   int    `json:"bytes"`
	SHA256  string `json:"sha256"`
	Credits string `json:"credits"`
}

// copyModels copies the shipped models with their credits, and writes models.json, by which the module knows a whole download
// from a broken one, and an old model in a browser's cache from the present one.
func (s *site) copyModels(context.Context) error {
	credits, err := os.ReadFile(s.source("weights", "NOTICE"))
	if err != nil {
		return err
	}
	files, err := filepath.Glob(s.source("weights", "*"+modelSuffix))
	if err != nil {
		return err
	}
	if err := os.Mkdir(s.target("models"), 0o755); err != nil {
		return err
	}
	models := []modelEntry{}
	for _, path := range files {
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if _, err := weights.Parse(data); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		name := filepath.Base(path)
		if err := os.WriteFile(s.target("models", name), data, 0o644); err != nil {
			return err
		}
		sum := sha256.Sum256(data)
		models = append(models, modelEntry{
			Name:    strings.TrimSuffix(name, modelSuffix),
			File:    name,
			Bytes:   len(data),
			SHA256:  hex.EncodeToString(sum[:]),
			Credits: string(credits),
		})
	}
	if err := os.WriteFile(s.target("models", "NOTICE.txt"), credits, 0o644); err != nil {
		return err
	}
	list, err := json.MarshalIndent(struct {
		Models []modelEntry `json:"models"`
	}{models}, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(s.target("models", "models.json"), list, 0o644)
}
