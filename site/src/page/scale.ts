// Enlarging small pictures for the screen. A 64-pixel face at the size of a hand is a blur under a browser's bilinear filter
// and a mosaic without one; Lanczos with its halos held in is neither.

const RADIUS = 3;

function lanczos(x: number): number {
  if (x === 0) return 1;
  if (Math.abs(x) >= RADIUS) return 0;
  const p = Math.PI * x;
  return (RADIUS * Math.sin(p) * Math.sin(p / RADIUS)) / (p * p);
}

interface Tap {
  from: number;
  weights: Float32Array;
}

function taps(length: number, factor: number): Tap[] {
  return Array.from({ length: length * factor }, (_, i) => {
    const centre = (i + 0.5) / factor - 0.5;
    const from = Math.floor(centre) - RADIUS + 1;
    const weights = Float32Array.from({ length: 2 * RADIUS }, (_, k) => lanczos(from + k - centre));
    const sum = weights.reduce((a, b) => a + b, 0);
    return { from, weights: weights.map((w) => w / sum) };
  });
}

/** How much of the overshoot beyond the two nearest pixels is taken away. */
const HELD = 0.85;

/** Filters rows of `width` RGB pixels to rows `factor` times as long, and writes them as columns, so that twice is both axes. */
function stretch(source: Float32Array, width: number, height: number, factor: number): Float32Array {
  const target = new Float32Array(width * factor * height * 3);
  const clamp = (x: number) => Math.min(Math.max(x, 0), width - 1);
  taps(width, factor).forEach(({ from, weights }, x) => {
    const left = clamp(from + RADIUS - 1);
    const right = clamp(from + RADIUS);
    for (let y = 0; y < height; y++) {
      const row = y * width;
      for (let c = 0; c < 3; c++) {
        let sum = 0;
        for (let k = 0; k < weights.length; k++) sum += weights[k]! * source[(row + clamp(from + k)) * 3 + c]!;
        const a = source[(row + left) * 3 + c]!;
        const b = source[(row + right) * 3 + c]!;
        const near = Math.min(Math.max(sum, Math.min(a, b)), Math.max(a, b));
        target[(x * height + y) * 3 + c] = sum + HELD * (near - sum);
      }
    }
  });
  return target;
}

/** The picture `factor` times as large in both directions, opaque. */
export function enlarge(pixels: ImageData, factor: number): ImageData {
  const { width, height, data } = pixels;
  const rgb = new Float32Array(width * height * 3);
  for (let i = 0, j = 0; i < data.length; i += 4, j += 3) rgb.set(data.subarray(i, i + 3), j);
  const tall = stretch(rgb, width, height, factor);
  const full = stretch(tall, height, width * factor, factor);
  const result = new ImageData(width * factor, height * factor);
  for (let i = 0, j = 0; i < result.data.length; i += 4, j += 3) {
    result.data[i] = full[j]!;
    result.data[i + 1] = full[j + 1]!;
    result.data[i + 2] = full[j + 2]!;
    result.data[i + 3] = 255;
  }
  return result;
}
