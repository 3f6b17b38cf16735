// 2-D convolution (a correlation, as in PyTorch and ONNX): y = act(conv(pad(x)) + bias), where x may be read through a nearest x2 upsampling.
//
// x is [N, I, H, W], weights are [O/8, folds, kernel, kernel, I, 8] (pack.wgsl), bias is [O], y is [N, O, OH, OW].
//
// A dispatch computes the output pixels at the crossings of some lines of rows with some lines of columns. A plain convolution has one line
// each, of all rows and columns. One that is folded with an upsampling (runtime/phase) has several, each pair with weights of its own.
//
// Implicit GEMM without shared memory: an invocation computes 8 output channels of 4 output pixels. The loops over the taps of the kernel are
// outermost, so that padding and upsampling are resolved once per tap, and the loop over input channels, where the time goes, only steps
// through memory: 4 values of x and 8 weights for 32 multiply-adds.
//
// Grid: the pixels of a pair of lines are numbered through, over all samples; a workgroup takes 256 of them, the 4 of an invocation 64 apart,
// so that neighbours read and write neighbouring memory, or less where there are fewer pixels in all. Workgroups go over x and y in rows of dims.row; z is the tile of output channels and
// the pair of lines.
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
    first_tile: u32, // of output channels: a long convolution is run in several dispatches,
    first_line: u32, // each from a tile on, and from a workgroup of 256 pixels on
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

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let pairs = dims.rows * dims.columns;
    let pair = group.z % pairs;
    let rows = dims.row_lines[pair / dims.columns];
    let columns = dims.column_lines[pair % dims.columns];
    let tile = dims.first_tile + group.z / pairs;

    let pixels = dims.samples * rows.count * columns.count;
    let apart = min((pixels + 3u) / 4u, 64u);
    let p = (dims.first_line + group.y * dims.row + group.x) * 256u + lane;
    if (lane >= apart || p >= pixels) {
        return;
    }
    // Those beyond the end are computed like the last, but not stored.
    let pixel0 = pixel(p, rows, columns);
    let pixel1 = pixel(min(p + apart, pixels - 1u), rows, columns);
    let pixel2 = pixel(min(p + 2u * apart, pixels - 1u), rows, columns);
    let pixel3 = pixel(min(p + 3u * apart, pixels - 1u), rows, columns);
    let plane = dims.height * dims.width;

    // lowerN and upperN are output channels 0..3 and 4..7 of pixel N.
    var lower0 = vec4<f32>(0.0);
    var lower1 = vec4<f32>(0.0);
    var lower2 = vec4<f32>(0.0);
    var lower3 = vec4<f32>(0.0);
    var upper0 = vec4<f32>(0.0);
    var upper1 = vec4<f32>(0.0);
    var upper2 = vec4<f32>(0.0);
    var upper3 = vec4<f32>(0.0);

    var w = (tile * dims.folds + rows.fold + columns.fold) * dims.kernel * dims.kernel * dims.inputs * 2u;
    for (var ky = 0u; ky < dims.kernel; ky++) {
        for (var kx = 0u; kx < dims.kernel; kx++) {
            let source0 = source(pixel0, ky, kx);
            let source1 = source(pixel1, ky, kx);
            let source2 = source(pixel2, ky, kx);
            let source3 = source(pixel3, ky, kx);
            var channel = 0u; // first element of the input channel
            for (var c = 0u; c < dims.inputs; c++) {
                let lower = weights[w];
                let upper = weights[w + 1u];
                let x0 = select(0.0, x[source0.index + channel], source0.inside);
                let x1 = select(0.0, x[source1.index + channel], source1.inside);
                let x2 = select(0.0, x[source2.index + channel], source2.inside);
                let x3 = select(0.0, x[source3.index + channel], source3.inside);
                lower0 += lower * x0;
                upper0 += upper * x0;
                lower1 += lower * x1;
                upper1 += upper * x1;
                lower2 += lower * x2;
                upper2 += upper * x2;
                lower3 += lower * x3;
                upper3 += upper * x3;
                channel += plane;
                w += 2u;
            }
        }
    }

    // A loop, since compilers take seconds for 32 copies of its body.
    var sums = array<vec4<f32>, 8>(lower0, upper0, lower1, upper1, lower2, upper2, lower3, upper3);
    var outs = array<u32, 4>(pixel0.out, pixel1.out, pixel2.out, pixel3.out);
    let out_plane = dims.out_height * dims.out_width;
    for (var j = 0u; j < 32u; j++) {
        let o = tile * 8u + j % 8u;
        if (o < dims.outputs && p + j / 8u * apart < pixels) {
            var v = sums[j / 4u][j % 4u];
            if (dims.has_bias == 1u) {
                v += bias[o];
            }
            y[outs[j / 8u] + o * out_plane] = activate(v);
        }
    }
}
