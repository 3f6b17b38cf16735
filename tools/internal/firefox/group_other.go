//go:build !unix

package firefox

import "os/exec"

func ownGroup(*exec.Cmd) {}

func (b *Browser) kill() { b.cmd.Process.Kill() }
