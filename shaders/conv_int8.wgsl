// The convolution of conv_window.wgsl, of which this is the second half, in int8: four input channels are multiplied and summed in one instruction
// where the device has one (dots_packed.wgsl) and by arithmetic elsewhere (dots_unpacked.wgsl), and take the memory of one. Sums are exact in 32 bits; what is lost is the rounding of x and of the weights.
//
// x is what quantise.wgsl makes: [N, ceil(I/4), H, W] of four channels each, then the largest magnitude of each sample, which stands for 127.
// weights are [O/8, kernel, kernel, ceil(I/4), 8] of four channels each, then the value of one step for each output channel. dims.inputs counts
// fours of channels. An invocation computes 8 output channels of 4 output pixels, which lie 16 apart.
//
// Grid: as of conv.wgsl with PIXELS 4, CHANNELS 8 and LANES 16.
@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read> weights: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let rows = dims.row_lines[0];
    let columns = dims.column_lines[0];
    let tile = (dims.first_tile + group.z) * 4u + lane / 16u;
    let pixels = dims.samples * rows.count * columns.count;
    let p = (dims.first_line + group.y * dims.row + group.x) * 64u + lane % 16u;
    if (p >= pixels || tile * 8u >= dims.outputs) {
        return;
    }
    var window: array<Pixel, 4>;
    for (var i = 0u; i < 4u; i++) {
        window[i] = pixel(min(p + i * 16u, pixels - 1u), rows, columns); // those beyond the end are computed like the last, but not stored
    }
    let plane = dims.height * dims.width;
    let taps = dims.kernel * dims.kernel;

    // lowerN and upperN are output channels 0..3 and 4..7 of pixel N.
    var lower0 = vec4<i32>(0);
    var lower1 = vec4<i32>(0);
    var lower2 = vec4<i32>(0);
    var lower3 = vec4<i32>(0);
    var upper0 = vec4<i32>(0);
    var upper1 = vec4<i32>(0);
    var upper2 = vec4<i32>(0);
    var upper3 = vec4<i32>(0);
    var w = tile * taps * dims.inputs * 2u;
    for (var tap = 0u; tap < taps; tap++) {
        var at: array<u32, 4>;
        var inside: array<u32, 4>; // all bits where there is no zero padding
        for (var i = 0u; i < 4u; i++) {
            let s = source(window[i], tap / dims.kernel, tap % dims.kernel);
            at[i] = s.index;
            inside[i] = select(0u, 0xffffffffu, s.inside);
        }
        var indices = vec4<u32>(at[0], at[1], at[2], at[3]);
        let mask = vec4<u32>(inside[0], inside[1], inside[2], inside[3]);
        for (var c = 0u; c < dims.inputs; c++) {
            let lower = weights[w];
            let upper = weights[w + 1u];
            let seen = vec4<u32>(x[indices.x], x[indices.y], x[indices.z], x[indices.w]) & mask;
            lower0 += dots(lower, seen.x);
            upper0 += dots(upper, seen.x);
            lower1 += dots(lower, seen.y);
            upper1 += dots(upper, seen.y);
            lower2 += dots(lower, seen.z);
            upper2 += dots(upper, seen.z);
            lower3 += dots(lower, seen.w);
            upper3 += dots(upper, seen.w);
            indices += vec4<u32>(plane);
            w += 2u;
        }
    }

    var sums = array<vec4<i32>, 8>(lower0, upper0, lower1, upper1, lower2, upper2, lower3, upper3);
    let steps = (dims.outputs + 7u) / 8u * taps * dims.inputs * 2u + tile * 2u; // of the weights
    let scales = dims.samples * dims.inputs * plane; // of x
    let out_plane = dims.out_height * dims.out_width;
    for (var j = 0u; j < 32u; j++) {
        let i = j / 8u;
        let o = tile * 8u + j % 8u;
        if (o < dims.outputs && p + i * 16u < pixels) {
            let sample = (p + i * 16u) / (rows.count * columns.count);
            let step = bitcast<f32>(weights[steps + j % 8u / 4u][j % 4u]) * bitcast<f32>(x[scales + sample]) / 127.0;
            var v = f32(sums[j / 4u][j % 4u]) * step;
            if (dims.has_bias == 1u) {
                v += bias[o];
            }
            y[window[i].out + o * out_plane] = activate(dims.act, v);
        }
    }
}
