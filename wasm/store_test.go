//go:build js && wasm

package main

import (
	"syscall/js"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestPageStore(t *testing.T) {
	host := js.Global().Call("eval", `({
		kept: new Map([["damaged", 7]]),
		loadTuning: async function (key) { return this.kept.get(key); },
		saveTuning: async function (key, text) {
			if (key === "full") throw new Error("the disk is full");
			this.kept.set(key, text);
		},
	})`)
	s := pageStore{host}
	data, err := s.Load("key")
	require.NoError(t, err)
	assert.Nil(t, data)
	require.NoError(t, s.Save("key", []byte(`{"a": "ü"}`)))
	data, err = s.Load("key")
	require.NoError(t, err)
	assert.Equal(t, `{"a": "ü"}`, string(data))
	data, err = s.Load("damaged")
	require.NoError(t, err)
	assert.Nil(t, data)
	assert.ErrorContains(t, s.Save("full", nil), "the disk is full")
}
