// The second step of a 3x3 convolution by Winograd's minimal filtering: for each frequency, the matrix product of kernels and patches,
// m[f] = u[f] · v[f]. Almost all the work of the convolution is here.
//
// u is [frequencies, O/16, I, 16] (output channels are rounded up to sixteens by zeros), v is [frequencies, I, dims.row_length], m is
// [frequencies, O rounded up to sixteens, dims.row_length]. Rows are a multiple of 4 squares; what is beyond the last square does not count.
//
// An invocation computes 16 output channels of 4 squares: 5 loads for 16 multiply-adds of vec4. All of a workgroup have the same channels, so
// that they read the same kernels.
//
// Grid: workgroups of 256 squares in x, tiles of 16 channels in y, frequencies in z.
@group(0) @binding(0) var<storage, read> u: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> v: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> m: array<vec4<f32>>;

struct Dims {
    row_length: u32,
    inputs: u32,
    tiles: u32, // of 16 output channels
    first: u32, // frequency of this dispatch
    last: u32,  // of all frequencies: it holds one value for each sample
    samples: u32,
}
@group(0) @binding(3) var<uniform> dims: Dims;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let row = dims.row_length / 4u;
    let square = group.x * 64u + lane; // its four
    let frequency = dims.first + group.z;
    if (square >= row || (frequency == dims.last && square * 4u >= dims.samples)) {
        return;
    }
    var s0 = vec4<f32>(0.0);
    var s1 = s0;
    var s2 = s0;
    var s3 = s0;
    var s4 = s0;
    var s5 = s0;
    var s6 = s0;
    var s7 = s0;
    var s8 = s0;
    var s9 = s0;
    var s10 = s0;
    var s11 = s0;
    var s12 = s0;
    var s13 = s0;
    var s14 = s0;
    var s15 = s0;
    var kernels = (frequency * dims.tiles + group.y) * dims.inputs * 4u;
    var at = frequency * dims.inputs * row + square;
    for (var c = 0u; c < dims.inputs; c++) {
        let values = v[at];
        let a = u[kernels];
        let b = u[kernels + 1u];
        let d = u[kernels + 2u];
        let e = u[kernels + 3u];
        s0 += a.x * values;
        s1 += a.y * values;
        s2 += a.z * values;
        s3 += a.w * values;
        s4 += b.x * values;
        s5 += b.y * values;
        s6 += b.z * values;
        s7 += b.w * values;
        s8 += d.x * values;
        s9 += d.y * values;
        s10 += d.z * values;
        s11 += d.w * values;
        s12 += e.x * values;
        s13 += e.y * values;
        s14 += e.z * values;
        s15 += e.w * values;
        kernels += 4u;
        at += row;
    }
    let to = (frequency * dims.tiles + group.y) * 16u * row + square;
    m[to] = s0;
    m[to + row] = s1;
    m[to + 2u * row] = s2;
    m[to + 3u * row] = s3;
    m[to + 4u * row] = s4;
    m[to + 5u * row] = s5;
    m[to + 6u * row] = s6;
    m[to + 7u * row] = s7;
    m[to + 8u * row] = s8;
    m[to + 9u * row] = s9;
    m[to + 10u * row] = s10;
    m[to + 11u * row] = s11;
    m[to + 12u * row] = s12;
    m[to + 13u * row] = s13;
    m[to + 14u * row] = s14;
    m[to + 15u * row] = s15;
}
