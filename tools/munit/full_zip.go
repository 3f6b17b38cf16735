package main

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/webmunit/webmunit/weights/printable"
	"github.com/webmunit/webmunit/weights/replace"
)

const (
	reportJSON = "report.json"
	reportText = "report.txt"
	// A report of five devices has about 2 MB of JSON.
	maxReportZip  = 16 << 20
	maxReportJSON = 32 << 20
)

// writeZip writes the report for people and for programs into one file.
func (r *fullReport) writeZip(path string) error {
	return replace.File(path, func(w io.Writer) error {
		z := zip.NewWriter(w)
		text, err := z.Create(reportText)
		if err != nil {
			return err
		}
		r.print(&printable.Writer{To: text})
		data, err := z.Create(reportJSON)
		if err != nil {
			return err
		}
		if err := writeJSON(data, r); err != nil {
			return err
		}
		return z.Close()
	})
}

// readReport reads a report that somebody sent: of any size, from anywhere.
func readReport(path string) (*fullReport, error) {
	r, err := parseReport(path)
	if err != nil {
		return nil, failed(fmt.Errorf("%s: %w", path, err), "a report is made by munit doctor --full --output report.zip")
	}
	return r, nil
}

func parseReport(path string) (*fullReport, error) {
	stat, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !stat.Mode().IsRegular() || stat.Size() > maxReportZip {
		return nil, fmt.Errorf("is no report: one is a file of at most %d MiB", maxReportZip>>20)
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var first [1]byte
	if _, err := io.ReadFull(file, first[:]); err != nil {
		return nil, errors.New("is no report: it is empty")
	}
	if first[0] == '{' { // the page's, which is not zipped
		return decodeReport(io.MultiReader(bytes.NewReader(first[:]), file))
	}
	z, err := zip.NewReader(file, stat.Size())
	if err != nil {
		return nil, fmt.Errorf("is no report: %w", err)
	}
	f, err := z.Open(reportJSON)
	if err != nil {
		return nil, fmt.Errorf("is no report: it has no %s", reportJSON)
	}
	defer f.Close()
	return decodeReport(f)
}

func decodeReport(from io.Reader) (*fullReport, error) {
	data, err := io.ReadAll(io.LimitReader(from, maxReportJSON+1)) // whatever size a zip claims
	if err != nil {
		return nil, fmt.Errorf("is damaged: %w", err)
	}
	if len(data) > maxReportJSON {
		return nil, fmt.Errorf("is no report: %s has more than %d MiB", reportJSON, maxReportJSON>>20)
	}
	var r fullReport
	if err := json.Unmarshal(data, &r); err != nil {
		return nil, fmt.Errorf("is damaged: %w", err)
	}
	if r.Format < 1 {
		return nil, errors.New("is no report: it does not say of which format it is")
	}
	if r.Format > reportFormat {
		return nil, fmt.Errorf("is of format %d, and this program knows %d: use a newer one, or read %s in it", r.Format, reportFormat, reportText)
	}
	return &r, nil
}
