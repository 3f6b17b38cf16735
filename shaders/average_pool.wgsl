// Averages over kernel × kernel windows, in which padding does not count: x is [planes, H, W], y [planes, OH, OW].
//
// Grid: one invocation per element of y, in rows of dims.row.
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;

struct Dims {
    count: u32,  // elements of y
    row: u32,    // invocations per grid row
    height: u32, // of x
    width: u32,
    out_height: u32,
    out_width: u32,
    kernel: u32,
    stride: u32,
    pad: u32,
}
@group(0) @binding(2) var<uniform> dims: Dims;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let i = id.y * dims.row + id.x;
    if (i >= dims.count) {
        return;
    }
    // The window in coordinates shifted by pad, cut to the image, which begins at pad there: unsigned all the way.
    let top = i / dims.out_width % dims.out_height * dims.stride;
    let left = i % dims.out_width * dims.stride;
    let y0 = max(top, dims.pad);
    let y1 = min(top + dims.kernel, dims.pad + dims.height);
    let x0 = max(left, dims.pad);
    let x1 = min(left + dims.kernel, dims.pad + dims.width);
    let plane = i / (dims.out_width * dims.out_height) * dims.height * dims.width;
    var sum = 0.0;
    for (var sy = y0; sy < y1; sy++) {
        for (var sx = x0; sx < x1; sx++) {
            sum += x[plane + (sy - dims.pad) * dims.width + sx - dims.pad];
        }
    }
    y[i] = sum / f32((y1 - y0) * (x1 - x0));
}
