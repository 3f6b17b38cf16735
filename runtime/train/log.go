package train

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"time"

	"github.com/webmunit/webmunit/weights/replace"
)

// lossLog is losses.csv: a line per logged iteration with its losses, the learning rate, and the seconds of training so far.
type lossLog struct {
	path    string
	file    *os.File
	columns []string
	before  float64 // seconds of the runs before this one
	began   time.Time
	rows    []lossRow
}

// lossRow is a line; values are as columns, iteration and seconds left out.
type lossRow struct {
	iteration int
	seconds   float64
	values    []float64
}

// openLog opens the log at path for a training that has done iteration iterations: lines of later ones, which a killed run may have left, are
// taken away, and so is what a second training has written among them: its header, and lines of iterations that are there already.
func openLog(path string, iteration int) (*lossLog, error) {
	l := &lossLog{path: path, began: time.Now()}
	if err := l.rewind(iteration); err != nil {
		return nil, fmt.Errorf("the log of losses: %w", err)
	}
	var err error
	if l.file, err = os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o666); err != nil {
		return nil, err
	}
	return l, nil
}

func (l *lossLog) rewind(iteration int) error {
	data, err := os.ReadFile(l.path)
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		return err
	}
	if whole := bytes.LastIndexByte(data, '\n') + 1; whole < len(data) {
		data = data[:whole] // a kill may cut a line
	}
	r := csv.NewReader(bytes.NewReader(data))
	l.columns, err = r.Read()
	if err == io.EOF {
		l.columns = nil
		return os.Truncate(l.path, 0)
	}
	kept := bytes.Clone(data[:r.InputOffset()])
	for err == nil {
		begin := r.InputOffset()
		var fields []string
		if fields, err = r.Read(); err != nil {
			break
		}
		if slices.Equal(fields, l.columns) {
			continue // two trainings may have begun this file at once
		}
		row, parseErr := parseRow(fields)
		if parseErr != nil {
			return fmt.Errorf("%s is no log of losses (%w): move it away", l.path, parseErr)
		}
		if n := len(l.rows); row.iteration > iteration || n > 0 && row.iteration <= l.rows[n-1].iteration {
			continue
		}
		l.rows, l.before, kept = append(l.rows, row), row.seconds, append(kept, data[begin:r.InputOffset()]...)
	}
	if err != nil && err != io.EOF {
		return fmt.Errorf("%s: %w: move it away", l.path, err)
	}
	return replace.File(l.path, func(w io.Writer) error {
		_, err := w.Write(kept)
		return err
	})
}

func parseRow(fields []string) (row lossRow, err error) {
	if len(fields) < 2 {
		return row, fmt.Errorf("%d columns", len(fields))
	}
	if row.iteration, err = strconv.Atoi(fields[0]); err != nil {
		return row, err
	}
	if row.seconds, err = strconv.ParseFloat(fields[1], 64); err != nil {
		return row, err
	}
	for _, f := range fields[2:] {
		v, err := strconv.ParseFloat(f, 64)
		if err != nil {
			return row, err
		}
		row.values = append(row.values, v)
	}
	return row, nil
}

// add writes a line at once, so that a kill loses none.
func (l *lossLog) add(iteration int, rate float64, losses Losses) error {
	var line bytes.Buffer
	w := csv.NewWriter(&line)
	columns := []string{"iteration", "seconds", "lr"}
	row := lossRow{iteration, l.before + time.Since(l.began).Seconds(), []float64{rate}}
	fields := []string{strconv.Itoa(iteration), strconv.FormatFloat(row.seconds, 'f', 1, 64), strconv.FormatFloat(rate, 'g', 6, 64)}
	for _, x := range losses {
		columns = append(columns, x.Name)
		row.values = append(row.values, float64(x.Value))
		fields = append(fields, strconv.FormatFloat(float64(x.Value), 'g', 7, 32))
	}
	if l.columns == nil {
		l.columns = columns
		_ = w.Write(columns) // into memory
	}
	if len(l.columns) != len(columns) {
		return fmt.Errorf("%s has %d columns, this training has %d: its loss weights have changed; move the file away", l.path, len(l.columns), len(columns))
	}
	_ = w.Write(fields)
	w.Flush()
	l.rows = append(l.rows, row)
	_, err := l.file.Write(line.Bytes())
	return err
}

func (l *lossLog) close() error { return l.file.Close() }
