// One level of a sum: x is [outer, kept, inner], y is [kept, parts], and part j of a kept index sums every parts-th of its outer·inner
// elements, from j on, 64 at most. Further levels take y as x with outer 1 and inner parts, until one part is left. Sums stay short, so errors
// stay small.
//
// Grid: one invocation per part, in rows of dims.row.
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;

struct Dims {
    count: u32, // kept x parts
    row: u32,   // invocations per grid row
    outer: u32,
    kept: u32,
    inner: u32,
    parts: u32,
}
@group(0) @binding(2) var<uniform> dims: Dims;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let i = id.y * dims.row + id.x;
    if (i >= dims.count) {
        return;
    }
    let k = i / dims.parts;
    var sum = 0.0;
    for (var e = i % dims.parts; e < dims.outer * dims.inner; e += dims.parts) {
        sum += x[(e / dims.inner * dims.kept + k) * dims.inner + e % dims.inner];
    }
    y[i] = sum;
}
