package main

import (
	"net/url"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/webmunit/webmunit/runtime/needs"
)

// Node.js, which renders pages before a browser has them, may import the module; what cannot work there is refused as anywhere else, by a MunitError.
func TestModuleInNode(t *testing.T) {
	needs.Tool(t, "Node.js")
	node, err := exec.LookPath("node")
	require.NoError(t, err, "node is missing: install it with `make setup`")
	module, err := filepath.Abs(filepath.Join(siteDir(t), "munit.js"))
	require.NoError(t, err)
	address := &url.URL{Scheme: "file", Path: filepath.ToSlash(module)}
	cmd := exec.CommandContext(t.Context(), node, "--input-type=module", "-e", `
		const { load, listModels, MunitError } = await import("`+address.String()+`");
		const calls = [() => load(), () => load({ model: "" }), () => load({ model: "x", signal: 5 }), () => load({ model: "x", sha256: "xyz" }),
			() => load({ model: "x", onProgress: 5 }), () => load({ model: "http://127.0.0.1:9/x" }), () => listModels("models.json")];
		for (const call of calls) {
			const answer = call();
			if (!(answer instanceof Promise)) console.log("no promise:", String(call));
			else await answer.then(() => console.log("resolved:", String(call)), (e) => { if (!(e instanceof MunitError) || !e.code || !e.message) console.log(String(call), e); });
		}
		console.log("done");`)
	said, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", said)
	assert.Equal(t, "done", strings.TrimSpace(string(said)))
}
