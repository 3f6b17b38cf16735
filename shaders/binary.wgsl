// Two tensors element by element, by OP (shaders.BinaryOp): a + b, a − b or a · b of equal shapes; or PRelu of a with the one slope b[0].
//
// Grid: one invocation per element, in rows of dims.row.
@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

struct Dims {
    count: u32, // elements
    row: u32,   // invocations per grid row
}
@group(0) @binding(3) var<uniform> dims: Dims;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let i = id.y * dims.row + id.x;
    if (i >= dims.count) {
        return;
    }
    if (OP == 0u) {
        y[i] = a[i] + b[i];
    } else if (OP == 1u) {
        y[i] = a[i] - b[i];
    } else if (OP == 2u) {
        y[i] = a[i] * b[i];
    } else {
        y[i] = max(a[i], 0.0) + b[0] * min(a[i], 0.0);
    }
}
