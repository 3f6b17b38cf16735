//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package replace

import (
	"os"
	"syscall"
)

// renamesOpen: a file can be renamed while it is open, so that it is held until it has its name.
const renamesOpen = true

// hold marks f as being written by a lock that ends with the process. It waits for a sweep that has the lock: that one is about to remove the file,
// which shows only afterwards. Where a file system knows no locks, nothing is ever swept either.
func hold(f *os.File) {
	for syscall.Flock(int(f.Fd()), syscall.LOCK_EX) == syscall.EINTR {
	}
}

// sweep closes f, and removes it if nobody holds it.
func sweep(f *os.File) {
	if syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil {
		os.Remove(f.Name())
	}
	f.Close()
}
