package webdriver

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/webmunit/webmunit/tools/internal/firefox"
)

// Firefox starts a Firefox and drives it.
func Firefox(ctx context.Context, o firefox.Options) (*Session, error) {
	o.Args = append(o.Args, "--marionette", "--width=1280", "--height=900")
	o.Prefs = maps.Clone(o.Prefs)
	if o.Prefs == nil {
		o.Prefs = map[string]string{}
	}
	o.Prefs["marionette.port"] = "0" // any, which the file below tells
	browser, err := firefox.Start(ctx, o)
	if err != nil {
		return nil, err
	}
	port, err := browser.File(ctx, "MarionetteActivePort")
	if err != nil {
		browser.Close()
		return nil, err
	}
	conn, err := net.Dial("tcp", "127.0.0.1:"+strings.TrimSpace(port))
	if err != nil {
		browser.Close()
		return nil, fmt.Errorf("reaching Firefox's Marionette: %w", err)
	}
	m := &marionette{conn: conn, in: bufio.NewReader(conn)}
	end := func() {
		conn.Close()
		browser.Close()
	}
	if _, err := m.read(); err != nil { // it says what it is
		end()
		return nil, fmt.Errorf("reaching Firefox's Marionette: %w", err)
	}
	if _, err := m.call(ctx, command{marionette: "WebDriver:NewSession"}, nil); err != nil {
		end()
		return nil, err
	}
	return newSession(ctx, m, end)
}

// marionette is Firefox's own protocol: the commands of WebDriver as JSON, each message behind its length and a colon.
type marionette struct {
	conn net.Conn
	in   *bufio.Reader
	id   int
}

func (m *marionette) call(ctx context.Context, c command, params map[string]any) (json.RawMessage, error) {
	if params == nil {
		params = map[string]any{}
	}
	m.id++
	const request = 0
	message, err := json.Marshal([]any{request, m.id, c.marionette, params})
	if err != nil {
		return nil, err
	}
	m.conn.SetDeadline(time.Now().Add(2 * patience))
	defer context.AfterFunc(ctx, func() { m.conn.SetDeadline(time.Now()) })()
	if _, err := fmt.Fprintf(m.conn, "%d:%s", len(message), message); err != nil {
		return nil, fmt.Errorf("%s: %w", c.marionette, err)
	}
	answer, err := m.read()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.marionette, err)
	}
	var parts [4]json.RawMessage // kind, id, error, result
	if err := json.Unmarshal(answer, &parts); err != nil {
		return nil, fmt.Errorf("%s: %w", c.marionette, err)
	}
	if string(parts[2]) != "null" {
		var fault struct{ Error, Message string }
		if err := json.Unmarshal(parts[2], &fault); err != nil {
			return nil, fmt.Errorf("%s: %s", c.marionette, parts[2])
		}
		return nil, fmt.Errorf("%s: %s: %s", c.marionette, fault.Error, fault.Message)
	}
	var result struct{ Value json.RawMessage }
	if err := json.Unmarshal(parts[3], &result); err != nil {
		return nil, fmt.Errorf("%s: %w", c.marionette, err)
	}
	return result.Value, nil
}

func (m *marionette) read() ([]byte, error) {
	length, err := m.in.ReadString(':')
	if err != nil {
		return nil, err
	}
	n, err := strconv.Atoi(strings.TrimSuffix(length, ":"))
	if err != nil || n < 0 {
		return nil, fmt.Errorf("a message of length %q", length)
	}
	message := make([]byte, n)
	_, err = io.ReadFull(m.in, message)
	return message, err
}
