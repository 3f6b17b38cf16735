package eval

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/webmunit/webmunit/runtime/train/data"
	"github.com/webmunit/webmunit/weights"
)

// Pairs are the test pictures of a data folder, in the layout of tools/dataset: test pictures of one name belong together, and further true pictures
// of testA/NAME.png are testB_multi/NAME_1.png, NAME_2.png and so on. So it goes the other way, with testA_multi.
// testMask/NAME.png shows in white where the thing is in both.
type Pairs struct {
	Inputs    []Input
	Reference []string // all pictures of the outputs' domain
}

// Input is a test picture and its true pictures, if there are any.
type Input struct {
	Path   string
	Truths []string
	Mask   string // "" if there is none
}

// Count is how many pictures there are, inputs and those of the outputs' domain.
func (p *Pairs) Count() int { return len(p.Inputs) + len(p.Reference) }

var multiName = regexp.MustCompile(`_[0-9]+$`)

// FindPairs lists the test pictures in dir for a translation in direction d. With none the error wraps data.ErrNoPictures.
func FindPairs(dir string, d weights.Direction) (*Pairs, error) {
	set := func(domain weights.Domain) string { return filepath.Join(dir, "test"+strings.ToUpper(string(domain))) }
	inputs, err := data.Folder(set(d.From()))
	if err != nil {
		return nil, err
	}
	p := &Pairs{}
	if p.Reference, err = data.Folder(set(d.To())); err != nil {
		return nil, err
	}
	more, err := data.Folder(set(d.To()) + "_multi")
	if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, data.ErrNoPictures) {
		return nil, err
	}
	truths := map[string][]string{}
	for _, path := range p.Reference {
		truths[stem(path)] = append(truths[stem(path)], path)
	}
	for _, path := range more {
		name := multiName.ReplaceAllString(stem(path), "")
		truths[name] = append(truths[name], path)
	}
	p.Reference = append(p.Reference, more...)
	for _, path := range inputs {
		mask := filepath.Join(dir, "testMask", stem(path)+".png")
		if _, err := os.Stat(mask); err != nil {
			mask = ""
		}
		p.Inputs = append(p.Inputs, Input{path, truths[stem(path)], mask})
	}
	return p, nil
}

// stem is a file's name without its ending.
func stem(path string) string {
	base := filepath.Base(path)
	return strings.TrimSuffix(base, filepath.Ext(base))
}

// Read reads a picture: the middle of it, height×width pixels, its shorter side reduced as far as that goes. It ends with ctx. The
// error names path.
func Read(ctx context.Context, path string, height, width, channels int) (Picture, error) {
	return data.Options{Size: min(height, width), Height: height, Width: width, Channels: channels}.Picture(ctx, path)
}
