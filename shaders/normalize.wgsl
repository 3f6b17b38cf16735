// What follows the statistics of a norm, and Affine by itself: y = act((x − mean) / deviation · scale + shift) + residual.
//
// x, residual and y are [N, C, H, W]. stats, from merge.wgsl, are [mean, 1 / deviation] of every dims.instance elements of x: a channel's for
// InstanceNorm, a sample's for LayerNorm. Scale and shift of channel c of sample n are at [n·stride + offset + c]: columns of a matrix
// (AdaIN) or, with stride 0, vectors. Each part that dims says is absent counts as the identity, and its binding is not read.
//
// Grid: one invocation per element, in rows of dims.row.
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> stats: array<f32>;
@group(0) @binding(2) var<storage, read> scale: array<f32>;
@group(0) @binding(3) var<storage, read> shift: array<f32>;
@group(0) @binding(4) var<storage, read> residual: array<f32>;
@group(0) @binding(5) var<storage, read_write> y: array<f32>;

struct Dims {
    count: u32, // elements
    row: u32,   // invocations per grid row
    channels: u32,
    plane: u32,    // H x W
    instance: u32, // elements that share their statistics; 0: no statistics
    has_affine: u32,
    scale_offset: u32,
    scale_stride: u32,
    shift_offset: u32,
    shift_stride: u32,
    has_residual: u32,
}
@group(0) @binding(6) var<uniform> dims: Dims;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let i = id.y * dims.row + id.x;
    if (i >= dims.count) {
        return;
    }
    var v = x[i];
    if (dims.instance != 0u) {
        let s = i / dims.instance * 2u;
        v = (v - stats[s]) * stats[s + 1u];
    }
    if (dims.has_affine == 1u) {
        let channel = i / dims.plane;
        let n = channel / dims.channels;
        let c = channel % dims.channels;
        v = v * scale[n * dims.scale_stride + dims.scale_offset + c] + shift[n * dims.shift_stride + dims.shift_offset + c];
    }
    v = activate(ACT, v);
    if (dims.has_residual == 1u) {
        v += residual[i];
    }
    y[i] = v;
}
