package chromium

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/chromedp/chromedp"
)

// OnConsole calls fn, in order and from one goroutine, with each later message
// of the page's console, uncaught exceptions, unhandled rejections and failed
// requests included, until ctx ends. fn must not block for long.
func OnConsole(ctx context.Context, fn func(chromedp.ConsoleMessage)) {
	messages := chromedp.Console(ctx)
	go func() {
		for m, err := range messages {
			if err != nil {
				return
			}
			fn(m)
		}
	}()
}

// Screenshot writes the page's viewport as a PNG to path, making the directories
// that lead there.
func Screenshot(ctx context.Context, path string) error {
	png, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err != nil {
		return fmt.Errorf("screenshot %s: %w", path, err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("screenshot: %w", err)
	}
	if err := os.WriteFile(path, png, 0o644); err != nil {
		return fmt.Errorf("screenshot: %w", err)
	}
	return nil
}
