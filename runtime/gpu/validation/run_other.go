//go:build !linux

package validation

import (
	"os"
	"testing"
)

func run(m *testing.M) { os.Exit(m.Run()) }

func take() []string { return nil }
