// Copies columns [start, start + columns) of the matrix x [N, width] to y [N, columns].
//
// Grid: one invocation per element of y, in rows of dims.row.
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;

struct Dims {
    count: u32,   // elements of y
    row: u32,     // invocations per grid row
    width: u32,   // columns of x
    columns: u32, // of y
    start: u32,
}
@group(0) @binding(2) var<uniform> dims: Dims;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let i = id.y * dims.row + id.x;
    if (i >= dims.count) {
        return;
    }
    y[i] = x[i / dims.columns * dims.width + dims.start + i % dims.columns];
}
