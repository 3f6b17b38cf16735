// The third step of a 3x3 convolution by Winograd's minimal filtering: sums of frequencies become squares of output pixels,
// y = act(square + bias), and what the kernels make of the value that winograd_input.wgsl took away is added.
//
// m is [PATCH·PATCH + 1, dims.m_rows, dims.row_length], bias is [O], y is [N, O, OH, OW]. A convolution folded with an upsampling
// (runtime/phase) has dims.step = 2: its m_rows are those of the step·step phases, one after the other, and phase p's pixels lie at rows
// p / 2 and columns p % 2 of each step x step pixels of y.
//
// parts are [N, O, phases, squares of a sample, 3]: of what this kernel writes of each square, how many values there are, their mean, and the sum
// of their squared distances from it. A norm behind the convolution merges them (merge.wgsl), and need not read y for its statistics.
//
// Grid: one invocation per channel, phase and square, in rows of dims.row.
@group(0) @binding(0) var<storage, read> m: array<f32>;
@group(0) @binding(1) var<storage, read> bias: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<storage, read_write> parts: array<f32>;

struct Dims {
    count: u32, // squares of this dispatch
    row: u32,   // invocations per grid row
    first: u32, // square
    row_length: u32,
    m_rows: u32,
    outputs: u32, // channels of y
    out_height: u32,
    out_width: u32,
    high: u32, // squares of a sample and phase
    wide: u32,
    step: u32,
    border: u32, // pixels of y at each side that are not written
    has_bias: u32, // 0: bias is not read
    act: u32,
}
@group(0) @binding(4) var<uniform> dims: Dims;

// Line is a row or a column of frequencies; in patches of 4 pixels a side the last two do not count.
struct Line {
    a: f32,
    b: f32,
    c: f32,
    d: f32,
    e: f32,
    f: f32,
}

// pixels are the coefficients of the polynomial that has the values of a line at 0, 1, -1 (and 2, -2) and infinity.
fn pixels(l: Line) -> vec4<f32> {
    let sum = l.b + l.c;
    let difference = l.b - l.c;
    if (SQUARE == 2u) {
        return vec4<f32>(l.a + sum, difference - l.d, 0.0, 0.0);
    }
    let sum2 = l.d + l.e;
    let difference2 = l.d - l.e;
    return vec4<f32>(l.a + sum + sum2, difference + 2.0 * difference2, sum + 4.0 * sum2, difference + 8.0 * difference2 + l.f);
}

// column turns a column of frequencies, whose first is m[at], into pixels.
fn column(at: u32, plane: u32) -> vec4<f32> {
    let line = PATCH * plane;
    if (SQUARE == 2u) {
        return pixels(Line(m[at], m[at + line], m[at + 2u * line], m[at + 3u * line], 0.0, 0.0));
    }
    return pixels(Line(m[at], m[at + line], m[at + 2u * line], m[at + 3u * line], m[at + 4u * line], m[at + 5u * line]));
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let i = id.y * dims.row + id.x;
    let channels = dims.outputs * dims.step * dims.step;
    if (i >= dims.count * channels) {
        return;
    }
    // Divisions are dear: one for each quotient and remainder.
    let plane = dims.m_rows * dims.row_length; // of a frequency
    let channel = i / dims.count;
    let phase = channel / dims.outputs;
    let output = channel - phase * dims.outputs;
    let square = dims.first + i - channel * dims.count;
    let line = square / dims.wide; // of squares, over all samples
    let sample = line / dims.high;
    let at = channel * dims.row_length + square - dims.first;

    var c0 = column(at, plane);
    var c1 = column(at + plane, plane);
    var c2 = column(at + 2u * plane, plane);
    var c3 = column(at + 3u * plane, plane);
    var c4 = vec4<f32>(0.0);
    var c5 = c4;
    if (SQUARE == 4u) {
        c4 = column(at + 4u * plane, plane);
        c5 = column(at + 5u * plane, plane);
    }
    var constant = m[PATCH * PATCH * plane + channel * dims.row_length + sample];
    if (dims.has_bias == 1u) {
        constant += bias[output];
    }
    let channels_before = sample * dims.outputs + output;
    let part = ((channels_before * dims.step * dims.step + phase) * dims.high * dims.wide + square - sample * dims.high * dims.wide) * 3u;
    // Sums of distances from one of the values: sums of the values themselves would lose a small variance beside a large mean.
    var origin = 0.0;
    var n = 0.0;
    var sum = 0.0;
    var squares = 0.0;
    // Lines are turned, and their first taken, because compilers take long over a vector's element of a number that they do not know.
    var row = (line - sample * dims.high) * SQUARE * dims.step + phase / 2u;
    for (var r = 0u; r < SQUARE; r++) {
        var values = pixels(Line(c0.x, c1.x, c2.x, c3.x, c4.x, c5.x)) + constant;
        var column = (square - line * dims.wide) * SQUARE * dims.step + phase % 2u;
        for (var c = 0u; c < SQUARE; c++) {
            if (row >= dims.border && row + dims.border < dims.out_height && column >= dims.border && column + dims.border < dims.out_width) {
                let value = activate(dims.act, values.x);
                y[(channels_before * dims.out_height + row) * dims.out_width + column] = value;
                origin = select(origin, value, n == 0.0);
                n += 1.0;
                sum += value - origin;
                squares += (value - origin) * (value - origin);
            }
            values = values.yzwx;
            column += dims.step;
        }
        c0 = c0.yzwx;
        c1 = c1.yzwx;
        c2 = c2.yzwx;
        c3 = c3.yzwx;
        c4 = c4.yzwx;
        c5 = c5.yzwx;
        row += dims.step;
    }
    let mean = sum / max(n, 1.0);
    parts[part] = n;
    parts[part + 1u] = origin + mean;
    parts[part + 2u] = max(squares - sum * mean, 0.0);
}
