// The first level of every reduction (means, and the moments of norms): turns each 64 elements of x into a part of three numbers: how many
// they are, their mean, and the sum of their squared distances from it. merge.wgsl merges parts. 64 at each level keep all of a GPU busy
// and, since sums stay short, errors small.
//
// x is [instances, size]; an instance is what has one mean of its own. parts are [instances, dims.parts, 3].
// Part j of an instance takes elements j, j + dims.parts, j + 2·dims.parts, ..., so that neighbours read neighbouring memory.
//
// Grid: one invocation per part, in rows of dims.row.
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> parts: array<f32>;

struct Dims {
    count: u32, // parts of all instances
    row: u32,   // invocations per grid row
    size: u32,  // elements of an instance
    parts: u32, // of an instance: size / 64, rounded up
}
@group(0) @binding(2) var<uniform> dims: Dims;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let i = id.y * dims.row + id.x;
    if (i >= dims.count) {
        return;
    }
    let instance = i / dims.parts * dims.size;
    let first = i % dims.parts;
    // Sums of distances from one of the elements: sums of the values themselves would lose a small variance beside a large mean.
    let origin = x[instance + first];
    var n = 0.0;
    var sum = 0.0;
    var squares = 0.0;
    for (var k = first; k < dims.size; k += dims.parts) {
        let d = x[instance + k] - origin;
        n += 1.0;
        sum += d;
        squares += d * d;
    }
    parts[i * 3u] = n;
    parts[i * 3u + 1u] = origin + sum / n;
    parts[i * 3u + 2u] = max(squares - sum * sum / n, 0.0);
}
