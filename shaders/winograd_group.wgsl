// The product of winograd_product.wgsl, m[f] = u[f] · v[f], with workgroup memory: what a workgroup's invocations share is read once. For GPUs
// that are no emulations: there barriers are dear, and workgroup memory is no nearer than any other.
//
// The layouts are those of winograd_product.wgsl. A workgroup computes 64 output channels of 64 squares, slice by slice of 8 input channels; an
// invocation 8 by 8 of them, in fours that lie 32 apart, so that neighbours read neighbouring workgroup memory.
//
// Grid: 64s of squares in x, of output channels in y, frequencies in z.
@group(0) @binding(0) var<storage, read> u: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> v: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> m: array<vec4<f32>>;

struct Dims {
    row_length: u32,
    inputs: u32,
    outputs: u32, // rounded up
    first: u32, // frequency of this dispatch
    last: u32,  // of all frequencies: it holds one value for each sample
    samples: u32,
}
@group(0) @binding(3) var<uniform> dims: Dims;

// A slice: [8 input channels][64 output channels or squares].
var<workgroup> kernels: array<vec4<f32>, 128>;
var<workgroup> squares: array<vec4<f32>, 128>;

// outer is the products of four output channels and four squares.
fn outer(a: vec4<f32>, b: vec4<f32>) -> mat4x4<f32> {
    return mat4x4<f32>(a.x * b, a.y * b, a.z * b, a.w * b);
}

// store writes the sums of four output channels and four squares.
fn store(frequency: u32, output: u32, square: u32, sums: mat4x4<f32>) {
    let row = dims.row_length / 4u;
    if (output >= dims.outputs || square >= row) {
        return;
    }
    let at = (frequency * dims.outputs + output) * row + square;
    m[at] = sums[0];
    m[at + row] = sums[1];
    m[at + 2u * row] = sums[2];
    m[at + 3u * row] = sums[3];
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let row = dims.row_length / 4u;
    let frequency = dims.first + group.z;
    if (frequency == dims.last && group.x * 64u >= dims.samples) {
        return;
    }
    // sumsKS is the Kth four of channels and the Sth four of squares.
    var sums00 = mat4x4<f32>();
    var sums01 = mat4x4<f32>();
    var sums10 = mat4x4<f32>();
    var sums11 = mat4x4<f32>();
    for (var slice = 0u; slice < dims.inputs; slice += 8u) {
        for (var i = lane; i < 128u; i += 64u) {
            let c = slice + i / 16u;
            let output = group.y * 64u + i % 16u * 4u;
            let square = group.x * 16u + i % 16u;
            var k = vec4<f32>(0.0);
            var s = vec4<f32>(0.0);
            if (c < dims.inputs && output < dims.outputs) {
                k = u[(frequency * dims.outputs + output / 16u * 16u) / 4u * dims.inputs + c * 4u + output % 16u / 4u];
            }
            if (c < dims.inputs && square < row) {
                s = v[(frequency * dims.inputs + c) * row + square];
            }
            kernels[i] = k;
            squares[i] = s;
        }
        workgroupBarrier();
        for (var i = 0u; i < 128u; i += 16u) {
            let k0 = kernels[i + lane / 8u];
            let k1 = kernels[i + lane / 8u + 8u];
            let s0 = squares[i + lane % 8u];
            let s1 = squares[i + lane % 8u + 8u];
            sums00 += outer(k0, s0);
            sums01 += outer(k0, s1);
            sums10 += outer(k1, s0);
            sums11 += outer(k1, s1);
        }
        workgroupBarrier();
    }
    let output = group.y * 64u + lane / 8u * 4u;
    let square = group.x * 16u + lane % 8u;
    store(frequency, output, square, sums00);
    store(frequency, output, square + 8u, sums01);
    store(frequency, output + 32u, square, sums10);
    store(frequency, output + 32u, square + 8u, sums11);
}
