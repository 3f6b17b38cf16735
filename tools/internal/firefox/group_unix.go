//go:build unix

package firefox

import (
	"os/exec"
	"syscall"
)

// ownGroup makes the browser's processes a group, so that they can be ended together.
func ownGroup(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

func (b *Browser) kill() { syscall.Kill(-b.cmd.Process.Pid, syscall.SIGKILL) }
