package train

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/weights"
	"github.com/webmunit/webmunit/weights/replace"
)

// A checkpoint is a safetensors file: weights under their names, their moments and average with a prefix, and in the metadata what else
// a training goes on from.
const (
	checkpointFormat = "munit-training"
	meanPrefix       = "adam.mean."
	variancePrefix   = "adam.variance."
	averagePrefix    = "ema."
	checkpointSuffix = ".safetensors"
)

// maxCheckpoint bounds a checkpoint that is read, in bytes: one of the paper's networks takes 1.1 GB.
const maxCheckpoint = 16 << 30

// Checkpoint is a training at one moment, in host memory.
type Checkpoint struct {
	Iteration int // how many are done
	Seed      uint64
	Config    []byte // the YAML
	Tensors   map[string]*weights.Tensor
}

// Checkpoint reads the training from the device. The error wraps ErrDiverged where a weight is not finite.
func (t *Trainer) Checkpoint(ctx context.Context) (*Checkpoint, error) {
	c := &Checkpoint{Iteration: t.iteration, Tensors: map[string]*weights.Tensor{}}
	for _, n := range []*network{t.generators, t.discriminators} {
		for i, k := range n.keys {
			l := n.learned[i]
			for prefix, x := range map[string]graph.Tensor{"": l.Weight, meanPrefix: l.Mean, variancePrefix: l.Variance, averagePrefix: l.Average} {
				if x == nil {
					continue
				}
				values, err := read(ctx, x)
				if err != nil {
					return nil, err
				}
				for _, v := range values {
					if !finite(v) {
						return nil, fmt.Errorf("%w: %s%s holds %v after iteration %d", ErrDiverged, prefix, k.Name, v, t.iteration)
					}
				}
				c.Tensors[prefix+k.Name] = weights.NewTensor(k.Shape, values)
			}
		}
	}
	if t.pool != nil {
		t.pool.tensors(c.Tensors)
	}
	return c, nil
}

// Restore continues from c, whose weights New was given: moments, averages and the number of iterations.
func (t *Trainer) Restore(ctx context.Context, c *Checkpoint) error {
	for _, n := range []*network{t.generators, t.discriminators} {
		for i, k := range n.keys {
			l := n.learned[i]
			for prefix, x := range map[string]graph.Tensor{"": l.Weight, meanPrefix: l.Mean, variancePrefix: l.Variance, averagePrefix: l.Average} {
				if x == nil {
					continue
				}
				if prefix == averagePrefix && c.Tensors[prefix+k.Name] == nil {
					prefix = "" // averaging was switched on since
				}
				values, err := stored{c.Tensors, prefix}.Float32s(k.Name, k.Shape)
				if err != nil {
					return err
				}
				if err := x.Write(ctx, values); err != nil {
					return err
				}
			}
		}
	}
	if t.pool != nil {
		t.pool.restore(c)
	}
	t.iteration = c.Iteration
	return nil
}

// Source gives the checkpoint's weights, for New.
func (c *Checkpoint) Source() graph.ParamSource { return stored{c.Tensors, ""} }

// Averaged gives the averaged generators' weights if there are any, else the weights as they are: for drawing.
func (c *Checkpoint) Averaged() graph.ParamSource { return averaged{c.Tensors} }

type averaged struct{ tensors map[string]*weights.Tensor }

func (a averaged) Float32s(name string, shape []int) ([]float32, error) {
	s := stored{a.tensors, averagePrefix}
	if a.tensors[averagePrefix+name] == nil {
		s.prefix = ""
	}
	return s.Float32s(name, shape)
}

// Write writes the checkpoint into dir, whole or not at all. Equal trainings give equal bytes.
func (c *Checkpoint) Write(dir string) error {
	meta := map[string]string{"format": checkpointFormat, "version": "1",
		"iteration": strconv.Itoa(c.Iteration), "seed": strconv.FormatUint(c.Seed, 10), "config": string(c.Config)}
	return replace.File(filepath.Join(dir, checkpointName(c.Iteration)), func(w io.Writer) error {
		_, err := weights.WriteTensors(w, c.Tensors, meta)
		return err
	})
}

// ReadCheckpoint reads the file at path and checks it whole.
func ReadCheckpoint(path string) (*Checkpoint, error) {
	tensors, meta, err := weights.OpenTensors(path, maxCheckpoint)
	if err != nil {
		return nil, fmt.Errorf("the checkpoint %w", err)
	}
	c := &Checkpoint{Config: []byte(meta["config"]), Tensors: tensors}
	if meta["format"] != checkpointFormat || meta["version"] != "1" {
		return nil, fmt.Errorf("%s is no checkpoint of a training (format %.40q, version %.40q)", path, meta["format"], meta["version"])
	}
	if c.Iteration, err = strconv.Atoi(meta["iteration"]); err != nil || c.Iteration < 0 {
		return nil, fmt.Errorf("the checkpoint %s does not tell its iteration", path)
	}
	if c.Seed, err = strconv.ParseUint(meta["seed"], 10, 64); err != nil {
		return nil, fmt.Errorf("the checkpoint %s does not tell its seed", path)
	}
	return c, nil
}

// Checkpoints lists the checkpoints in dir, oldest first.
func Checkpoints(dir string) ([]string, error) {
	paths, err := filepath.Glob(filepath.Join(escaped(dir), strings.Repeat("[0-9]", nameDigits)+checkpointSuffix))
	slices.Sort(paths)
	return paths, err
}

// Last reads the newest checkpoint in dir that can be read, and says of those that could not why. It is nil if there is none.
func Last(dir string) (c *Checkpoint, skipped []error, err error) {
	paths, err := Checkpoints(dir)
	if err != nil {
		return nil, nil, err
	}
	for _, path := range slices.Backward(paths) {
		c, err := ReadCheckpoint(path)
		if err == nil {
			return c, skipped, nil
		}
		skipped = append(skipped, err)
	}
	return nil, skipped, nil
}

// prune removes all but the newest checkpoints in dir.
func prune(dir string, keep int) error {
	paths, err := Checkpoints(dir)
	if err != nil {
		return err
	}
	for _, path := range paths[:max(0, len(paths)-keep)] {
		if err := os.Remove(path); err != nil {
			return err
		}
	}
	return nil
}

// nameDigits keeps names in the order of their numbers.
const nameDigits = 8

func checkpointName(iteration int) string {
	return fmt.Sprintf("%0*d%s", nameDigits, iteration, checkpointSuffix)
}

// escaped keeps the characters of a path from meaning something to filepath.Glob.
func escaped(path string) string {
	return strings.NewReplacer(`*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(path)
}

// Model is the generators as an inference model: the averaged ones if there are any.
func (c *Checkpoint) Model(cfg weights.Config) (*weights.Model, error) {
	m := &weights.Model{Config: cfg, DType: weights.F32, Tensors: map[string]*weights.Tensor{}}
	for _, k := range generators(cfg) {
		t := c.Tensors[averagePrefix+k.Name]
		if t == nil {
			t = c.Tensors[k.Name]
		}
		if t == nil {
			return nil, fmt.Errorf("the checkpoint has no tensor %s: it is of another config", k.Name)
		}
		m.Tensors[k.Name] = t
	}
	return m, nil
}
