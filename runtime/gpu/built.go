//go:build (js && wasm) || (!nogpu && (amd64 || arm64))

package gpu

// Built tells whether this build can reach a GPU.
const Built = true
