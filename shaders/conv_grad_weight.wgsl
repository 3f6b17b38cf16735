// The gradient of a convolution's weights: dw[o, i, ky, kx] is the sum over all output pixels of dy[o, pixel] · x[i, what tap (ky, kx) read
// for the pixel]. x is [N, I, H, W], which may be read through a nearest x2 upsampling, dy is [N, O, OH, OW]; y is [parts, O, I, K, K]: each
// part sums over some rows of output pixels, of all samples, and sum.wgsl sums up the parts, in an order that does not depend on timing.
//
// An invocation computes one tap of 4 x 4 channels: of 8 values that it loads for a pixel it makes 16 products. Neighbours take other taps
// of the same channels, and with them the same dy.
//
// Grid: one invocation per tap, tile of channels and part, in rows of dims.row, from dims.first on: a long sum is run in several dispatches.
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

struct Dims {
    count: u32, // invocations
    row: u32,   // per grid row
    first: u32,
    inputs: u32,
    height: u32, // of x
    width: u32,
    outputs: u32,
    out_height: u32,
    out_width: u32,
    samples: u32,
    kernel: u32,
    stride: u32,
    pad: u32,
    mode: u32,     // padding: 0 zeros, 1 reflect, 2 replicate
    upsample: u32, // 1: x is seen at twice its height and width
    lines: u32,    // of a part
}
@group(0) @binding(3) var<uniform> dims: Dims;

// resolve maps a coordinate of the padded image to one of the image, or to -1 where there are zeros.
fn resolve(t: i32, size: i32) -> i32 {
    if (t >= 0 && t < size) {
        return t;
    }
    if (dims.mode == 1u) {
        return select(2 * (size - 1) - t, -t, t < 0);
    }
    if (dims.mode == 2u) {
        return clamp(t, 0, size - 1);
    }
    return -1;
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let i = id.y * dims.row + id.x;
    if (i >= dims.count) {
        return;
    }
    let taps = dims.kernel * dims.kernel;
    let input_tiles = (dims.inputs + 3u) / 4u;
    let output_tiles = (dims.outputs + 3u) / 4u;
    let index = dims.first + i;
    let tap = index % taps;
    let c = index / taps % input_tiles * 4u;
    let o = index / (taps * input_tiles) % output_tiles * 4u;
    let part = index / (taps * input_tiles * output_tiles);
    let ky = i32(tap / dims.kernel);
    let kx = i32(tap % dims.kernel);
    let plane = dims.height * dims.width;
    let out_plane = dims.out_height * dims.out_width;
    // Channels beyond the last are computed like it, but not stored.
    let last_c = dims.inputs - 1u;
    let last_o = dims.outputs - 1u;
    let planes = vec4<u32>(c, min(c + 1u, last_c), min(c + 2u, last_c), min(c + 3u, last_c)) * plane;
    let out_planes = vec4<u32>(o, min(o + 1u, last_o), min(o + 2u, last_o), min(o + 3u, last_o)) * out_plane;

    // sumN is output channel N with the four input channels.
    var sum0 = vec4<f32>(0.0);
    var sum1 = vec4<f32>(0.0);
    var sum2 = vec4<f32>(0.0);
    var sum3 = vec4<f32>(0.0);
    let end = min((part + 1u) * dims.lines, dims.samples * dims.out_height);
    for (var line = part * dims.lines; line < end; line++) {
        let sample = line / dims.out_height;
        let row = line % dims.out_height;
        let sy = resolve(i32(row * dims.stride) + ky - i32(dims.pad), i32(dims.height << dims.upsample));
        if (sy < 0) {
            continue;
        }
        let in_row = sample * dims.inputs * plane + (u32(sy) >> dims.upsample) * dims.width;
        let out_row = sample * dims.outputs * out_plane + row * dims.out_width;
        for (var column = 0u; column < dims.out_width; column++) {
            let sx = resolve(i32(column * dims.stride) + kx - i32(dims.pad), i32(dims.width << dims.upsample));
            if (sx < 0) {
                continue;
            }
            let at_x = in_row + (u32(sx) >> dims.upsample);
            let at_dy = out_row + column;
            let v = vec4<f32>(x[at_x + planes.x], x[at_x + planes.y], x[at_x + planes.z], x[at_x + planes.w]);
            sum0 += dy[at_dy + out_planes.x] * v;
            sum1 += dy[at_dy + out_planes.y] * v;
            sum2 += dy[at_dy + out_planes.z] * v;
            sum3 += dy[at_dy + out_planes.w] * v;
        }
    }
    var sums = array<vec4<f32>, 4>(sum0, sum1, sum2, sum3);
    for (var j = 0u; j < 16u; j++) {
        let output = o + j / 4u;
        let input = c + j % 4u;
        if (output < dims.outputs && input < dims.inputs) {
            y[((part * dims.outputs + output) * dims.inputs + input) * taps + tap] = sums[j / 4u][j % 4u];
        }
    }
}
