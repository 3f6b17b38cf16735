// The first step of a 3x3 convolution by Winograd's minimal filtering (Lavin and Gray 2016, section 4): patches of x become frequencies.
//
// The output is cut into squares of SQUARE x SQUARE pixels, 2 or 4; a square sees a patch of PATCH = SQUARE + 2 pixels a side. The squares of all
// samples are numbered through; a dispatch takes dims.count of them. x is [N, I, H, W]; v is [PATCH·PATCH + 1, I, dims.row_length].
//
// Each channel's first value in its sample is taken away from it, and stands in v's last frequency, at the sample's number: winograd_output.wgsl
// adds what the kernels make of it. A constant channel becomes zeros, and so gives exactly a constant. Rounding would make noise of it, which
// the instance norms behind enlarge, each 300 times, until a blank sheet is a texture (docs/decisions.md, "Convolutions that do less work").
//
// Grid: one invocation per channel and square, in rows of dims.row.
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> v: array<f32>;

struct Dims {
    count: u32, // squares of this dispatch
    row: u32,   // invocations per grid row
    first: u32, // square
    row_length: u32,
    inputs: u32, // channels of x
    height: u32, // of x
    width: u32,
    samples: u32,
    high: u32, // squares of a sample
    wide: u32,
    pad: u32,
    mode: u32, // padding: 0 zeros, 1 reflect, 2 replicate
}
@group(0) @binding(2) var<uniform> dims: Dims;

// Line is a row or a column of a patch; in patches of 4 pixels a side the last two do not count.
struct Line {
    a: f32,
    b: f32,
    c: f32,
    d: f32,
    e: f32,
    f: f32,
}

// points are the values of a line, as a polynomial, at 0, 1, -1 (and 2, -2) and infinity.
fn points(l: Line) -> Line {
    if (SQUARE == 2u) {
        return Line(l.a - l.c, l.b + l.c, l.c - l.b, l.b - l.d, 0.0, 0.0);
    }
    let even = l.d - 4.0 * l.b;
    let odd = l.e - 4.0 * l.c;
    let near = 2.0 * (l.d - l.b);
    let far = l.e - l.c;
    return Line(4.0 * (l.a - l.c) + far, odd + even, odd - even, far + near, far - near, 4.0 * (l.b - l.d) + l.f - l.d);
}

// resolve maps a coordinate of the padded image to one of the image, or to -1 where there are zeros. Squares may stand out beyond the padding:
// what they see there does not count.
fn resolve(t: i32, size: i32) -> i32 {
    if (t >= 0 && t < size) {
        return t;
    }
    if (dims.mode == 1u) {
        return clamp(select(2 * (size - 1) - t, -t, t < 0), 0, size - 1);
    }
    if (dims.mode == 2u) {
        return clamp(t, 0, size - 1);
    }
    return -1;
}

// Axis is what a patch sees of an axis of x, or -1 where there are zeros.
struct Axis {
    a: i32,
    b: i32,
    c: i32,
    d: i32,
    e: i32,
    f: i32,
}

// axis resolves six pixels from first on, and multiplies them by stride.
fn axis(first: i32, size: u32, stride: u32) -> Axis {
    let n = i32(size);
    let s = i32(stride);
    return Axis(max(resolve(first, n) * s, -1), max(resolve(first + 1, n) * s, -1), max(resolve(first + 2, n) * s, -1),
        max(resolve(first + 3, n) * s, -1), max(resolve(first + 4, n) * s, -1), max(resolve(first + 5, n) * s, -1));
}

// pixel reads x less origin, in the channel that begins at x[channel].
fn pixel(channel: u32, row: i32, column: i32, origin: f32) -> f32 {
    return select(0.0, x[channel + u32(max(row + column, 0))], row >= 0 && column >= 0) - origin;
}

// column is the frequencies of a column of the patch.
fn column(channel: u32, rows: Axis, at: i32, origin: f32) -> Line {
    let top = Line(pixel(channel, rows.a, at, origin), pixel(channel, rows.b, at, origin), pixel(channel, rows.c, at, origin),
        pixel(channel, rows.d, at, origin), 0.0, 0.0);
    if (SQUARE == 2u) {
        return points(top);
    }
    return points(Line(top.a, top.b, top.c, top.d, pixel(channel, rows.e, at, origin), pixel(channel, rows.f, at, origin)));
}

// write puts the frequencies of a row of column frequencies to v[at].
fn write(at: u32, plane: u32, row: Line) {
    let l = points(row);
    v[at] = l.a;
    v[at + plane] = l.b;
    v[at + 2u * plane] = l.c;
    v[at + 3u * plane] = l.d;
    if (SQUARE == 4u) {
        v[at + 4u * plane] = l.e;
        v[at + 5u * plane] = l.f;
    }
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let i = id.y * dims.row + id.x;
    if (i >= dims.count * dims.inputs) {
        return;
    }
    // Divisions are dear: one for each quotient and remainder.
    let plane = dims.inputs * dims.row_length; // of a frequency
    let channel = i / dims.count;
    let square = i - channel * dims.count; // of this dispatch
    let high = (dims.first + square) / dims.wide;
    let sample = high / dims.high;
    let at = channel * dims.row_length + square;
    let area = dims.height * dims.width;
    let first = (sample * dims.inputs + channel) * area;
    let origin = x[first];
    if (square < dims.samples) {
        v[PATCH * PATCH * plane + at] = x[(square * dims.inputs + channel) * area];
    }

    let rows = axis(i32((high - sample * dims.high) * SQUARE) - i32(dims.pad), dims.height, dims.width);
    let columns = axis(i32((dims.first + square - high * dims.wide) * SQUARE) - i32(dims.pad), dims.width, 1u);
    let c0 = column(first, rows, columns.a, origin);
    let c1 = column(first, rows, columns.b, origin);
    let c2 = column(first, rows, columns.c, origin);
    let c3 = column(first, rows, columns.d, origin);
    var c4 = Line(0.0, 0.0, 0.0, 0.0, 0.0, 0.0);
    var c5 = c4;
    if (SQUARE == 4u) {
        c4 = column(first, rows, columns.e, origin);
        c5 = column(first, rows, columns.f, origin);
    }
    let line = PATCH * plane;
    write(at, plane, Line(c0.a, c1.a, c2.a, c3.a, c4.a, c5.a));
    write(at + line, plane, Line(c0.b, c1.b, c2.b, c3.b, c4.b, c5.b));
    write(at + 2u * line, plane, Line(c0.c, c1.c, c2.c, c3.c, c4.c, c5.c));
    write(at + 3u * line, plane, Line(c0.d, c1.d, c2.d, c3.d, c4.d, c5.d));
    if (SQUARE == 4u) {
        write(at + 4u * line, plane, Line(c0.e, c1.e, c2.e, c3.e, c4.e, c5.e));
        write(at + 5u * line, plane, Line(c0.f, c1.f, c2.f, c3.f, c4.f, c5.f));
    }
}
