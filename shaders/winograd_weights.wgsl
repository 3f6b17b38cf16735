// Kernels of a 3x3 convolution as Winograd's filtering takes them, for weights that a graph computes or that training changes; those of a model
// are transformed once, on the host, which does it as this does (runtime/gpu/layout_winograd.go).
//
// w is [O, I, 3, 3]; u is [PATCH·PATCH + 1, O/16, I, 16], output channels rounded up to sixteens by zeros. The last frequency is a kernel's sum:
// what it makes of a constant.
//
// Grid: one invocation per kernel of u, in rows of dims.row.
@group(0) @binding(0) var<storage, read> w: array<f32>;
@group(0) @binding(1) var<storage, read_write> u: array<f32>;

struct Dims {
    count: u32, // kernels of u
    row: u32,   // invocations per grid row
    outputs: u32,
    inputs: u32,
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

// points are the values of a polynomial at 0, 1, -1 (2, -2) and infinity, scaled so that the other transforms are of whole numbers.
fn points(k: vec3<f32>) -> Line {
    let even = k.x + k.z;
    if (SQUARE == 2u) {
        return Line(k.x, 0.5 * (even + k.y), 0.5 * (even - k.y), k.z, 0.0, 0.0);
    }
    let far = k.x + 4.0 * k.z;
    return Line(0.25 * k.x, (even + k.y) / -6.0, (even - k.y) / -6.0, (far + 2.0 * k.y) / 24.0, (far - 2.0 * k.y) / 24.0, k.z);
}

// write puts the frequencies of a column to u[at].
fn write(at: u32, line: u32, column: vec3<f32>) {
    let l = points(column);
    u[at] = l.a;
    u[at + line] = l.b;
    u[at + 2u * line] = l.c;
    u[at + 3u * line] = l.d;
    if (SQUARE == 4u) {
        u[at + 4u * line] = l.e;
        u[at + 5u * line] = l.f;
    }
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let i = id.y * dims.row + id.x;
    if (i >= dims.count) {
        return;
    }
    let stream = i / 16u;
    let o = stream / dims.inputs * 16u + i % 16u;
    var top = vec3<f32>();
    var middle = top;
    var bottom = top;
    if (o < dims.outputs) {
        let k = (o * dims.inputs + stream % dims.inputs) * 9u;
        top = vec3<f32>(w[k], w[k + 1u], w[k + 2u]);
        middle = vec3<f32>(w[k + 3u], w[k + 4u], w[k + 5u]);
        bottom = vec3<f32>(w[k + 6u], w[k + 7u], w[k + 8u]);
    }
    let t = points(top);
    let m = points(middle);
    let b = points(bottom);
    let line = PATCH * dims.count;
    write(i, line, vec3<f32>(t.a, m.a, b.a));
    write(i + dims.count, line, vec3<f32>(t.b, m.b, b.b));
    write(i + 2u * dims.count, line, vec3<f32>(t.c, m.c, b.c));
    write(i + 3u * dims.count, line, vec3<f32>(t.d, m.d, b.d));
    if (SQUARE == 4u) {
        write(i + 4u * dims.count, line, vec3<f32>(t.e, m.e, b.e));
        write(i + 5u * dims.count, line, vec3<f32>(t.f, m.f, b.f));
    }
    let sum = top + middle + bottom;
    u[PATCH * line + i] = sum.x + sum.y + sum.z;
}
