// Package platforms runs what we build for other processors and systems than this machine's, on emulators of theirs. It has no code of its own.
package platforms
