// What conv_int8.wgsl multiplies with where the GPU has no instruction for it: exact, and slower than floats.

// byte gives signed byte i of each word.
fn byte(words: vec4<u32>, i: u32) -> vec4<i32> {
    return bitcast<vec4<i32>>(words << vec4<u32>(24u - 8u * i)) >> vec4<u32>(24u);
}

// dots gives the dot products of four channels of a pixel, signed bytes from the lowest on, with those of four output channels.
fn dots(channels: vec4<u32>, pixel: u32) -> vec4<i32> {
    let seen = vec4<u32>(pixel);
    return byte(channels, 0u) * byte(seen, 0u) + byte(channels, 1u) * byte(seen, 1u)
        + byte(channels, 2u) * byte(seen, 2u) + byte(channels, 3u) * byte(seen, 3u);
}
