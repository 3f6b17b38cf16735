//go:build !js

package runtime

// maxMemory bounds what a Translator may take, in bytes: what a desktop of today can give.
const maxMemory = 8 << 30
