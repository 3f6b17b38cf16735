package graph

import (
	"context"
	"errors"
)

// ErrDeviceLost is wrapped by every error that means that the device is gone and all its tensors with it.
// The caller opens a new Executor and starts again from what it holds in memory.
var ErrDeviceLost = errors.New("the device was lost")

// Executor runs graphs on one device. Its methods, and those of what it makes, may be called from any goroutine; runs are serialised.
type Executor interface {
	// Info describes the device.
	Info() Info
	// NewParams makes an empty set of weights on the device; Compile fills it from src as graphs ask for names, once each,
	// so that programs of one model share them.
	NewParams(src ParamSource) Params
	// NewTensor allocates a float32 tensor on the device; its content is undefined.
	NewTensor(shape Shape) (Tensor, error)
	// Compile plans g: memory, kernels, everything that can be done once. It returns g.Err() if there is one.
	Compile(ctx context.Context, g *Graph, p Params) (Program, error)
	// Plan says what Compile would allocate for g, as things are, and allocates none of it: the program's Memory will be exactly this.
	Plan(ctx context.Context, g *Graph, p Params) (Memory, error)
	// Usage counts what is allocated on the device at the moment.
	Usage() Usage
	// Adam updates weights in place by one step. Tensors that are missing, closed or of different shapes are an error, before anything is changed.
	Adam(ctx context.Context, a Adam, weights []Learned) error
	// Close frees the device with all that is left on it.
	Close() error
}

// ParamSource gives the values of a weight, row-major, or an error that names the tensor and both shapes.
type ParamSource interface {
	Float32s(name string, shape []int) ([]float32, error)
}

// Params are weights on a device.
type Params interface {
	Close()
}

// Tensor is a float32 tensor on a device. It belongs to the executor that made it.
type Tensor interface {
	Shape() Shape
	// Write copies Shape().Elems() values to the device.
	Write(ctx context.Context, values []float32) error
	// Read waits for the runs before it and copies the values from the device.
	Read(ctx context.Context, values []float32) error
	Close()
}

// Program is a compiled graph.
type Program interface {
	// Run executes the graph once: in and out follow Graph.Inputs and Graph.Outputs. It may return before a GPU is done (Tensor.Read waits),
	// and stops early with ctx's error between steps when ctx ends. in and out must be distinct tensors of the graph's shapes.
	Run(ctx context.Context, in, out []Tensor) error
	// Memory is what the program takes on the device, as Plan said.
	Memory() Memory
	Close()
}

// Usage counts what an executor holds on its device, in bytes as allocated.
type Usage struct {
	Weights     int64 // in the layouts that kernels read
	Activations int64 // and other memory that compiled programs hold for themselves
	Tensors     int64 // inputs, outputs, content codes
	Staging     int64 // on the way between host and device
	Peak        int64 // the largest sum of these so far
}

// Total is the sum at the moment.
func (u Usage) Total() int64 { return u.Weights + u.Activations + u.Tensors + u.Staging }

// Memory counts what a program takes on its device, in bytes as allocated.
type Memory struct {
	Arena  int64 // for itself: activations, reused by liveness, and scratch memory
	Live   int64 // the largest sum of activations alive at one step: no plan can need less
	Args   int64 // inputs and outputs, which the caller allocates
	Shared int64 // added to what programs share: weights in layouts that none before it read, and scratch memory of a CPU's workers
}

// Info describes a device to people and to reports.
type Info struct {
	Kind     string   // "cpu" or "gpu"
	Name     string   // such as "llvmpipe (LLVM 15.0.6, 256 bits)"
	Backend  string   // such as "Vulkan", "WebGPU", "Go, AVX2"
	Software bool     // a GPU emulated by the CPU: right but slow
	Details  []string // limits and features worth reporting
}
