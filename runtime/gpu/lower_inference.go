//go:build inference

package gpu

import (
	"context"
	"errors"

	"github.com/webmunit/webmunit/runtime/graph"
)

const trains = false

var errInference = errors.New("gpu: this program was built with the tag inference, without the kernels of training: build it without")

func (dispatcher) lowerTraining(*graph.Node) (lowered, error) { return lowered{}, errInference }

func (winograd) transformed(*graph.Node) step { return step{} }

// Adam is no part of this build.
func (e *Executor) Adam(context.Context, graph.Adam, []graph.Learned) error { return errInference }
