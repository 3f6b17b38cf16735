//go:build !(js && wasm) && (nogpu || !(amd64 || arm64))

package gpu

// Built tells whether this build can reach a GPU. With the tag nogpu it has none of gogpu's backends: each loads C libraries, and a Linux program that
// may do so needs glibc. For other processors than these two gogpu has none.
const Built = false

// noGPUHint says what to do where there is no adapter.
const noGPUHint = "this build has none (it was made with the tag nogpu, or for another processor than amd64 and arm64): take another, or use the CPU"
