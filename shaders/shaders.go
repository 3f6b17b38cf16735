// Package shaders holds the WGSL kernels, one file per family, and the typed keys that specialise them.
package shaders

import (
	"embed"
	"encoding/hex"
	"hash/fnv"
	"io/fs"
)

//go:embed *.wgsl
var files embed.FS

// Hash changes whenever a kernel's source does.
func Hash() string {
	sum := fnv.New128a()
	names, err := fs.Glob(files, "*.wgsl")
	if err != nil {
		panic(err) // the pattern is a constant
	}
	for _, name := range names {
		source, err := files.ReadFile(name)
		if err != nil {
			panic(err) // the name is from the list
		}
		sum.Write(append([]byte(name+"\x00"), source...))
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
