// The convolution of conv_window.wgsl, of which this is the second half, as implicit GEMM without shared memory.
//
// An invocation computes a tile of PIXELS x CHANNELS outputs in registers. The loop over the taps of the kernel is outermost, so that padding
// and upsampling are resolved once per tap, and the loop over input channels, where the time goes, only steps through memory: of 4 x 8 outputs,
// 4 values of x and 8 weights for 32 multiply-adds.
//
// Grid: the pixels of a pair of lines are numbered through, over all samples. A workgroup is LANES invocations wide over pixels, each of which
// takes PIXELS that lie LANES apart, so that neighbours read and write neighbouring memory, or less where there are fewer pixels in all; the rest
// of its 64 invocations are further tiles of output channels. Workgroups go over x and y in rows of dims.row; z is the workgroup's place along
// output channels and the pair of lines.
//
// The key's constants: PIXELS (4 or 8), CHANNELS (4 or 8), LANES (16, 32 or 64).
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> weights: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

// Taps is where the same tap of 4 pixels reads x.
struct Taps {
    index: vec4<u32>,
    inside: vec4<bool>,
}

fn values(t: Taps, channel: u32) -> vec4<f32> {
    let at = t.index + vec4<u32>(channel);
    return select(vec4<f32>(0.0), vec4<f32>(x[at.x], x[at.y], x[at.z], x[at.w]), t.inside);
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let pairs = dims.rows * dims.columns;
    let pair = group.z % pairs;
    let rows = dims.row_lines[pair / dims.columns];
    let columns = dims.column_lines[pair % dims.columns];
    let tile = (dims.first_tile + group.z / pairs) * (64u / LANES) + lane / LANES;

    let pixels = dims.samples * rows.count * columns.count;
    let apart = min((pixels + PIXELS - 1u) / PIXELS, LANES);
    let p = (dims.first_line + group.y * dims.row + group.x) * PIXELS * LANES + lane % LANES;
    if (lane % LANES >= apart || p >= pixels || tile * CHANNELS >= dims.outputs) {
        return;
    }
    // Small arrays and loops, where it is not the innermost: SwiftShader takes a minute to compile 8 copies of source's body.
    var window: array<Pixel, PIXELS>;
    for (var i = 0u; i < PIXELS; i++) {
        window[i] = pixel(min(p + i * apart, pixels - 1u), rows, columns); // those beyond the end are computed like the last, but not stored
    }
    let plane = dims.height * dims.width;

    // The sums of the first and the last 4 pixels, for output channels 0..3 and 4..7. What the key leaves out is never used.
    var first_lower = outer(vec4<f32>(0.0), vec4<f32>(0.0));
    var first_upper = first_lower;
    var last_lower = first_lower;
    var last_upper = first_lower;

    let taps = dims.kernel * dims.kernel;
    let eight = tile * CHANNELS / 8u;
    var w = (eight * dims.folds + rows.fold + columns.fold) * taps * dims.inputs * 2u + tile * CHANNELS % 8u / 4u;
    for (var tap = 0u; tap < taps; tap++) {
        var at: array<Source, PIXELS>;
        for (var i = 0u; i < PIXELS; i++) {
            at[i] = source(window[i], tap / dims.kernel, tap % dims.kernel);
        }
        let first = Taps(vec4<u32>(at[0].index, at[1].index, at[2].index, at[3].index),
            vec4<bool>(at[0].inside, at[1].inside, at[2].inside, at[3].inside));
        var last = first;
        if (PIXELS == 8u) {
            last = Taps(vec4<u32>(at[4u % PIXELS].index, at[5u % PIXELS].index, at[6u % PIXELS].index, at[7u % PIXELS].index),
                vec4<bool>(at[4u % PIXELS].inside, at[5u % PIXELS].inside, at[6u % PIXELS].inside, at[7u % PIXELS].inside));
        }
        var channel = 0u; // first element of the input channel
        for (var c = 0u; c < dims.inputs; c++) {
            let lower = weights[w];
            let x_first = values(first, channel);
            first_lower += outer(x_first, lower);
            if (CHANNELS == 8u) {
                let upper = weights[w + 1u];
                first_upper += outer(x_first, upper);
                if (PIXELS == 8u) {
                    last_upper += outer(values(last, channel), upper);
                }
            }
            if (PIXELS == 8u) {
                last_lower += outer(values(last, channel), lower);
            }
            channel += plane;
            w += 2u;
        }
    }

    // A loop, since compilers take seconds for dozens of copies of its body.
    var sums = array<mat4x4<f32>, 4>(first_lower, first_upper, last_lower, last_upper);
    let out_plane = dims.out_height * dims.out_width;
    for (var j = 0u; j < PIXELS * CHANNELS; j++) {
        let i = j / CHANNELS;
        let o = j % CHANNELS;
        if (tile * CHANNELS + o < dims.outputs && p + i * apart < pixels) {
            var v = sums[i / 4u * 2u + o / 4u][i % 4u][o % 4u];
            if (dims.has_bias == 1u) {
                v += bias[tile * CHANNELS + o];
            }
            y[window[i].out + (tile * CHANNELS + o) * out_plane] = activate(dims.act, v);
        }
    }
}
