// 2-D convolution (a correlation, as in PyTorch and ONNX): y = act(conv(pad(x)) + bias), where x may be read through a nearest x2 upsampling.
//
// x is [N, I, H, W], weights are [O/8, folds, kernel, kernel, I, 8] (pack.wgsl), bias is [O], y is [N, O, OH, OW].
//
// A dispatch computes the output pixels at the crossings of some lines of rows with some lines of columns. A plain convolution has one line
// each, of all rows and columns. One that is folded with an upsampling (runtime/phase) has several, each pair with weights of its own.
//
// Implicit GEMM without shared memory: an invocation computes a tile of PIXELS x CHANNELS outputs in registers. The loops over the taps of
// the kernel are outermost, so that padding and upsampling are resolved once per tap, and the loop over input channels, where the time goes,
// only steps through memory: of 4 x 8 outputs, 4 values of x and 8 weights for 32 multiply-adds.
//
// Grid: the pixels of a pair of lines are numbered through, over all samples. A workgroup is LANES invocations wide over pixels, each of which
// takes PIXELS that lie LANES apart, so that neighbours read and write neighbouring memory, or less where there are fewer pixels in all; the rest
// of its 64 invocations are further tiles of output channels. Workgroups go over x and y in rows of dims.row; z is the workgroup's place along output channels and the pair of lines.
//
// The key's constants: PIXELS (4 or 8), CHANNELS (4 or 8), LANES (16, 32 or 64).
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> weights: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

// Line is some rows, or columns, of y: first + k * dims.step for k below count. Their windows lie around (center + k) * stride.
struct Line {
    first: u32,
    count: u32,
    center: u32,
    fold: u32, // a pair of lines uses the weights at the sum of their folds
}

struct Dims {
    inputs: u32, // channels of x
    height: u32, // of x
    width: u32,
    outputs: u32, // channels of y
    out_height: u32,
    out_width: u32,
    samples: u32,
    row: u32, // workgroups per grid row
    kernel: u32,
    stride: u32,
    pad: u32,
    mode: u32,       // padding: 0 zeros, 1 reflect, 2 replicate
    upsample: u32,   // 1: x is seen at twice its height and width
    has_bias: u32,   // 0: bias is not read
    act: u32,        // activation.wgsl
    first_tile: u32, // a long convolution is run in several dispatches, each from a workgroup along output channels on,
    first_line: u32, // and from a workgroup along pixels on
    folds: u32,      // weights of a tile
    step: u32,       // between the pixels of a line
    rows: u32,       // how many of the lines count
    columns: u32,
    row_lines: array<Line, 4>,
    column_lines: array<Line, 4>,
}
@group(0) @binding(4) var<uniform> dims: Dims;

// Pixel is where an output pixel's window begins: the sample's first element in x, and the row and column of the upsampled, unpadded image;
// and where the pixel itself lies in channel 0 of y.
struct Pixel {
    sample: u32,
    top: i32,
    left: i32,
    out: u32,
}

// pixel resolves pixel p of a pair of lines.
fn pixel(p: u32, rows: Line, columns: Line) -> Pixel {
    let area = rows.count * columns.count;
    let sample = p / area;
    let row = p % area / columns.count;
    let column = p % columns.count;
    return Pixel(sample * dims.inputs * dims.height * dims.width,
        i32((rows.center + row) * dims.stride) - i32(dims.pad),
        i32((columns.center + column) * dims.stride) - i32(dims.pad),
        (sample * dims.outputs * dims.out_height + rows.first + row * dims.step) * dims.out_width + columns.first + column * dims.step);
}

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

// Source is where a tap reads x in channel 0. inside is false in zero padding; there index is valid but its value does not count.
struct Source {
    index: u32,
    inside: bool,
}

fn source(p: Pixel, ky: u32, kx: u32) -> Source {
    let sy = resolve(p.top + i32(ky), i32(dims.height << dims.upsample));
    let sx = resolve(p.left + i32(kx), i32(dims.width << dims.upsample));
    let iy = u32(max(sy, 0)) >> dims.upsample;
    let ix = u32(max(sx, 0)) >> dims.upsample;
    return Source(p.sample + iy * dims.width + ix, sy >= 0 && sx >= 0);
}

// Taps is where the same tap of 4 pixels reads x.
struct Taps {
    index: vec4<u32>,
    inside: vec4<bool>,
}

fn values(t: Taps, channel: u32) -> vec4<f32> {
    let at = t.index + vec4<u32>(channel);
    return select(vec4<f32>(0.0), vec4<f32>(x[at.x], x[at.y], x[at.z], x[at.w]), t.inside);
}

// outer gives the products of 4 pixels, its columns, with 4 output channels.
fn outer(pixels: vec4<f32>, channels: vec4<f32>) -> mat4x4<f32> {
    return mat4x4<f32>(channels * pixels.x, channels * pixels.y, channels * pixels.z, channels * pixels.w);
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let pairs = dims.rows * dims.columns;
    let pair = group.z % pairs;
    let rows = dims.row_lines[pair / dims.columns];
    let columns = dims.column_lines[pair % dims.columns];
    let tile = (dims.first_tile + group.z / pairs) * (64u / LANES) + lane / LANES;

    let pixels = dims.samples * rows.count * columns.count;
    let apart = min((pixels + PIXELS - 1u) / PIXELS, LANES);
    let p = (dims.first_line + group.y * dims.row + group.x) * PIXELS * LANES + lane % LANES;
    if (lane % LANES >= apart || p >= pixels || tile * CHANNELS >= dims.outputs) {
        return;
    }
    // Small arrays and loops, where it is not the innermost: SwiftShader takes a minute to compile 8 copies of source's body.
    var window: array<Pixel, PIXELS>;
    for (var i = 0u; i < PIXELS; i++) {
        window[i] = pixel(min(p + i * apart, pixels - 1u), rows, columns); // those beyond the end are computed like the last, but not stored
    }
    let plane = dims.height * dims.width;

    // The sums of the first and the last 4 pixels, for output channels 0..3 and 4..7. What the key leaves out is never used.
    var first_lower = outer(vec4<f32>(0.0), vec4<f32>(0.0));
    var first_upper = first_lower;
    var last_lower = first_lower;
    var last_upper = first_lower;

    let taps = dims.kernel * dims.kernel;
    let eight = tile * CHANNELS / 8u;
    var w = (eight * dims.folds + rows.fold + columns.fold) * taps * dims.inputs * 2u + tile * CHANNELS % 8u / 4u;
    for (var tap = 0u; tap < taps; tap++) {
        var at: array<Source, PIXELS>;
        for (var i = 0u; i < PIXELS; i++) {
            at[i] = source(window[i], tap / dims.kernel, tap % dims.kernel);
        }
        let first = Taps(vec4<u32>(at[0].index, at[1].index, at[2].index, at[3].index),
            vec4<bool>(at[0].inside, at[1].inside, at[2].inside, at[3].inside));
        var last = first;
        if (PIXELS == 8u) {
            last = Taps(vec4<u32>(at[4u % PIXELS].index, at[5u % PIXELS].index, at[6u % PIXELS].index, at[7u % PIXELS].index),
                vec4<bool>(at[4u % PIXELS].inside, at[5u % PIXELS].inside, at[6u % PIXELS].inside, at[7u % PIXELS].inside));
        }
        var channel = 0u; // first element of the input channel
        for (var c = 0u; c < dims.inputs; c++) {
            let lower = weights[w];
            let x_first = values(first, channel);
            first_lower += outer(x_first, lower);
            if (CHANNELS == 8u) {
                let upper = weights[w + 1u];
                first_upper += outer(x_first, upper);
                if (PIXELS == 8u) {
                    last_upper += outer(values(last, channel), upper);
                }
            }
            if (PIXELS == 8u) {
                last_lower += outer(values(last, channel), lower);
            }
            channel += plane;
            w += 2u;
        }
    }

    // A loop, since compilers take seconds for dozens of copies of its body.
    var sums = array<mat4x4<f32>, 4>(first_lower, first_upper, last_lower, last_upper);
    let out_plane = dims.out_height * dims.out_width;
    for (var j = 0u; j < PIXELS * CHANNELS; j++) {
        let i = j / CHANNELS;
        let o = j % CHANNELS;
        if (tile * CHANNELS + o < dims.outputs && p + i * apart < pixels) {
            var v = sums[i / 4u * 2u + o / 4u][i % 4u][o % 4u];
            if (dims.has_bias == 1u) {
                v += bias[tile * CHANNELS + o];
            }
            y[window[i].out + (tile * CHANNELS + o) * out_plane] = activate(dims.act, v);
        }
    }
}
