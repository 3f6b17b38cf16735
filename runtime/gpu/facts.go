package gpu

import (
	"context"
	"errors"
	"reflect"
	"slices"

	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/shaders"
)

// Limits are what the device allows, by the names and in the units of WebGPU's limits, such as maxBufferSize. They are gogpu's beside WebGPU's.
func (e *Executor) Limits() map[string]uint64 {
	all, v := map[string]uint64{}, reflect.ValueOf(e.dev.limits)
	for i := range v.NumField() {
		name := v.Type().Field(i).Name
		all[string(name[0]|0x20)+name[1:]] = v.Field(i).Uint()
	}
	return all
}

// Kernels lists, by their labels and each once, the kernels by which e would compute g as it has decided so far.
func (e *Executor) Kernels(g *graph.Graph) ([]string, error) {
	p, err := newPlan(context.Background(), g, dispatcher{e.budget(), e.decided()}.lower)
	if err != nil {
		return nil, err
	}
	var labels []string
	for _, c := range p.calls {
		if l := c.kernel.Label(); !slices.Contains(labels, l) {
			labels = append(labels, l)
		}
	}
	return labels, nil
}

// KernelNames lists the labels of all kernels.
func KernelNames() []string {
	var labels []string
	for _, k := range shaders.All() {
		labels = append(labels, k.Label())
	}
	return labels
}

// Lacks reports whether err says that a device lacks what a variant needs, which is no fault of it.
func Lacks(err error) bool {
	var lack lackError
	return errors.As(err, &lack)
}
