package main

import (
	"context"
	"time"

	"github.com/webmunit/webmunit/runtime/cpu"
	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/runtime/net"
	"github.com/webmunit/webmunit/weights"
)

// native is a network on one of our executors. It reads and writes floats, which pixels would round.
type native struct {
	network
	exec           graph.Executor
	params         graph.Params
	encode, decode graph.Program
	x, c, s, y     graph.Tensor
}

func openCPU(threads int) func(context.Context) (graph.Executor, error) {
	return func(context.Context) (graph.Executor, error) { return cpu.New(cpu.Options{Threads: threads}), nil }
}

// start prepares n on the executor that open gives; the weights are in memory already.
func (n *native) start(ctx context.Context, model *weights.Model, open func(context.Context) (graph.Executor, error)) (err error) {
	if n.exec, err = open(ctx); err != nil {
		return err
	}
	n.params = n.exec.NewParams(model)
	encode, decode := n.graphs()
	if n.encode, err = n.exec.Compile(ctx, encode, n.params); err != nil {
		return err
	}
	if n.decode, err = n.exec.Compile(ctx, decode, n.params); err != nil {
		return err
	}
	for t, node := range map[*graph.Tensor]*graph.Node{
		&n.x: encode.Inputs()[0], &n.c: decode.Inputs()[0], &n.s: decode.Inputs()[1], &n.y: decode.Outputs()[0],
	} {
		if *t, err = n.exec.NewTensor(node.Shape); err != nil {
			return err
		}
	}
	return nil
}

// graphs gives the two programs of every webmunit session: the content encoder, and MLP with decoder.
func (n *native) graphs() (encode, decode *graph.Graph) {
	encode, decode = graph.New(), graph.New()
	b := net.Builder{Graph: encode, Config: n.config}
	content := b.EncodeContent(weights.A, encode.Input("image", 1, 3, n.size, n.size))
	encode.Output("content", content)
	b.Graph = decode
	c, s := decode.Input("content", content.Shape...), decode.Input("style", 1, n.config.Gen.StyleDim)
	decode.Output("image", b.Decode(weights.B, c, b.MLP(weights.B, s)))
	return encode, decode
}

// whole times the encoder and the decoder, from values to values.
func (n *native) whole(ctx context.Context) (time.Duration, error) {
	values := n.values()
	began := time.Now()
	if err := n.x.Write(ctx, values); err != nil {
		return 0, err
	}
	if err := n.encode.Run(ctx, []graph.Tensor{n.x}, []graph.Tensor{n.c}); err != nil {
		return 0, err
	}
	_, err := n.again(ctx)
	return time.Since(began), err
}

// again times the decoder alone, which is what another style of the same picture costs.
func (n *native) again(ctx context.Context) (time.Duration, error) {
	began := time.Now()
	if err := n.s.Write(ctx, n.style); err != nil {
		return 0, err
	}
	if err := n.decode.Run(ctx, []graph.Tensor{n.c, n.s}, []graph.Tensor{n.y}); err != nil {
		return 0, err
	}
	_, err := n.output(ctx) // waits for a GPU
	return time.Since(began), err
}

func (n *native) output(ctx context.Context) (output, error) {
	values := make([]float32, n.y.Shape().Elems())
	return output{values: values}, n.y.Read(ctx, values)
}

func (n *native) close() {
	if n.exec == nil {
		return
	}
	n.exec.Close()
}

// translate gives the picture that all contenders must give, by our CPU code, which the golden vectors hold.
func (n network) translate(ctx context.Context, threads int) ([]float32, error) {
	e := &native{network: n}
	defer e.close()
	if err := e.start(ctx, n.model(), openCPU(threads)); err != nil {
		return nil, err
	}
	if _, err := e.whole(ctx); err != nil {
		return nil, err
	}
	out, err := e.output(ctx)
	return out.values, err
}
