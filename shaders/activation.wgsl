// The activations, by number (shaders.Act). Shared by the kernels that end in one.
// Arguments of exp and tanh are clamped: beyond, drivers may overflow to Inf and NaN, and the result no longer changes anyway.
const SELU_ALPHA: f32 = 1.6732632423543772;
const SELU_SCALE: f32 = 1.0507009873554805;

fn activate(act: u32, x: f32) -> f32 {
    if (act == 1u) { // relu
        return max(x, 0.0);
    }
    if (act == 2u) { // leaky relu
        return select(0.2 * x, x, x > 0.0);
    }
    if (act == 3u) { // selu
        return SELU_SCALE * select(SELU_ALPHA * (exp(clamp(x, -40.0, 0.0)) - 1.0), x, x > 0.0);
    }
    if (act == 4u) { // tanh, exactly ±1 from ±10 on
        return tanh(clamp(x, -10.0, 10.0));
    }
    if (act == 5u) { // softplus
        return max(x, 0.0) + log(1.0 + exp(-min(abs(x), 40.0)));
    }
    if (act == 6u) { // abs
        return abs(x);
    }
    if (act == 7u) { // exp
        return exp(clamp(x, -87.0, 80.0));
    }
    return x;
}
