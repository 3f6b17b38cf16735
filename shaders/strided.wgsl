// Copies with other strides: y[a, b, c] = x[a·outer + b·middle + (c − start)·inner] where c − start lies in [0, limit), and value elsewhere.
// Slice, Pad, Transpose, Expand and Constant (limit 0) are of this form.
//
// Grid: one invocation per element of y, in rows of dims.row.
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;

struct Dims {
    count: u32, // elements of y
    row: u32,   // invocations per grid row
    high: u32,  // y is [count / (high·wide), high, wide]
    wide: u32,
    outer: u32, // steps in x
    middle: u32,
    inner: u32,
    start: u32, // may be negative: the difference from it wraps
    limit: u32,
    value: f32,
}
@group(0) @binding(2) var<uniform> dims: Dims;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let i = id.y * dims.row + id.x;
    if (i >= dims.count) {
        return;
    }
    let a = i / (dims.high * dims.wide);
    let b = i / dims.wide % dims.high;
    let c = i % dims.wide - dims.start;
    var v = dims.value;
    if (c < dims.limit) {
        v = x[a * dims.outer + b * dims.middle + c * dims.inner];
    }
    y[i] = v;
}
