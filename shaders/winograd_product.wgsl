// The second step of a 3x3 convolution by Winograd's minimal filtering: for each frequency, the matrix product of kernels and patches,
// m[f] = u[f] · v[f]. Almost all the work of the convolution is here.
//
// u is [frequencies, O/16, I, 16] (output channels are rounded up to sixteens by zeros), v is [frequencies, I, dims.row_length], m is
// [frequencies, O rounded up to sixteens, dims.row_length]. Rows are a multiple of 8 squares; what is beyond the last square does not count.
//
// An invocation computes OUTPUTS = 8 or 16 output channels of 8 squares in registers. 8 keeps to 64 sums, which any GPU's registers hold; 16
// takes 6 loads for 32 multiply-adds of vec4 instead of 4 for 16, and on emulated GPUs loads are all that counts.
//
// Grid: invocations over eights of squares, then tiles of output channels, in x; frequencies in z.
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

// outer is the products of four output channels and four squares.
fn outer(kernels: vec4<f32>, squares: vec4<f32>) -> mat4x4<f32> {
    return mat4x4<f32>(kernels.x * squares, kernels.y * squares, kernels.z * squares, kernels.w * squares);
}

// store writes the sums of four output channels and four squares.
fn store(at: u32, row: u32, sums: mat4x4<f32>) {
    m[at] = sums[0];
    m[at + row] = sums[1];
    m[at + 2u * row] = sums[2];
    m[at + 3u * row] = sums[3];
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let row = dims.row_length / 4u;
    let eights = dims.row_length / 8u;
    let square = id.x % eights * 2u; // of a row, in fours
    let output = id.x / eights * OUTPUTS;
    let frequency = dims.first + id.z;
    if (output >= dims.outputs || (frequency == dims.last && square * 4u >= dims.samples)) {
        return;
    }
    // sumsKS is the Kth four of channels and the Sth four of squares.
    var sums00 = mat4x4<f32>();
    var sums01 = mat4x4<f32>();
    var sums10 = mat4x4<f32>();
    var sums11 = mat4x4<f32>();
    var sums20 = mat4x4<f32>();
    var sums21 = mat4x4<f32>();
    var sums30 = mat4x4<f32>();
    var sums31 = mat4x4<f32>();
    var k = (frequency * dims.outputs + output / 16u * 16u) / 4u * dims.inputs + output % 16u / 4u;
    var at = frequency * dims.inputs * row + square;
    for (var c = 0u; c < dims.inputs; c++) {
        let squares0 = v[at];
        let squares1 = v[at + 1u];
        let kernels0 = u[k];
        let kernels1 = u[k + 1u];
        sums00 += outer(kernels0, squares0);
        sums01 += outer(kernels0, squares1);
        sums10 += outer(kernels1, squares0);
        sums11 += outer(kernels1, squares1);
        if (OUTPUTS == 16u) {
            let kernels2 = u[k + 2u];
            let kernels3 = u[k + 3u];
            sums20 += outer(kernels2, squares0);
            sums21 += outer(kernels2, squares1);
            sums30 += outer(kernels3, squares0);
            sums31 += outer(kernels3, squares1);
        }
        k += 4u;
        at += row;
    }
    let first = (frequency * dims.outputs + output) * row + square;
    store(first, row, sums00);
    store(first + 1u, row, sums01);
    store(first + 4u * row, row, sums10);
    store(first + 4u * row + 1u, row, sums11);
    if (OUTPUTS == 16u) {
        store(first + 8u * row, row, sums20);
        store(first + 8u * row + 1u, row, sums21);
        store(first + 12u * row, row, sums30);
        store(first + 12u * row + 1u, row, sums31);
    }
}
