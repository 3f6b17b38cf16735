// Reorders convolution weights for conv.wgsl: from OIHW to [O/8, H, W, I, 8], output channels rounded up to eights with zeros,
// so that a tile of eight output channels reads its weights as one stream of vec4s. It is for weights that a graph computes; those of a model
// are packed once, on the host (runtime/gpu/layout.go).
//
// Grid: one invocation per packed element, in rows of dims.row.
@group(0) @binding(0) var<storage, read> weights: array<f32>;
@group(0) @binding(1) var<storage, read_write> packed: array<f32>;

struct Dims {
    count: u32, // packed elements
    row: u32,   // invocations per grid row
    outputs: u32,
    inputs: u32,
    taps: u32, // kernel height x width
}
@group(0) @binding(2) var<uniform> dims: Dims;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let i = id.y * dims.row + id.x;
    if (i >= dims.count) {
        return;
    }
    let stream = i / 8u;
    let c = stream % dims.inputs;
    let tap = (stream / dims.inputs) % dims.taps;
    let o = stream / (dims.inputs * dims.taps) * 8u + i % 8u;
    var w = 0.0;
    if (o < dims.outputs) {
        w = weights[(o * dims.inputs + c) * dims.taps + tap];
    }
    packed[i] = w;
}
