package bench

import (
	"context"
	"time"

	"github.com/webmunit/webmunit/runtime/graph"
	"github.com/webmunit/webmunit/runtime/net"
	"github.com/webmunit/webmunit/weights"
)

// Native is a network on one of our executors. It reads and writes floats, which pixels would round.
type Native struct {
	Network
	exec           graph.Executor
	params         graph.Params
	encode, decode graph.Program
	x, c, s, y     graph.Tensor
}

// Start prepares n on a device; the weights are in memory already.
func (n *Native) Start(ctx context.Context, model *weights.Model, d Device) (err error) {
	if n.exec, err = d.Open(ctx); err != nil {
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
	tensors := map[*graph.Tensor]*graph.Node{&n.x: encode.Inputs()[0], &n.c: decode.Inputs()[0], &n.y: decode.Outputs()[0]}
	if n.Style != nil {
		tensors[&n.s] = decode.Inputs()[1]
	}
	for t, node := range tensors {
		if *t, err = n.exec.NewTensor(node.Shape); err != nil {
			return err
		}
	}
	return nil
}

// graphs gives the two programs of every webmunit session: the content encoder, and MLP with decoder.
func (n *Native) graphs() (encode, decode *graph.Graph) {
	encode, decode = graph.New(), graph.New()
	b := net.Builder{Graph: encode, Config: n.Config}
	content := b.EncodeContent(weights.A, encode.Input("image", 1, 3, n.Size, n.Size))
	encode.Output("content", content)
	b.Graph = decode
	c := decode.Input("content", content.Shape...)
	decode.Output("image", b.Draw(weights.A2B, c, b.Style(weights.A2B, 1, n.Size, n.Size)))
	return encode, decode
}

// Whole times the encoder and the decoder, from values to values.
func (n *Native) Whole(ctx context.Context) (time.Duration, error) {
	values := n.Values()
	began := time.Now()
	if err := n.x.Write(ctx, values); err != nil {
		return 0, err
	}
	if err := n.encode.Run(ctx, []graph.Tensor{n.x}, []graph.Tensor{n.c}); err != nil {
		return 0, err
	}
	_, err := n.Again(ctx)
	return time.Since(began), err
}

// Again times the decoder alone, which is what another style of the same picture costs.
func (n *Native) Again(ctx context.Context) (time.Duration, error) {
	began := time.Now()
	in := []graph.Tensor{n.c}
	if n.s != nil {
		if err := n.s.Write(ctx, n.Style); err != nil {
			return 0, err
		}
		in = append(in, n.s)
	}
	if err := n.decode.Run(ctx, in, []graph.Tensor{n.y}); err != nil {
		return 0, err
	}
	_, err := n.Output(ctx) // waits for a GPU
	return time.Since(began), err
}

// Output reads the picture, and waits for it.
func (n *Native) Output(ctx context.Context) (Output, error) {
	values := make([]float32, n.y.Shape().Elems())
	return Output{Values: values}, n.y.Read(ctx, values)
}

// Memory is what the activations of both programs take.
func (n *Native) Memory() Memory {
	encode, decode := n.encode.Memory(), n.decode.Memory()
	return Memory{Arena: encode.Arena + decode.Arena, Live: max(encode.Live, decode.Live)}
}

// AgainMemory is what those of the decoder take.
func (n *Native) AgainMemory() Memory { return memoryOf(n.decode.Memory()) }

// Close gives the device back.
func (n *Native) Close() {
	if n.exec != nil {
		n.exec.Close()
	}
}

// Translate gives the picture that all contenders must give, by our CPU code, which the golden vectors hold.
func (n Network) Translate(ctx context.Context, threads int) ([]float32, error) {
	e := &Native{Network: n}
	defer e.Close()
	if err := e.Start(ctx, n.Model(), CPU(threads)); err != nil {
		return nil, err
	}
	if _, err := e.Whole(ctx); err != nil {
		return nil, err
	}
	out, err := e.Output(ctx)
	return out.Values, err
}
