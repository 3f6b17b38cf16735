package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"github.com/webmunit/webmunit/runtime"
	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/runtime/net"
	"github.com/webmunit/webmunit/weights"
)

// modelInfo is what info tells of a model; FLOPs are those of one picture.
type modelInfo struct {
	File       string          `json:"file"`
	Bytes      int64           `json:"bytes"`
	DomainA    string          `json:"domain_a"`
	DomainB    string          `json:"domain_b"`
	Directions []directionInfo `json:"directions"`
	Lacks      string          `json:"lacks,omitempty"` // why there are no directions
	DType      weights.DType   `json:"dtype"`
	Parameters int64           `json:"parameters"`
	Config     weights.Config  `json:"config"`
	License    string          `json:"license"`
	Source     string          `json:"source"`
	Preview    bool            `json:"preview"`
	Tensors    []tensorInfo    `json:"tensors,omitempty"`
}

type directionInfo struct {
	Name       weights.Direction `json:"name"`
	From       string            `json:"from"`
	To         string            `json:"to"`
	StyleImage bool              `json:"style_image"` // a style can be taken from a picture
	Height     int               `json:"height"`      // that the FLOPs are for
	Width      int               `json:"width"`
	Encode     int64             `json:"encode_flops"`
	Decode     int64             `json:"decode_flops"` // per style
}

type tensorInfo struct {
	Name  string        `json:"name"`
	Shape []int         `json:"shape"`
	DType weights.DType `json:"dtype"`
}

func infoCommand() *cobra.Command {
	asJSON, tensors := false, false
	cmd := &cobra.Command{
		Use:   "info MODEL",
		Short: "Describe a model file",
		Long:  `Info tells what a model translates between, its network's shape, how its weights are stored, what a picture costs, and its licence.`,
		Example: `  munit info ` + exampleModel + `
  munit info ` + exampleModel + ` --tensors
  munit info ` + exampleModel + ` --json`,
		Args: noMore(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return wrongUse("for example: munit info "+exampleModel, "the model file is missing")
			}
			m, err := describeModel(args[0])
			if err != nil {
				return err
			}
			info, err := describe(args[0], m, tensors)
			if err != nil {
				return err
			}
			if asJSON {
				return writeJSON(cmd.OutOrStdout(), info)
			}
			info.print(cmd.OutOrStdout())
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "write JSON")
	cmd.Flags().BoolVar(&tensors, "tensors", false, "list all tensors")
	return cmd
}

func describe(path string, m *weights.Model, tensors bool) (*modelInfo, error) {
	stat, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	info := &modelInfo{
		File: path, Bytes: stat.Size(), DomainA: domainName(m, weights.A), DomainB: domainName(m, weights.B), DType: m.DType,
		Config: m.Config, License: m.License, Source: m.Source, Preview: m.Preview != nil, Directions: []directionInfo{},
	}
	for _, name := range slices.Sorted(maps.Keys(m.Tensors)) {
		t := m.Tensors[name]
		info.Parameters += int64(graph.Shape(t.Shape).Elems())
		if tensors {
			info.Tensors = append(info.Tensors, tensorInfo{Name: name, Shape: t.Shape, DType: t.DType})
		}
	}
	if err := m.Complete(); err != nil {
		info.Lacks = err.Error()
	}
	for _, d := range m.Directions() {
		work, err := costs(m, d)
		if err != nil {
			return nil, err
		}
		info.Directions = append(info.Directions, work)
	}
	return info, nil
}

// costs counts the work of translating one picture of the size that the model was trained at (256×256 where it does not say).
func costs(m *weights.Model, d weights.Direction) (directionInfo, error) {
	cfg := m.Config
	h, w := cfg.CropImageHeight, cfg.CropImageWidth
	if side := runtime.DefaultSize(cfg, d); h == 0 || w == 0 {
		if side == 0 {
			side = 256
		}
		h, w = side, side
	}
	unit := cfg.Unit()
	ph, pw := max(roundUp(h, unit), runtime.MinSide(cfg)), max(roundUp(w, unit), runtime.MinSide(cfg))

	encoder := graph.New()
	b := net.Builder{Graph: encoder, Config: cfg}
	if !cfg.Whole(d) {
		b.EncodeContent(d.From(), encoder.Input("image", 1, cfg.InputDim(d.From()), ph, pw))
	}
	decoder := graph.New()
	b.Graph = decoder
	content := cfg.Content(d, ph, pw)
	b.Draw(d, decoder.Input("content", append([]int{1}, content[:]...)...), b.Style(d, 1, ph, pw))
	for _, g := range []*graph.Graph{encoder, decoder} {
		if err := g.Err(); err != nil {
			return directionInfo{}, err
		}
	}
	return directionInfo{
		Name: d, From: domainName(m, d.From()), To: domainName(m, d.To()), StyleImage: m.StyleImage(d),
		Height: h, Width: w, Encode: encoder.FLOPs(), Decode: decoder.FLOPs(),
	}, nil
}

func roundUp(n, unit int) int { return (n + unit - 1) / unit * unit }

func (m *modelInfo) print(w io.Writer) {
	c := m.Config
	say(w, "%s", m.File)
	row := func(name, format string, args ...any) { say(w, "  %-11s %s", name, fmt.Sprintf(format, args...)) }
	row("domains", "a: %s (%s), b: %s (%s)", m.DomainA, count(c.InputDimA, "channel"), m.DomainB, count(c.InputDimB, "channel"))
	for _, d := range m.Directions {
		styles := "styles random, as numbers, or from a picture"
		switch {
		case c.Styles() == weights.NoStyles:
			styles = "one picture of each, without styles"
		case c.Styles() == weights.StyleNoise:
			styles = "styles random: they are noise"
		case !d.StyleImage:
			styles = "styles random or as numbers"
		}
		row(string(d.Name), "%s to %s; %s", d.From, d.To, styles)
	}
	if m.Lacks != "" {
		row("directions", "none: %s", m.Lacks)
	}
	switch a, b := c.Size(weights.A), c.Size(weights.B); {
	case a == 0 && b == 0:
		row("size", "not said; at least %d pixels a side", runtime.MinSide(c))
	case a == b:
		row("size", "trained with the shorter side at %d pixels; at least %d", a, runtime.MinSide(c))
	default:
		row("size", "trained with the shorter side at %d pixels in a and %d in b; at least %d", a, b, runtime.MinSide(c))
	}
	g := c.Gen
	styles := fmt.Sprintf("mlp_dim %d, style_dim %d, ", g.MLPDim, g.StyleDim)
	if !c.Architecture().Styles {
		styles = ""
	}
	row("method", "%s", cmp.Or(c.Method, "MUNIT"))
	row("network", "dim %d, %sactiv %s, n_downsample %d, n_res %d, pad_type %s", g.Dim, styles, g.Activ, g.NDownsample, g.NRes, g.PadType)
	row("weights", "%s parameters as %s, %s", thousands(m.Parameters), m.DType, bytesText(m.Bytes))
	for _, d := range m.Directions {
		each := "for each style"
		if c.Styles() == weights.NoStyles {
			each = "to draw it"
		}
		row("work "+string(d.Name), "%.3g GFLOP to encode a picture of %d×%d, %.3g %s", float64(d.Encode)/1e9, d.Width, d.Height, float64(d.Decode)/1e9, each)
	}
	row("licence", "%s", orNone(m.License))
	row("source", "%s", orNone(m.Source))
	for _, t := range m.Tensors {
		say(w, "  %-4s %-16s %s", t.DType, fmt.Sprint(t.Shape), t.Name)
	}
}

func orNone(s string) string {
	if s == "" {
		return "not said"
	}
	return s
}

// thousands writes 1234567 as 1,234,567.
func thousands(n int64) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%s,%03d", thousands(n/1000), n%1000)
}

func bytesText(n int64) string {
	if n < 1e6 {
		return fmt.Sprintf("%.1f kB", float64(n)/1e3)
	}
	return fmt.Sprintf("%.2f MB", float64(n)/1e6)
}

func writeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}
