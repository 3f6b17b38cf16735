// Quantises x [N, C, H, W] for conv_int8.wgsl: each sample's largest magnitude becomes 127. y is [N, ceil(C/4), H, W] of four channels each, the
// first in the lowest byte and those beyond C zero, then the magnitudes [N].
//
// Grid: one invocation per element of y, in rows of dims.row.
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> largest: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<u32>;

struct Dims {
    count: u32, // elements of y without the magnitudes
    row: u32,   // invocations per grid row
    samples: u32,
    channels: u32,
    plane: u32, // H x W
}
@group(0) @binding(3) var<uniform> dims: Dims;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let i = id.y * dims.row + id.x;
    if (i >= dims.count + dims.samples) {
        return;
    }
    if (i >= dims.count) {
        y[i] = bitcast<u32>(largest[i - dims.count]);
        return;
    }
    let fours = (dims.channels + 3u) / 4u;
    let sample = i / dims.plane / fours;
    let first = i / dims.plane % fours * 4u;
    let scale = 1.0 / max(largest[sample], 1e-30);
    var v = array<f32, 4>(0.0, 0.0, 0.0, 0.0);
    for (var c = 0u; c < min(dims.channels - first, 4u); c++) {
        v[c] = x[(sample * dims.channels + first + c) * dims.plane + i % dims.plane] * scale;
    }
    y[i] = pack4x8snorm(vec4<f32>(v[0], v[1], v[2], v[3]));
}
