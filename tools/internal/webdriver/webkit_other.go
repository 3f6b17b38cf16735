//go:build !unix

package webdriver

import (
	"context"
	"errors"
)

// WebKit fails: WebKitGTK is for Unix systems.
func WebKit(context.Context) (*Session, error) {
	return nil, errors.New("WebKitGTK's MiniBrowser is for Unix systems: run this test on Linux")
}
