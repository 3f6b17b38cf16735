package runtime

// maxMemory bounds what a Translator may take in a page, in bytes. wasm ends at 4 GiB; what is left is for pictures, for what Go has yet to collect,
// and for the page's other programs in the same memory.
const maxMemory = 2 << 30
