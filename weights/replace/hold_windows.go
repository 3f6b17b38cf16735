package replace

import "os"

// renamesOpen: Windows renames no file that is open.
const renamesOpen = false

// hold has nothing to do: Windows removes no file that is open.
func hold(*os.File) {}

// sweep closes f, and removes it if nobody else has it open.
func sweep(f *os.File) {
	f.Close()
	os.Remove(f.Name())
}
