package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/webmunit/webmunit/weights"
	"github.com/webmunit/webmunit/weights/junyanz"
	"github.com/webmunit/webmunit/weights/kind"
	"github.com/webmunit/webmunit/weights/nvlabs"
)

func isSafetensors(path string) bool {
	return strings.HasSuffix(path, ".safetensors") || kindOf(path) == kind.Safetensors
}

// maxState bounds the file of one generator, in bytes.
const maxState = 4 << 30

// importSafetensors reads a model file, or the generators that munit export --format safetensors wrote.
func (f convertFlags) importSafetensors(stderr io.Writer) (*weights.Model, error) {
	meta, err := weights.Metadata(f.checkpoint)
	if err != nil || meta["format"] == "munit" {
		return openModel(f.checkpoint) // which has the right words for what is wrong
	}
	fail := func(format string, args ...any) (*weights.Model, error) {
		return nil, failed(fmt.Errorf("%s: "+format, append([]any{f.checkpoint}, args...)...), "give a model file, or the gen_a.safetensors or gen_b.safetensors of munit export")
	}
	if meta["format"] == "munit-training" {
		return fail("it is a checkpoint of munit train: its model is the model.munit.safetensors beside the folder of checkpoints")
	}
	var cfg weights.Config
	switch {
	case f.config != "":
		cfg, err = f.readConfig(stderr)
	case meta["config"] != "":
		cfg, err = weights.ParseConfig(meta["config"])
	default:
		return fail("it does not say the network's shape: give the --config of its training too")
	}
	if err != nil {
		return nil, err
	}
	dicts := map[weights.Domain]map[string]*weights.Tensor{}
	told := map[weights.Domain]string{weights.A: "a", weights.B: "b"}
	for _, path := range append([]string{f.checkpoint}, statesBeside(f.checkpoint)...) {
		tensors, other, err := weights.OpenTensors(path, maxState)
		if err != nil {
			return nil, failed(err, checkpointHint)
		}
		d, ok := generatorOf(path, other)
		if !ok {
			return fail("it does not say whether it is generator a or b: call it gen_a.safetensors or gen_b.safetensors")
		}
		if other["config"] != meta["config"] {
			return fail("%s beside it is of another model", path)
		}
		dicts[d] = tensors
		if name := other["domain"]; name != "" {
			told[d] = name
		}
	}
	importDicts := nvlabs.ImportStateDicts
	if cfg.Gen.NetG != "" {
		importDicts = junyanz.ImportStateDicts
	}
	m, err := importDicts(dicts, cfg)
	if err != nil {
		return fail("%w", err)
	}
	m.DomainA, m.DomainB, m.License, m.Source = told[weights.A], told[weights.B], meta["license"], meta["source"]
	return m, nil
}

// generatorOf tells whose state_dict a file is, by its metadata or its name.
func generatorOf(path string, meta map[string]string) (weights.Domain, bool) {
	for _, d := range weights.Domains {
		if meta["generator"] == string(d) || meta["generator"] == "" && filepath.Base(path) == nvlabs.CheckpointName(d) {
			return d, true
		}
	}
	return "", false
}

// statesBeside is the other generator's file beside a gen_a.safetensors or gen_b.safetensors, if it is there.
func statesBeside(path string) []string {
	other := map[string]string{
		nvlabs.CheckpointName(weights.A): nvlabs.CheckpointName(weights.B),
		nvlabs.CheckpointName(weights.B): nvlabs.CheckpointName(weights.A),
	}[filepath.Base(path)]
	if other == "" {
		return nil
	}
	other = filepath.Join(filepath.Dir(path), other)
	if info, err := os.Stat(other); err != nil || !info.Mode().IsRegular() {
		return nil
	}
	return []string{other}
}
