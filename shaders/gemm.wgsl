// The linear layer y = x·wᵀ + bias: x is [N, I], w [O, I], bias [O], y [N, O]. MUNIT's are small and have N of a few, so that reading w is all
// the work and no tile pays.
//
// Grid: one invocation per element of y, in rows of dims.row.
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

struct Dims {
    count: u32, // N x O
    row: u32,   // invocations per grid row
    inputs: u32,
    outputs: u32,
    has_bias: u32, // 0: bias is not read
}
@group(0) @binding(4) var<uniform> dims: Dims;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let i = id.y * dims.row + id.x;
    if (i >= dims.count) {
        return;
    }
    let o = i % dims.outputs;
    let x0 = i / dims.outputs * dims.inputs;
    let w0 = o * dims.inputs;
    var sum = 0.0;
    for (var k = 0u; k < dims.inputs; k++) {
        sum += x[x0 + k] * w[w0 + k];
    }
    if (dims.has_bias == 1u) {
        sum += bias[o];
    }
    y[i] = sum;
}
