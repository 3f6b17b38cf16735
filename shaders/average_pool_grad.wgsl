// The gradient of averages over kernel × kernel windows, in which padding does not count: dy is [planes, OH, OW], dx is [planes, H, W]. Each
// pixel takes its share from every window that holds it.
//
// Grid: one invocation per element of dx, in rows of dims.row.
@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read_write> dx: array<f32>;

struct Dims {
    count: u32,  // elements of dx
    row: u32,    // invocations per grid row
    height: u32, // of dx
    width: u32,
    out_height: u32,
    out_width: u32,
    kernel: u32,
    stride: u32,
    pad: u32,
}
@group(0) @binding(2) var<uniform> dims: Dims;

// first is the first window along an axis that holds position t, in coordinates shifted by pad.
fn first(t: u32) -> u32 {
    return select(0u, (t + dims.stride - dims.kernel) / dims.stride, t + 1u > dims.kernel);
}

// extent is how much of the window at index w lies inside the image of that size.
fn extent(w: u32, size: u32) -> f32 {
    let begin = max(w * dims.stride, dims.pad);
    let end = min(w * dims.stride + dims.kernel, dims.pad + size);
    return f32(end - begin);
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let i = id.y * dims.row + id.x;
    if (i >= dims.count) {
        return;
    }
    let row = i / dims.width % dims.height + dims.pad;
    let column = i % dims.width + dims.pad;
    let plane = i / (dims.height * dims.width) * dims.out_height * dims.out_width;
    var sum = 0.0;
    for (var wy = first(row); wy < dims.out_height && wy * dims.stride <= row; wy++) {
        for (var wx = first(column); wx < dims.out_width && wx * dims.stride <= column; wx++) {
            sum += dy[plane + wy * dims.out_width + wx] / (extent(wy, dims.height) * extent(wx, dims.width));
        }
    }
    dx[i] = sum;
}
