// Package serve is the static file server of the site: what any static host does, with the headers that WebAssembly threads and
// fast reloads want.
package serve

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
	"time"
)

// Handler serves the files below root, which should be an os.Root's FS so that symbolic links cannot lead out of it:
//
//   - "x.br" or "x.gz" beside x is sent in its place, decoded by the browser, to whom accepts it;
//   - names that carry a hash are cached for ever, others are asked for again with their ETag;
//   - pages are cross-origin isolated (COOP, COEP), which SharedArrayBuffer and fine clocks need;
//   - pages of other origins may use scripts, wasm and models, and what lists models (CORS, CORP), and nothing else;
//   - a directory is its index.html or nothing; names that begin with a dot are not there.
func Handler(root fs.FS) http.Handler {
	return Isolated(handler{root})
}

type handler struct{ root fs.FS }

// Isolated makes the pages of next cross-origin isolated, without which there are no threads in WASM and no fine clock.
func Isolated(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cross-Origin-Opener-Policy", "same-origin")
		w.Header().Set("Cross-Origin-Embedder-Policy", "require-corp")
		next.ServeHTTP(w, r)
	})
}

func (h handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Cross-Origin-Resource-Policy", "same-origin")
	header.Set("X-Content-Type-Options", "nosniff")
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		header.Set("Allow", "GET, HEAD")
		http.Error(w, "only GET and HEAD are answered here", http.StatusMethodNotAllowed)
		return
	}
	if err := h.serve(w, r); err != nil {
		header.Set("Cache-Control", "no-store")
		if errors.Is(err, fs.ErrNotExist) {
			http.Error(w, "not found", http.StatusNotFound)
			return
		}
		http.Error(w, "cannot be read", http.StatusInternalServerError)
	}
}

// serve answers the request, or returns an error before anything is written.
func (h handler) serve(w http.ResponseWriter, r *http.Request) error {
	name := strings.TrimPrefix(path.Clean("/"+r.URL.Path), "/")
	if name == "" {
		name = "."
	}
	if hidden(name) || !fs.ValidPath(name) || strings.ContainsAny(name, "\\\x00") {
		return fs.ErrNotExist
	}
	info, err := fs.Stat(h.root, name)
	if err != nil {
		return notThere(err)
	}
	slash := strings.HasSuffix(r.URL.Path, "/")
	switch {
	case info.IsDir() && !slash && name != ".":
		if _, err := fs.Stat(h.root, path.Join(name, "index.html")); err != nil {
			return notThere(err)
		}
		// Relative, so that it holds behind a proxy that serves this at a sub-path.
		to := url.URL{Path: path.Base(name) + "/", RawQuery: r.URL.RawQuery}
		w.Header().Set("Location", to.String())
		w.WriteHeader(http.StatusMovedPermanently)
		return nil
	case info.IsDir():
		name = path.Join(name, "index.html")
	case slash:
		return fs.ErrNotExist
	}
	return h.file(w, r, name)
}

func (h handler) file(w http.ResponseWriter, r *http.Request, name string) error {
	served, coding, varies := h.variant(r, name)
	f, info, err := h.open(served)
	if err != nil {
		return err
	}
	defer f.Close()
	content, ok := f.(io.ReadSeeker)
	if !ok {
		return fmt.Errorf("%s cannot be read at an offset", served)
	}
	header := w.Header()
	if shared(name) {
		header.Set("Access-Control-Allow-Origin", "*")
		header.Set("Cross-Origin-Resource-Policy", "cross-origin")
	}
	header.Set("Content-Type", contentType(name))
	header.Set("Cache-Control", cacheControl(name))
	header.Set("ETag", etag(info, coding))
	if varies {
		header.Set("Vary", "Accept-Encoding")
	}
	if coding != "" {
		header.Set("Content-Encoding", coding)
		w = &sized{w, info.Size()}
	}
	http.ServeContent(w, r, "", info.ModTime(), content)
	return nil
}

// sized states the length of an answer that has the whole of a file as its body, and of no other. ServeContent leaves it out of encoded
// content, and a progress bar needs it.
type sized struct {
	http.ResponseWriter
	length int64
}

func (s *sized) WriteHeader(status int) {
	if status == http.StatusOK {
		s.Header().Set("Content-Length", strconv.FormatInt(s.length, 10))
	}
	s.ResponseWriter.WriteHeader(status)
}

// ReadFrom lets the system send the file by itself, where it can.
func (s *sized) ReadFrom(r io.Reader) (int64, error) { return io.Copy(s.ResponseWriter, r) }

// variant chooses between a file and its compressed forms. A range is always one of the plain file.
func (h handler) variant(r *http.Request, name string) (served, coding string, varies bool) {
	for _, c := range []struct{ coding, suffix string }{{"br", ".br"}, {"gzip", ".gz"}} {
		if info, err := fs.Stat(h.root, name+c.suffix); err != nil || !info.Mode().IsRegular() {
			continue
		}
		varies = true
		if coding == "" && r.Header.Get("Range") == "" && accepts(r.Header.Values("Accept-Encoding"), c.coding) {
			served, coding = name+c.suffix, c.coding
		}
	}
	if coding == "" {
		served = name
	}
	return served, coding, varies
}

func (h handler) open(name string) (fs.File, fs.FileInfo, error) {
	// Looked at before it is opened: opening a FIFO waits until somebody writes into it.
	if info, err := fs.Stat(h.root, name); err != nil || !info.Mode().IsRegular() {
		return nil, nil, notThere(err)
	}
	f, err := h.root.Open(name)
	if err != nil {
		return nil, nil, notThere(err)
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fs.ErrNotExist
	}
	if err != nil {
		f.Close()
		return nil, nil, notThere(err)
	}
	return f, info, nil
}

// notThere turns all but trouble with the disk into fs.ErrNotExist: who asks need not learn what lies outside the site, nor why
// it is refused (a link out of the root, a file used as a folder).
func notThere(err error) error {
	if errors.Is(err, fs.ErrPermission) {
		return err
	}
	return fs.ErrNotExist
}

func hidden(name string) bool {
	for part := range strings.SplitSeq(name, "/") {
		if strings.HasPrefix(part, ".") && part != "." {
			return true
		}
	}
	return false
}

// etag tells versions of a file apart by size and time, and the forms of one version by their coding.
func etag(info fs.FileInfo, coding string) string {
	return fmt.Sprintf(`"%x-%x%s"`, info.Size(), info.ModTime().UnixNano(), coding)
}

// Server is an http.Server with the time-outs that a server open to a network needs. Answers have none: a model may take minutes.
func Server(root fs.FS) *http.Server {
	return &http.Server{Handler: Handler(root), ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10}
}
