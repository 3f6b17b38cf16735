// 2-D convolution (a correlation, as in PyTorch and ONNX): y = act(conv(pad(x)) + bias), where x may be read through a nearest x2 upsampling.
//
// x is [N, I, H, W], weights are [O/8, folds, kernel, kernel, I, 8] (pack.wgsl), bias is [O], y is [N, O, OH, OW].
//
// A dispatch computes the output pixels at the crossings of some lines of rows with some lines of columns. A plain convolution has one line
// each, of all rows and columns. One that is folded with an upsampling (runtime/phase) has several, each pair with weights of its own.
//
// This part is common to the kernels of the family: their dims, and which element of x an output pixel sees under a tap of the kernel.
// Line is some rows, or columns, of y: first + k * dims.step for k below count. Their windows lie around (center + k) * stride.
struct Line {
    first: u32,
    count: u32,
    center: u32,
    fold: u32, // a pair of lines uses the weights at the sum of their folds
}

struct Dims {
    row_lines: array<Line, 4>, // first, since arrays in a uniform begin at multiples of 16 bytes
    column_lines: array<Line, 4>,
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

// outer gives the products of 4 pixels, its columns, with 4 output channels.
fn outer(pixels: vec4<f32>, channels: vec4<f32>) -> mat4x4<f32> {
    return mat4x4<f32>(channels * pixels.x, channels * pixels.y, channels * pixels.z, channels * pixels.w);
}
