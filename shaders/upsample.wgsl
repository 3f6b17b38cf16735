// Nearest ×2: x is [planes, H, W], y [planes, 2H, 2W]. Used where the convolution behind cannot read through it.
//
// Grid: one invocation per element of y, in rows of dims.row.
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;

struct Dims {
    count: u32, // elements of y
    row: u32,   // invocations per grid row
    width: u32, // of x
}
@group(0) @binding(2) var<uniform> dims: Dims;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let i = id.y * dims.row + id.x;
    if (i >= dims.count) {
        return;
    }
    // Rows of all planes are numbered through: H and 2H are then the same halving.
    let line = i / (2u * dims.width);
    let column = i % (2u * dims.width);
    y[i] = x[line / 2u * dims.width + column / 2u];
}
