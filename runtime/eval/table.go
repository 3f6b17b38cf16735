package eval

import (
	"fmt"
	"io"
)

// Print writes s as a table for people, every number with what it is and which way is better.
func (s *Scores) Print(w io.Writer) error {
	p := printer{w: w}
	p.line("%d inputs, %d outputs, %d true pictures", s.Inputs, s.Outputs, s.Truths)
	p.line("")
	p.line("%-34s %9s %9s %9s", "", "features", "pixels", "LPIPS")
	p.distances("diversity of an input's outputs", s.Diversity, "higher is more diverse")
	p.distances("coverage: true to nearest output", s.Coverage, "lower is better")
	p.distances("precision: output to nearest true", s.Precision, "lower is better")
	p.line("")
	p.number("Fréchet distance", s.Frechet, "%.3f", "lower is better")
	p.number("inception score (IS)", s.IS, "%.3f", "higher is better")
	p.number("conditional inception score (CIS)", s.CIS, "%.3f", "higher is better")
	p.number("reconstruction PSNR", s.ReconstructionPSNR, "%.1f dB", "higher is better")
	if s.Lines != nil {
		p.number("lines kept", &s.Lines.Kept, "%.3f", "of the input's edges, higher is better")
		p.number("lines that lead back", &s.Lines.Back, "%.3f", "of the outputs' edges, higher is better")
	}
	if s.GroundClean != nil {
		p.number("ground clean", s.GroundClean, "%.3f", "of pixels outside the thing, higher is better")
	}
	if s.Real != nil {
		p.line("")
		p.line("true pictures, every other one against the rest (what a perfect model would score):")
		p.distances("diversity", s.Real.Diversity, "share reached: "+times(s.Diversity, s.Real.Diversity))
		p.distances("coverage", s.Real.Coverage, "outputs are "+times(s.Coverage, s.Real.Coverage)+" times as far")
		p.distances("precision", s.Real.Precision, "outputs are "+times(s.Precision, s.Real.Precision)+" times as far")
		p.number("Fréchet distance", s.Real.Frechet, "%.3f", "outputs are "+ratio(s.Frechet, s.Real.Frechet)+" times as far")
	}
	if s.Meaning != nil {
		p.line("")
		p.line("%s", s.Meaning.Explain())
	}
	return p.err
}

// printer writes lines until one cannot be written.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) line(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format+"\n", args...)
	}
}

func (p *printer) distances(name string, d *Distances, note string) {
	if d == nil {
		p.line("%-34s %9s %9s %9s", name, "-", "-", "-")
		return
	}
	p.line("%-34s %9.3f %9.4f %9s  %s", name, d.Features, d.Pixels, optional(d.LPIPS, "%.4f"), note)
}

func (p *printer) number(name string, v *float64, format, note string) {
	p.line("%-34s %9s  %s", name, optional(v, format), note)
}

// times is how many times as large distances are, in features and in pixels.
func times(a, b *Distances) string {
	if a == nil || b == nil {
		return "-"
	}
	return fmt.Sprintf("%.2f, %.2f", a.Features/b.Features, a.Pixels/b.Pixels)
}

func ratio(a, b *float64) string {
	if a == nil || b == nil {
		return "-"
	}
	return fmt.Sprintf("%.1f", *a / *b)
}

// optional is a number, or a dash where there is none.
func optional(v *float64, format string) string {
	if v == nil {
		return "-"
	}
	return fmt.Sprintf(format, *v)
}
