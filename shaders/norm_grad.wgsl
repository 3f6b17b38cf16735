// The gradient of a norm: with d = x − mean and g = 1 / deviation, dx = g·(dy − mean of dy) − curve·d·(sum of dy·d), where −curve·d is what an
// element adds to g when it grows: g³/n if the deviation is sqrt(variance + eps), the variance biased (InstanceNorm), and g²/(s·(n − 1)) if it
// is s + eps, s unbiased (LayerNorm). stats are [instances, 2], [mean, g]; sums are [2, instances], of dy and of dy·d.
//
// Grid: one invocation per element, in rows of dims.row.
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read> stats: array<f32>;
@group(0) @binding(3) var<storage, read> sums: array<f32>;
@group(0) @binding(4) var<storage, read_write> dx: array<f32>;

struct Dims {
    count: u32, // elements
    row: u32,   // invocations per grid row
    size: u32,  // elements of an instance
    layer: u32, // 1: LayerNorm
    eps: f32,
}
@group(0) @binding(5) var<uniform> dims: Dims;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let i = id.y * dims.row + id.x;
    if (i >= dims.count) {
        return;
    }
    let instance = i / dims.size;
    let n = f32(dims.size);
    let mean = stats[instance * 2u];
    let gain = stats[instance * 2u + 1u];
    var curve = gain * gain * gain / n;
    if (dims.layer == 1u) {
        // Where the deviation is nothing, so are the distances that curve is multiplied with.
        let s = max(1.0 / gain - dims.eps, 1e-12);
        curve = gain * gain / (s * max(n - 1.0, 1.0));
    }
    dx[i] = gain * (dy[i] - sums[instance] / n) - curve * sums[dims.count / dims.size + instance] * (x[i] - mean);
}
