// Package shaders holds the WGSL kernels, one file per family, and the typed keys that specialise them.
package shaders

import (
	"encoding/hex"
	"hash/fnv"
)

// convSources are what convolutions are computed by.
func convSources() []string {
	return []string{activationSource, convSource, packSource, winogradInputSource, winogradProductSource, winogradGroupSource, winogradOutputSource}
}

// Hash changes whenever the source of a kernel does among which tuning chooses. (An embedded file system of all sources would be simpler, and
// bring 150 kB of code into the page.)
func Hash() string {
	sum := fnv.New128a()
	for _, source := range convSources() {
		sum.Write([]byte(source))
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// Access says how a kernel uses a storage binding.
type Access uint8

// Accesses of a storage buffer.
const (
	Read Access = iota
	ReadWrite
)

// Kernel is a specialised shader: a comparable value, so that it keys the cache of pipelines.
type Kernel interface {
	// Label names the kernel and its variant in messages and profiles.
	Label() string
	// Source is the whole WGSL: the key's constants as scalar const lines, activation.wgsl where the kernel ends in an activation, and the
	// family's file. The entry point is "main".
	Source() string
	// Bindings are the storage buffers at bindings 0, 1, ... of group 0; the uniform with the dims follows.
	Bindings() []Access
}
