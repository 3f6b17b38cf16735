//go:build !js

package runtime

// maxActivations bounds what a picture may ask of a program, in bytes: what a desktop of today can give.
const maxActivations = 8 << 30
