package main

import (
	"bytes"
	"fmt"
	"io"
	"os"

	"github.com/webmunit/webmunit/weights/replace"
)

// The marks of the section that --write replaces. Markdown does not show them.
const (
	beginMark = "<!-- results: begin -->"
	endMark   = "<!-- results: end -->"
)

// checkTarget finds out before hours of measuring that the result could not be written.
func checkTarget(path string) error {
	doc, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("--write: %w", err)
	}
	_, err = replaceSection(doc, nil)
	if err != nil {
		return fmt.Errorf("--write %s: %w", path, err)
	}
	return nil
}

// writeSection replaces the marked section of the document at path.
func writeSection(path string, section []byte) error {
	doc, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	doc, err = replaceSection(doc, section)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return writeFile(path, doc)
}

func replaceSection(doc, section []byte) ([]byte, error) {
	before, rest, begun := bytes.Cut(doc, []byte(beginMark))
	_, after, ended := bytes.Cut(rest, []byte(endMark))
	if !begun || !ended {
		return nil, fmt.Errorf("it has no section between the lines %s and %s: add them where the results belong", beginMark, endMark)
	}
	return bytes.Join([][]byte{before, []byte(beginMark + "\n\n"), bytes.TrimSpace(section), []byte("\n\n" + endMark), after}, nil), nil
}

func writeFile(path string, data []byte) error {
	return replace.File(path, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
}
