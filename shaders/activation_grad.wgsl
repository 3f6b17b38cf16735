// dx = dy · act'(x), by dims.act (shaders.Act). at is act(x), which tells the slope without x; for abs, whose result does not, it is x.
//
// Grid: one invocation per element, in rows of dims.row.
@group(0) @binding(0) var<storage, read> at: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;

struct Dims {
    count: u32, // elements
    row: u32,   // invocations per grid row
    act: u32,
}
@group(0) @binding(3) var<uniform> dims: Dims;

const SELU_ALPHA: f32 = 1.6732632423543772;
const SELU_SCALE: f32 = 1.0507009873554805;

fn slope(y: f32) -> f32 {
    switch (dims.act) {
        case 1u: { // relu
            return select(0.0, 1.0, y > 0.0);
        }
        case 2u: { // leaky relu
            return select(0.2, 1.0, y > 0.0);
        }
        case 3u: { // selu
            return select(y + SELU_SCALE * SELU_ALPHA, SELU_SCALE, y > 0.0);
        }
        case 4u: { // tanh
            return 1.0 - y * y;
        }
        case 5u: { // softplus: 1 − exp(−y), by its series where that would cancel
            let small = y * (1.0 - y * (0.5 - y * (0.16666667 - y * 0.041666667)));
            return select(1.0 - exp(-min(y, 40.0)), small, y < 0.1);
        }
        case 6u: { // abs
            return sign(y);
        }
        case 7u: { // exp, flat where activation.wgsl clamps
            return select(0.0, y, y < 5.5e34);
        }
        default: {
            return 1.0;
        }
    }
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let i = id.y * dims.row + id.x;
    if (i >= dims.count) {
        return;
    }
    dx[i] = dy[i] * slope(at[i]);
}
