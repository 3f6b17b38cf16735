// Merges each 64 parts made by moments.wgsl, by a convolution, or by this kernel, into one (Chan, Golub and LeVeque 1979), and at the last level turns the one
// that is left into what the op needs:
//
//   form 0  a part again: [n, mean, sum of squared distances]
//   form 1  the mean: GlobalAveragePool, ReduceMean
//   form 2  [mean, 1 / sqrt(variance + eps)], variance biased: InstanceNorm
//   form 3  [mean, 1 / (deviation + eps)], deviation unbiased: LayerNorm
//
// parts are [instances, dims.parts, 3]; y is [instances, dims.merged, 3, 1 or 2].
//
// Grid: one invocation per merged part, in rows of dims.row.
@group(0) @binding(0) var<storage, read> parts: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;

struct Dims {
    count: u32,  // merged parts of all instances
    row: u32,    // invocations per grid row
    parts: u32,  // of an instance
    merged: u32, // of an instance: parts / 64, rounded up; 1 unless form is 0
    form: u32,
    eps: f32,
}
@group(0) @binding(2) var<uniform> dims: Dims;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let i = id.y * dims.row + id.x;
    if (i >= dims.count) {
        return;
    }
    let instance = i / dims.merged * dims.parts;
    var n = 0.0;
    var mean = 0.0;
    var squares = 0.0;
    for (var k = i % dims.merged; k < dims.parts; k += dims.merged) {
        let part = (instance + k) * 3u;
        let more = parts[part];
        let d = parts[part + 1u] - mean;
        let share = more / max(n + more, 1.0); // parts may be of nothing
        squares += parts[part + 2u] + d * d * n * share;
        mean += d * share;
        n += more;
    }
    if (dims.form == 0u) {
        y[i * 3u] = n;
        y[i * 3u + 1u] = mean;
        y[i * 3u + 2u] = squares;
    } else if (dims.form == 1u) {
        y[i] = mean;
    } else {
        // A single element has no deviation (n − 1 would be 0). The tiny bound is for eps 0 and a constant input.
        var deviation = sqrt(squares / max(n - 1.0, 1.0)) + dims.eps;
        if (dims.form == 2u) {
            deviation = sqrt(squares / n + dims.eps);
        }
        y[i * 2u] = mean;
        y[i * 2u + 1u] = 1.0 / max(deviation, 1e-18);
    }
}
