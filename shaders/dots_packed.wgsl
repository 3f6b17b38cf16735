// What conv_int8.wgsl multiplies with, in one instruction of the GPU for each output channel (dp4a). It needs the WGSL language feature
// packed_4x8_integer_dot_product.

// dots gives the dot products of four channels of a pixel, signed bytes from the lowest on, with those of four output channels.
fn dots(channels: vec4<u32>, pixel: u32) -> vec4<i32> {
    return vec4<i32>(dot4I8Packed(channels.x, pixel), dot4I8Packed(channels.y, pixel),
        dot4I8Packed(channels.z, pixel), dot4I8Packed(channels.w, pixel));
}
