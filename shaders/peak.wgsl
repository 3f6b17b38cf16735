// What a device can multiply and add at best: chains of a = a * factor + addend in registers, which no memory slows down. Benchmarks hold the
// rate of other kernels against it.
//
// factor and addend come from the dims, so that no compiler can shorten a chain. With both 1 every step adds 1, exactly, as long as the sum
// that is stored stays below 2^24: a device that skips steps is found out.
//
// The multiplication and the addition are written as in conv.wgsl, not as fma(), so that a driver joins them here if it does so there.
//
// Grid: one invocation per element of y, 64 a workgroup, in one line. Each takes 4 steps a round (PeakSteps) in 3 independent chains of vec4 (PeakChains).
@group(0) @binding(0) var<storage, read_write> y: array<f32>;

struct Dims {
    rounds: u32,
    factor: f32,
    addend: f32,
}
@group(0) @binding(1) var<uniform> dims: Dims;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let m = dims.factor;
    let c = vec4<f32>(dims.addend);
    var a0 = vec4<f32>(0.0);
    var a1 = vec4<f32>(1.0);
    var a2 = vec4<f32>(2.0);
    for (var i = 0u; i < dims.rounds; i++) {
        a0 = a0 * m + c;
        a1 = a1 * m + c;
        a2 = a2 * m + c;

        a0 = a0 * m + c;
        a1 = a1 * m + c;
        a2 = a2 * m + c;

        a0 = a0 * m + c;
        a1 = a1 * m + c;
        a2 = a2 * m + c;

        a0 = a0 * m + c;
        a1 = a1 * m + c;
        a2 = a2 * m + c;
    }
    let sum = a0 + a1 + a2;
    y[id.x] = sum.x + sum.y + sum.z + sum.w;
}
