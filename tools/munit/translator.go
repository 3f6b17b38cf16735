package main

import (
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"path/filepath"
	"slices"
	"time"

	"github.com/webmunit/webmunit/runtime"
	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/runtime/picture"
	"github.com/webmunit/webmunit/weights"
)

// job is a translation that has passed all checks that cost nothing.
type job struct {
	flags     translateFlags
	model     *weights.Model
	direction weights.Direction
	inputs    []input
	size      int
	code      runtime.Style  // of --style-code
	sheet     *picture.Sheet // or nil

	bad      badPictures
	sifted   int // inputs that were bad before anything was computed
	tr       *runtime.Translator
	progress *progress
}

// translate runs the verb. Everything that can be refused is refused before anything is computed or written.
func translate(ctx context.Context, f translateFlags, stderr io.Writer) error {
	j, err := newJob(f, stderr)
	if err != nil {
		return err
	}
	var out outputs
	defer out.tidy()
	if err := out.prepare(f.output); err != nil {
		return err
	}
	if f.sheet != "" {
		if err := out.prepareFile(f.sheet); err != nil {
			return err
		}
	}
	start := time.Now()
	device, _ := runtime.ParseDevice(f.device) // newJob has seen it
	if j.tr, err = runtime.Load(ctx, j.model, runtime.Options{Device: device, Tune: f.tune, Store: userStore()}); err != nil {
		return err
	}
	defer j.tr.Close()
	info, reason := j.tr.Device()
	say(stderr, "%s", chosen(info, reason))
	for _, in := range j.inputs {
		if in.renamed() {
			say(stderr, "%s is written as %s-000.png and so on: another input has its name, or it is too long", in.path, in.name)
		}
	}
	j.progress = newProgress(stderr, len(j.inputs), j.flags.styles)
	if err := j.run(ctx, stderr); err != nil {
		j.progress.stop()
		return err
	}
	j.progress.stop()
	if j.progress.done == 0 {
		return j.bad.summary(len(j.inputs) + j.sifted)
	}
	say(stderr, "%s in %s after %s on the %s%s", count(j.progress.done, "picture"), f.output, seconds(time.Since(start)), kindName(info), held(j.tr.Memory().Device))
	return j.bad.summary(len(j.inputs) + j.sifted)
}

func newJob(f translateFlags, stderr io.Writer) (*job, error) {
	code, err := f.check()
	if err != nil {
		return nil, err
	}
	paths, err := expand(f.inputs)
	if err != nil {
		return nil, err
	}
	j := &job{flags: f, inputs: nameInputs(paths, f.styles), code: code}
	if j.model, err = openModel(f.model); err != nil {
		return nil, err
	}
	if f.noise {
		if j.model, err = noisy(j.model); err != nil {
			return nil, err
		}
	}
	if j.direction, err = chooseDirection(j.model, f.direction); err != nil {
		return nil, err
	}
	switch method, styles := j.model.Config.Method, j.model.Config.Styles(); {
	case styles == weights.NoStyles && (f.haveStyle || f.haveStyleCode || f.styles > 1):
		return nil, wrongUse("leave --styles, --style and --style-code out", "this model is one of %s, which has no styles: it draws one picture of each", method)
	case styles == weights.StyleNoise && f.haveStyle:
		return nil, wrongUse("leave --style out, and choose by --styles and --seed", "the styles of this model, one of %s, are noise, and cannot be taken from pictures", method)
	}
	if f.haveStyleCode {
		if err := checkStyleCode(code, j.model.Config.StyleDim()); err != nil {
			return nil, err
		}
	}
	j.size = f.fit(j.model.Config, j.direction)
	least := runtime.MinSide(j.model.Config)
	if j.size > 0 && j.size < least {
		return nil, wrongUse(fmt.Sprintf("give --size %d or more, or leave it out", least), "--size %d is too small: this model needs %d pixels a side", j.size, least)
	}
	if f.haveStyle {
		if err := checkPicture(f.style, runtime.MinStyleSide(j.model.Config, j.direction)); err != nil {
			return nil, err
		}
	}
	if err := j.sift(least, stderr); err != nil {
		return nil, err
	}
	if f.sheet != "" {
		if j.sheet, err = picture.NewSheet(len(j.inputs), f.styles); err != nil {
			return nil, failed(err, "leave --sheet out, or translate fewer pictures at a time")
		}
	}
	return j, j.spareInputs(paths)
}

// sift keeps the inputs that look as if they can be read, and names the others. The error is that there are none.
func (j *job) sift(least int, stderr io.Writer) error {
	all, errs := j.inputs, []error(nil)
	j.inputs = nil
	for _, in := range all {
		if err := checkPicture(in.path, least); err != nil {
			errs = append(errs, err)
		} else {
			j.inputs = append(j.inputs, in)
		}
	}
	if len(j.inputs) == 0 {
		j.bad.all = errs
		return j.bad.summary(len(all))
	}
	j.sifted = len(errs)
	for _, err := range errs {
		j.bad.add(stderr, err)
	}
	return nil
}

// spareInputs refuses results that would take the place of a file that is read, or of one another: out of a-000.png and a.png in one
// directory, the one must not be lost to the other.
func (j *job) spareInputs(paths []string) error {
	var targets []string
	for _, in := range j.inputs {
		for i := range j.flags.styles {
			targets = append(targets, in.result(j.flags.output, i))
		}
	}
	if j.sheet != nil {
		if slices.Contains(targets, filepath.Clean(j.flags.sheet)) {
			return wrongUse("give the sheet another name", "--sheet %s would be written over one of the results", j.flags.sheet)
		}
		targets = append(targets, j.flags.sheet)
	}
	return spare(targets, append(paths, j.flags.model, j.flags.style))
}

// run translates all inputs but those that turn out not to be readable, which it names.
func (j *job) run(ctx context.Context, stderr io.Writer) error {
	style, err := j.givenStyle(ctx)
	if err != nil {
		return err
	}
	done := 0
	for row, in := range j.inputs {
		var bad badPicture
		switch err := j.one(ctx, row, in, style); {
		case errors.As(err, &bad):
			j.progress.skip()
			j.bad.add(stderr, bad.error)
		case err != nil:
			return err
		default:
			done++
		}
	}
	if j.sheet == nil || done == 0 {
		return nil
	}
	return picture.WritePNG(j.flags.sheet, j.sheet.Image())
}

// givenStyle is the style of --style or --style-code, or nil for random ones.
func (j *job) givenStyle(ctx context.Context) (runtime.Style, error) {
	if !j.flags.haveStyle {
		return j.code, nil
	}
	m, err := picture.OpenContext(ctx, j.flags.style)
	if err != nil {
		return nil, err
	}
	s, err := j.tr.StyleOf(ctx, j.fitted(m, runtime.MinStyleSide(j.model.Config, j.direction)), j.direction)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", j.flags.style, err)
	}
	return s, nil
}

// one translates an input: its content is encoded once, and each style costs the decoder.
func (j *job) one(ctx context.Context, row int, in input, given runtime.Style) error {
	m, err := picture.OpenContext(ctx, in.path)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		return badPicture{err}
	}
	source := j.fitted(m, 0)
	content, err := j.tr.Encode(ctx, source, j.direction)
	if errors.Is(err, runtime.ErrTooSmall) || errors.Is(err, runtime.ErrTooLarge) {
		return badPicture{fmt.Errorf("%s: %w", in.path, err)}
	}
	if err != nil {
		return fmt.Errorf("%s: %w", in.path, err)
	}
	defer content.Close()
	if j.sheet != nil {
		j.sheet.Set(row, 0, source)
	}
	styles := []runtime.Style{given}
	if given == nil {
		styles = styles[:0]
		for i := range j.flags.styles {
			styles = append(styles, j.tr.RandomStyle(j.flags.seed, i))
		}
	}
	done := 0
	for some := range slices.Chunk(styles, j.tr.Batch(content)) { // for progress, and results before the last is there
		results, err := j.tr.DecodeBatch(ctx, content, some)
		if err != nil {
			return fmt.Errorf("%s: %w", in.path, err)
		}
		for _, result := range results {
			if err := picture.WritePNG(in.result(j.flags.output, done), j.stored(result)); err != nil {
				return err
			}
			done++
			if j.sheet != nil {
				j.sheet.Set(row, done, result)
			}
			j.progress.picture(in.path)
		}
	}
	return nil
}

// stored is m as it is written: without colours where the model's pictures have none.
func (j *job) stored(m *image.NRGBA) image.Image {
	if j.model.Config.InputDim(j.direction.To()) != 1 {
		return m
	}
	grey := image.NewGray(m.Bounds())
	for i := range grey.Pix {
		grey.Pix[i] = m.Pix[4*i]
	}
	return grey
}

// fitted reduces m to the run's size, but not below least.
func (j *job) fitted(m image.Image, least int) *image.NRGBA {
	size := j.size
	if size > 0 {
		size = max(size, least)
	}
	return runtime.Fit(m, size)
}

// held says how much of a GPU's memory was taken; of the process's own memory systems tell by themselves.
func held(u graph.Usage) string {
	if u.Peak == 0 {
		return ""
	}
	return fmt.Sprintf(", with at most %.1f MiB of its memory, %.1f of them weights", float64(u.Peak)/(1<<20), float64(u.Weights)/(1<<20))
}
