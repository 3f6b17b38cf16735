// The first level of the two sums that the gradient of a norm needs of each instance (a channel's elements for InstanceNorm, a sample's for
// LayerNorm): of dy, and of dy · (x − mean). sums are [2, instances, parts]; sum.wgsl does the other levels. stats are [instances, 2], as
// merge.wgsl writes them; part j takes elements j, j + parts, ..., 64 at most.
//
// Grid: one invocation per part, in rows of dims.row.
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read> stats: array<f32>;
@group(0) @binding(3) var<storage, read_write> sums: array<f32>;

struct Dims {
    count: u32, // instances x parts
    row: u32,   // invocations per grid row
    size: u32,  // elements of an instance
    parts: u32,
}
@group(0) @binding(4) var<uniform> dims: Dims;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let i = id.y * dims.row + id.x;
    if (i >= dims.count) {
        return;
    }
    let instance = i / dims.parts;
    let mean = stats[instance * 2u];
    var sum = 0.0;
    var product = 0.0;
    for (var k = i % dims.parts; k < dims.size; k += dims.parts) {
        let at = instance * dims.size + k;
        sum += dy[at];
        product += dy[at] * (x[at] - mean);
    }
    sums[i] = sum;
    sums[dims.count + i] = product;
}
