//go:build js && wasm

// Command convert makes a model file of checkpoints in the browser, for site/src/convert/worker.ts, as `munit convert` does. Nothing in a checkpoint
// is run.
package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"strings"
	"syscall/js"

	"github.com/webmunit/webmunit/weights"
	"github.com/webmunit/webmunit/weights/junyanz"
	"github.com/webmunit/webmunit/weights/nvlabs"
)

func main() {
	host := js.Global().Get("munit") // what worker.ts gives: Asked, read, told and ended
	// Not in main itself: whoever starts the program waits for its first wait.
	go func() {
		file, says, err := convert(host)
		if err != nil {
			host.Call("ended", js.Null(), err.Error())
			return
		}
		data := js.Global().Get("Uint8Array").New(len(file))
		js.CopyBytesToJS(data, file)
		host.Call("ended", data, says)
	}()
	select {} // the worker is ended by the page
}

// asked is a file that was dropped.
type asked struct {
	host  js.Value
	index int
	name  string
	size  int64
}

// ReadAt reads a part of the file where it lies: a checkpoint need not fit into memory twice.
func (a asked) ReadAt(p []byte, offset int64) (int, error) {
	if offset >= a.size {
		return 0, io.EOF
	}
	part := p[:min(int64(len(p)), a.size-offset)]
	data := a.host.Call("read", a.index, float64(offset), len(part))
	if data.IsNull() {
		return 0, fmt.Errorf("%s cannot be read: was it changed or moved? choose it again", a.name)
	}
	n := js.CopyBytesToGo(part, data)
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

func files(host js.Value) (checkpoints []asked, configs []asked) {
	list := host.Get("files")
	for i := range list.Length() {
		f := list.Index(i)
		a := asked{host, i, f.Get("name").String(), int64(f.Get("size").Float())}
		if lower := strings.ToLower(a.name); strings.HasSuffix(lower, ".yaml") || strings.HasSuffix(lower, ".yml") {
			configs = append(configs, a)
		} else {
			checkpoints = append(checkpoints, a)
		}
	}
	return checkpoints, configs
}

// convert gives the model file, and what people are told about it.
func convert(host js.Value) (file []byte, says string, err error) {
	exact, warnings, err := read(host)
	if err != nil {
		return nil, "", err
	}
	for name, into := range map[string]*string{"domainA": &exact.DomainA, "domainB": &exact.DomainB} {
		if told := host.Get(name).String(); told != "" {
			*into = told
		}
	}
	host.Call("told", "storing")
	m, err := exact.Convert(weights.DType(host.Get("dtype").String()))
	if err != nil {
		return nil, "", err
	}
	var out bytes.Buffer
	if _, err := m.WriteTo(&out); err != nil {
		return nil, "", err
	}
	if _, err := weights.Parse(out.Bytes()); err != nil {
		return nil, "", fmt.Errorf("the model cannot be read back: %w", err)
	}
	var directions []string
	for _, d := range m.Directions() {
		from, to := m.DomainA, m.DomainB
		if d == weights.B2A {
			from, to = to, from
		}
		directions = append(directions, from+" to "+to)
	}
	return out.Bytes(), strings.Join(append([]string{cmp.Or(m.Config.Method, "MUNIT") + ": " + strings.Join(directions, ", ")}, warnings...), "\n"), nil
}

// read imports the checkpoints by what came with them: with a config they are NVlabs'.
func read(host js.Value) (*weights.Model, []string, error) {
	checkpoints, configs := files(host)
	host.Call("told", "reading")
	switch {
	case len(checkpoints) == 0:
		return nil, nil, errors.New("there is no checkpoint: add a file that ends in .pt or .pth")
	case len(configs) > 1:
		return nil, nil, fmt.Errorf("there are %d configs: one training has one", len(configs))
	case len(configs) == 1 && len(checkpoints) > 1:
		return nil, nil, fmt.Errorf("there are %d checkpoints: with a config goes one gen_*.pt, which holds both generators", len(checkpoints))
	case len(configs) == 1:
		return readNVlabs(checkpoints[0], configs[0])
	}
	var found junyanz.Files
	for _, c := range checkpoints {
		into := found.Place(c.name)
		if *into != nil {
			return nil, nil, fmt.Errorf("%s is one file too many: a CycleGAN has latest_net_G_A.pth and latest_net_G_B.pth, a BicycleGAN latest_net_G.pth and latest_net_E.pth", c.name)
		}
		*into = &junyanz.File{Data: c, Size: c.size}
	}
	m, err := junyanz.Import(found, junyanz.Options{Size: host.Get("size").Int(), Eval: host.Get("eval").Bool()})
	if errors.Is(err, junyanz.ErrNVlabs) {
		err = errors.New("this is a checkpoint of NVlabs' MUNIT or UNIT: add the YAML file of its training, which says the network's shape")
	}
	if err != nil {
		return nil, nil, err
	}
	return m, nil, m.Complete()
}

func readNVlabs(checkpoint, config asked) (*weights.Model, []string, error) {
	if config.size > nvlabs.MaxConfig {
		return nil, nil, fmt.Errorf("%s has %d bytes, which are too many for a config", config.name, config.size)
	}
	text := make([]byte, config.size)
	if _, err := io.ReadFull(io.NewSectionReader(config, 0, config.size), text); err != nil {
		return nil, nil, err
	}
	cfg, warnings, err := nvlabs.ParseConfig(text)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", config.name, err)
	}
	m, err := nvlabs.Import(checkpoint, checkpoint.size, cfg)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", checkpoint.name, err)
	}
	return m, warnings, m.Complete()
}
