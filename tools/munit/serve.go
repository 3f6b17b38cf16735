package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/webmunit/webmunit/tools/internal/serve"
)

func serveCommand() *cobra.Command {
	var addr, dir string
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve the page on this machine",
		Long: `Serve offers the page as any static host could: with the types and headers that WebAssembly wants, compressed where the browser
takes it. The page is the folder dist, which make site builds, or else the folder site beside the program, where a release has it.
Ctrl-C ends it. Browsers allow WebGPU on https and on localhost only, so --addr 0.0.0.0:8080 lets other machines open the page, but
they will compute on their CPU.`,
		Example: `  munit serve
  munit serve --addr 127.0.0.1:9000 --dir dist`,
		Args: noMore(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if dir == "" {
				dir = siteFolder()
			}
			return serveSite(cmd.Context(), addr, dir, cmd.OutOrStdout())
		},
	}
	cmd.Flags().StringVar(&addr, "addr", "127.0.0.1:8080", "address and port; port 0 takes any that is free")
	cmd.Flags().StringVar(&dir, "dir", "", "folder to serve (dist, or else site beside the program)")
	return cmd
}

// siteFolder is where the page is when nobody says: built here, or else unpacked with the program.
func siteFolder() string {
	const built = "dist"
	if isFolder(built) {
		return built
	}
	program, err := os.Executable()
	if err != nil {
		return built
	}
	if real, err := filepath.EvalSymlinks(program); err == nil { // as package managers link programs into one folder
		program = real
	}
	if unpacked := filepath.Join(filepath.Dir(program), "site"); isFolder(unpacked) {
		return unpacked
	}
	return built
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

func serveSite(ctx context.Context, addr, dir string, stdout io.Writer) error {
	root, err := openSite(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	listener, err := listen(ctx, addr)
	if err != nil {
		return err
	}
	say(stdout, "serving %s at %s (Ctrl-C ends it)", dir, siteURL(listener.Addr()))
	server := serve.Server(root.FS())
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	select {
	case err := <-done:
		return fmt.Errorf("serving %s: %w", dir, err)
	case <-ctx.Done():
	}
	// Downloads that are under way may finish, within reason.
	patience, cancel := context.WithTimeout(context.WithoutCancel(ctx), 3*time.Second)
	defer cancel()
	if server.Shutdown(patience) != nil {
		server.Close()
	}
	if err := <-done; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// openSite opens the folder to serve. Folders are not listed, so one without a page is a mistake.
func openSite(dir string) (*os.Root, error) {
	const hint = "make site builds dist/, and a release has the folder site beside the program; --dir names another folder with an index.html"
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, failed(fmt.Errorf("there is no site to serve: %w", err), hint)
	}
	if _, err := root.Stat("index.html"); err != nil {
		root.Close()
		return nil, failed(fmt.Errorf("there is no site to serve: %s has no index.html", dir), hint)
	}
	return root, nil
}

func listen(ctx context.Context, addr string) (net.Listener, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, wrongUse("for example: munit serve --addr 127.0.0.1:8080", "--addr %q is not an address and a port", addr)
	}
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return nil, wrongUse("for example: munit serve --addr 127.0.0.1:8080", "--addr %q: %q is not a port (0 to 65535)", addr, port)
	}
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp", addr)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, failed(fmt.Errorf("port %s is taken: another program listens at %s", port, addr), "try munit serve --addr "+freeAddr(host, number))
	case errors.Is(err, syscall.EACCES):
		return nil, failed(fmt.Errorf("port %s may not be used: %w", port, err), "take a port above 1023, such as --addr "+net.JoinHostPort(host, "8080"))
	case err != nil:
		return nil, failed(fmt.Errorf("cannot listen at %s: %w", addr, err), "for example: munit serve --addr 127.0.0.1:8080")
	}
	return l, nil
}

// freeAddr finds a free port soon after one that is taken; 0 stands for any.
func freeAddr(host string, taken uint64) string {
	for port := taken + 1; port < min(taken+20, 1<<16); port++ {
		addr := net.JoinHostPort(host, strconv.FormatUint(port, 10))
		if l, err := net.Listen("tcp", addr); err == nil {
			l.Close()
			return addr
		}
	}
	return net.JoinHostPort(host, "0")
}

// siteURL is the address to open: localhost, which browsers trust with WebGPU, where all addresses are listened at.
func siteURL(addr net.Addr) string {
	host, port, err := net.SplitHostPort(addr.String())
	if err != nil {
		return "http://" + addr.String() + "/"
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	return "http://" + net.JoinHostPort(host, port) + "/"
}
