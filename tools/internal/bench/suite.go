package bench

import (
	"context"
	"slices"
)

// Suite is what our native code is measured by: pictures, and the layers of the networks one by one.
type Suite struct {
	Devices []Device
	// Networks are what to compute, on every device. Empty means the usual: the small network on all, the full one where it takes no
	// minutes, which is everywhere but on emulated GPUs.
	Networks []Network
	Threads  int // of the CPU that computes what all pictures must be
	Turns    int
	Logf     func(format string, args ...any) // tells what is going on
}

// Networks are those that benchmarks know, smallest first.
func Networks() []Network { return []Network{M16(), M64(), M128(), Full()} }

// fits tells whether n is measured on d where nobody has asked for it.
func fits(n Network, d Device) bool { return !d.Software || n.Size <= M64().Size }

// Pictures has the devices translate the networks' pictures: a table for each network.
func (s Suite) Pictures(ctx context.Context) ([]Table, error) {
	networks, devices := s.Networks, func(Network) []Device { return s.Devices }
	if len(networks) == 0 {
		networks = []Network{M64(), Full()}
		devices = func(n Network) []Device {
			return slices.DeleteFunc(slices.Clone(s.Devices), func(d Device) bool { return !fits(n, d) })
		}
	}
	var tables []Table
	for _, n := range networks {
		on := devices(n)
		if len(on) == 0 {
			continue
		}
		table, err := s.pictures(ctx, n, on)
		if err != nil {
			return nil, err
		}
		tables = append(tables, table)
	}
	return tables, nil
}

// The two things that are done with pictures, as rows are called.
const (
	Whole = "whole picture"
	Again = "another style"
)

// pictures has devices translate n's picture whole, and then in another style, which is the decoder alone. GPUs are measured against the CPU if
// it is among the devices.
func (s Suite) pictures(ctx context.Context, n Network, devices []Device) (Table, error) {
	s.Logf("%s: computing the picture that all must give", n.Title)
	reference, err := n.Translate(ctx, s.Threads)
	if err != nil {
		return Table{}, err
	}
	model := n.Model()
	hasCPU := slices.ContainsFunc(devices, Device.isCPU)
	var contenders []Contender
	for _, d := range devices {
		e := &Native{Network: n}
		defer e.Close()
		contender := func(what string) Contender {
			c := Contender{Name: d.row() + ", " + what, Output: e.Output}
			if hasCPU && !d.isCPU() {
				c.Peer = CPU(s.Threads).row() + ", " + what
			}
			return c
		}
		whole, again := contender(Whole), contender(Again)
		whole.Start = func(ctx context.Context) error { return e.Start(ctx, model, d) }
		whole.Run, whole.Memory = e.Whole, e.Memory
		again.Run, again.Memory = e.Again, e.AgainMemory
		contenders = append(contenders, whole, again)
	}
	return Contest{Title: "Pictures, " + n.Title, Reference: reference, Turns: s.Turns, Logf: s.Logf}.Hold(ctx, contenders)
}
