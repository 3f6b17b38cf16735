// Largest magnitudes: part p of a sample, of dims.parts, is the largest of every dims.parts-th of its elements from p on. Run a second time, on its
// own result with one part, it gives one value a sample.
//
// Grid: one invocation per part of a sample, in rows of dims.row.
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;

struct Dims {
    count: u32, // parts of all samples
    row: u32,   // invocations per grid row
    size: u32,  // elements of a sample
    parts: u32, // of a sample
}
@group(0) @binding(2) var<uniform> dims: Dims;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let i = id.y * dims.row + id.x;
    if (i >= dims.count) {
        return;
    }
    let sample = i / dims.parts * dims.size;
    var largest = 0.0;
    for (var e = i % dims.parts; e < dims.size; e += dims.parts) {
        largest = max(largest, abs(x[sample + e]));
    }
    y[i] = largest;
}
