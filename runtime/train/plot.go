package train

import (
	"io"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/plotutil"
	"gonum.org/v1/plot/vg"

	"github.com/webmunit/webmunit/weights/replace"
)

const (
	plotWidth  = 25 * vg.Centimeter
	plotHeight = 15 * vg.Centimeter
	plotPoints = 250 // of a curve: each is the mean of its share of lines
)

// plotLosses draws the log's losses over iterations, on a logarithmic scale, into a PNG at path. Before there are two lines it draws nothing.
func plotLosses(path string, l *lossLog) error {
	if len(l.rows) < 2 {
		return nil
	}
	p := plot.New()
	p.Title.Text, p.X.Label.Text, p.Y.Label.Text = "Losses", "iteration", "loss"
	p.Y.Scale, p.Y.Tick.Marker = plot.LogScale{}, plot.LogTicks{Prec: -1}
	p.Legend.Top, p.Legend.XOffs = true, vg.Centimeter/-2
	p.Add(plotter.NewGrid())
	for i, name := range l.columns[2:] {
		if name == "lr" {
			continue
		}
		line, err := plotter.NewLine(curve(l.rows, i))
		if err != nil {
			return err
		}
		line.Color = plotutil.Color(i)
		line.Dashes = plotutil.Dashes(i / len(plotutil.DefaultColors))
		p.Add(line)
		p.Legend.Add(name, line)
	}
	picture, err := p.WriterTo(plotWidth, plotHeight, "png")
	if err != nil {
		return err
	}
	return replace.File(path, func(w io.Writer) error {
		_, err := picture.WriteTo(w)
		return err
	})
}

// curve smooths one loss of many lines into few points. A logarithmic scale has no place for zero.
func curve(rows []lossRow, column int) plotter.XYs {
	const least = 1e-6
	share := (len(rows) + plotPoints - 1) / plotPoints
	var points plotter.XYs
	for from := 0; from < len(rows); from += share {
		part := rows[from:min(from+share, len(rows))]
		var x, y float64
		for _, r := range part {
			x += float64(r.iteration) / float64(len(part))
			y += r.values[column] / float64(len(part))
		}
		points = append(points, plotter.XY{X: x, Y: math.Max(y, least)})
	}
	return points
}
