package runtime

// maxActivations bounds what a picture may ask of a page, in bytes: wasm ends at 4 GiB, weights and copies included.
const maxActivations = 2 << 30
