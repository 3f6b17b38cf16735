// One step of Adam (Kingma and Ba 2015) with L2 weight decay added to the gradient, in place; runtime/graph/adam.go states it.
//
// Grid: one invocation per element, in rows of dims.row.
@group(0) @binding(0) var<storage, read> gradient: array<f32>;
@group(0) @binding(1) var<storage, read_write> weight: array<f32>;
@group(0) @binding(2) var<storage, read_write> mean: array<f32>;
@group(0) @binding(3) var<storage, read_write> variance: array<f32>;

struct Dims {
    count: u32, // elements
    row: u32,   // invocations per grid row
    beta1: f32,
    fresh1: f32, // 1 − beta1
    beta2: f32,
    fresh2: f32, // 1 − beta2
    eps: f32,
    decay: f32,
    rate: f32, // with the bias correction of mean
    root: f32, // the bias correction of the variance's root
}
@group(0) @binding(4) var<uniform> dims: Dims;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let i = id.y * dims.row + id.x;
    if (i >= dims.count) {
        return;
    }
    let w = weight[i];
    let g = gradient[i] + dims.decay * w;
    let m = dims.beta1 * mean[i] + dims.fresh1 * g;
    let v = dims.beta2 * variance[i] + dims.fresh2 * (g * g);
    mean[i] = m;
    variance[i] = v;
    weight[i] = w - dims.rate * m / (dims.root * sqrt(v) + dims.eps);
}
