// Element by element: y = act(factor · x), which is Scale and the activations, each with the other as the identity.
//
// Grid: one invocation per element, in rows of dims.row.
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;

struct Dims {
    count: u32, // elements
    row: u32,   // invocations per grid row
    factor: f32,
}
@group(0) @binding(2) var<uniform> dims: Dims;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let i = id.y * dims.row + id.x;
    if (i >= dims.count) {
        return;
    }
    y[i] = activate(ACT, dims.factor * x[i]);
}
