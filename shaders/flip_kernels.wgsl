// Turns the kernels of a convolution into those of its adjoint: w is [O, I, K, K], y is [S·S·I, O, T, T] with stride S and T = K/S, rounded
// up. Channel (ry·S + rx)·I + i of y has the taps of w whose row and column leave the remainders ry and rx, in reverse order, and zeros where
// there are fewer than T.
//
// Grid: one invocation per element of y, in rows of dims.row.
@group(0) @binding(0) var<storage, read> w: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;

struct Dims {
    count: u32, // elements of y
    row: u32,   // invocations per grid row
    outputs: u32,
    inputs: u32,
    kernel: u32,
    stride: u32,
    taps: u32, // T
}
@group(0) @binding(2) var<uniform> dims: Dims;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let i = id.y * dims.row + id.x;
    if (i >= dims.count) {
        return;
    }
    let last = dims.taps - 1u;
    let o = i / (dims.taps * dims.taps) % dims.outputs;
    let channel = i / (dims.taps * dims.taps * dims.outputs);
    let residue = channel / dims.inputs;
    let ky = residue / dims.stride + dims.stride * (last - i / dims.taps % dims.taps);
    let kx = residue % dims.stride + dims.stride * (last - i % dims.taps);
    var v = 0.0;
    if (ky < dims.kernel && kx < dims.kernel) {
        v = w[((o * dims.inputs + channel % dims.inputs) * dims.kernel + ky) * dims.kernel + kx];
    }
    y[i] = v;
}
