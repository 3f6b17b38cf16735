// The adjoint of padding, for convolutions of any stride S: y [N, C, H, W] sums up for each pixel the positions of the padded image, H + 2·pad
// high, that show it. x is [N, S·S·C, h, w]: position (S·p + ry, S·q + rx) is pixel (p, q) of channel (ry·S + rx)·C + c; what would lie beyond
// x counts as zero.
//
// Grid: one invocation per element of y, in rows of dims.row.
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;

struct Dims {
    count: u32, // elements of y
    row: u32,   // invocations per grid row
    channels: u32,
    height: u32, // of y
    width: u32,
    in_height: u32, // of x
    in_width: u32,
    stride: u32,
    pad: u32,
    mode: u32, // padding: 0 zeros, 1 reflect, 2 replicate
}
@group(0) @binding(2) var<uniform> dims: Dims;

// shows is whether position t of the padded axis, counted from the image's first pixel, shows pixel i of the image of that size.
fn shows(t: i32, i: i32, size: i32) -> bool {
    if (t >= 0 && t < size) {
        return t == i;
    }
    if (dims.mode == 1u) {
        return select(2 * (size - 1) - t, -t, t < 0) == i;
    }
    if (dims.mode == 2u) {
        return clamp(t, 0, size - 1) == i;
    }
    return false;
}

// candidate k of 2·pad + 1 positions that may show pixel i: itself, then those before the image, then those behind it.
fn candidate(k: i32, i: i32, size: i32) -> i32 {
    let pad = i32(dims.pad);
    if (k == 0) {
        return i;
    }
    return select(size - 1 + k - pad, -k, k <= pad);
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let index = id.y * dims.row + id.x;
    if (index >= dims.count) {
        return;
    }
    let plane = index / (dims.height * dims.width);
    let sample = plane / dims.channels;
    let c = plane % dims.channels;
    let height = i32(dims.height);
    let width = i32(dims.width);
    let row = i32(index / dims.width % dims.height);
    let column = i32(index % dims.width);
    let pad = i32(dims.pad);
    let stride = dims.stride;
    let candidates = 2 * pad + 1;
    var sum = 0.0;
    for (var a = 0; a < candidates; a++) {
        let r = candidate(a, row, height);
        let py = u32(max(r + pad, 0));
        if (!shows(r, row, height) || py / stride >= dims.in_height) {
            continue;
        }
        for (var b = 0; b < candidates; b++) {
            let q = candidate(b, column, width);
            let px = u32(max(q + pad, 0));
            if (shows(q, column, width) && px / stride < dims.in_width) {
                let channel = (sample * stride * stride + py % stride * stride + px % stride) * dims.channels + c;
                sum += x[(channel * dims.in_height + py / stride) * dims.in_width + px / stride];
            }
        }
    }
    y[index] = sum;
}
