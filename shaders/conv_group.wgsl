// The convolution of conv_window.wgsl, of which this is the second half, as implicit GEMM in workgroup memory: for real GPUs, since barriers are
// very dear on emulated ones.
//
// y is the product of weights [O, K] with the K = kernel x kernel x I values that each output pixel sees. A workgroup computes 64 pixels by 64
// output channels. It takes in 8 of the K at a time: each invocation fetches what one pixel sees, coalesced with its neighbours', and two vec4s of
// weights. Then it multiplies 8 of the pixels with 8 of the channels, all in registers: 64 multiply-adds for 16 values from workgroup memory.
//
// Grid: the pixels of a pair of lines are numbered through, over all samples, 64 a workgroup. Workgroups go over x and y in rows of dims.row; z is
// the workgroup's place along output channels and the pair of lines.
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> weights: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

const SLICE: u32 = 8u; // of the K

var<workgroup> seen: array<f32, 512>; // [SLICE][64 pixels]; scalars, for invocations that store parts of one vector may race
var<workgroup> filters: array<vec4<f32>, 128>; // [SLICE][64 channels / 4]

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let pairs = dims.rows * dims.columns;
    let pair = group.z % pairs;
    let rows = dims.row_lines[pair / dims.columns];
    let columns = dims.column_lines[pair % dims.columns];
    let pixels = dims.samples * rows.count * columns.count;
    let first_pixel = (dims.first_line + group.y * dims.row + group.x) * 64u;
    let first_eight = (dims.first_tile + group.z / pairs) * 8u; // output channels / 8
    let eights = (dims.outputs + 7u) / 8u;
    let plane = dims.height * dims.width;
    let depth = dims.kernel * dims.kernel * dims.inputs;

    // What this invocation fetches: pixel lane, and of the weights one eight of channels for one of the slice. Beyond the end it fetches
    // the last, which is not stored.
    let window = pixel(min(first_pixel + lane, pixels - 1u), rows, columns);
    var at = source(window, 0u, 0u);
    var tap = 0u;
    var channel = 0u;
    let eight = min(first_eight + lane / SLICE, eights - 1u);
    let stream = (eight * dims.folds + rows.fold + columns.fold) * depth;

    // Of 8 pixels from from_pixel on, 8 channels of the eight from_eight: sums of the first and the last 4 pixels, by the lower and upper 4 channels.
    let from_pixel = lane / 8u * 8u;
    let from_eight = lane % 8u;
    var first_lower = outer(vec4<f32>(0.0), vec4<f32>(0.0));
    var first_upper = first_lower;
    var last_lower = first_lower;
    var last_upper = first_lower;

    for (var slice = 0u; slice < depth; slice += SLICE) {
        for (var k = 0u; k < SLICE; k++) {
            if (channel == dims.inputs) {
                channel = 0u;
                tap++;
                at = source(window, tap / dims.kernel, tap % dims.kernel);
            }
            var v = 0.0;
            if (at.inside && slice + k < depth) {
                v = x[at.index + channel * plane];
            }
            seen[k * 64u + lane] = v;
            channel++;
        }
        // Beyond the depth what was seen is 0, and any weight will do that is finite.
        let k = min(slice + lane % SLICE, depth - 1u);
        let to = lane % SLICE * 16u + lane / SLICE * 2u;
        filters[to] = weights[(stream + k) * 2u];
        filters[to + 1u] = weights[(stream + k) * 2u + 1u];
        workgroupBarrier();
        for (var k = 0u; k < SLICE; k++) {
            let p = k * 64u + from_pixel;
            let first = vec4<f32>(seen[p], seen[p + 1u], seen[p + 2u], seen[p + 3u]);
            let last = vec4<f32>(seen[p + 4u], seen[p + 5u], seen[p + 6u], seen[p + 7u]);
            let lower = filters[k * 16u + from_eight * 2u];
            let upper = filters[k * 16u + from_eight * 2u + 1u];
            first_lower += outer(first, lower);
            first_upper += outer(first, upper);
            last_lower += outer(last, lower);
            last_upper += outer(last, upper);
        }
        workgroupBarrier();
    }

    var sums = array<mat4x4<f32>, 4>(first_lower, first_upper, last_lower, last_upper);
    let out_plane = dims.out_height * dims.out_width;
    for (var i = 0u; i < 8u; i++) {
        let p = first_pixel + from_pixel + i;
        if (p < pixels) {
            let out = pixel(p, rows, columns).out;
            for (var j = 0u; j < 8u; j++) {
                let o = (first_eight + from_eight) * 8u + j;
                if (o < dims.outputs) {
                    var v = sums[i / 4u * 2u + j / 4u][i % 4u][j % 4u];
                    if (dims.has_bias == 1u) {
                        v += bias[o];
                    }
                    y[out + o * out_plane] = activate(dims.act, v);
                }
            }
        }
    }
}
