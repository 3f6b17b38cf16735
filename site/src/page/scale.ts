// Enlarging small pictures for the screen. A 64-pixel face at the size of a hand shows diamonds under a browser's bilinear
// filter and tiles without one; a sharper filter than this one doubles every halo that a network leaves. Browsers differ in
// theirs, and a download should be what was seen, so the page brings its own.

/** The cubic filter of Mitchell and Netravali (1988) with B = C = 1/3, which reaches two pixels either way. */
function mitchell(x: number): number {
  const d = Math.abs(x);
  if (d < 1) return (7 * d ** 3 - 12 * d ** 2 + 16 / 3) / 6;
  if (d < 2) return ((-7 / 3) * d ** 3 + 12 * d ** 2 - 20 * d + 32 / 3) / 6;
  return 0;
}

/** Filters rows of `width` RGB pixels to rows `factor` times as long, and writes them as columns, so that twice is both axes. */
function stretch(source: Float32Array, width: number, height: number, factor: number): Float32Array {
  const long = width * factor;
  const target = new Float32Array(long * height * 3);
  const at = new Int32Array(4);
  const weight = new Float32Array(4);
  for (let x = 0; x < long; x++) {
    const centre = (x + 0.5) / factor - 0.5;
    const first = Math.floor(centre) - 1;
    for (let k = 0; k < 4; k++) {
      at[k] = Math.min(Math.max(first + k, 0), width - 1) * 3;
      weight[k] = mitchell(first + k - centre);
    }
    for (let y = 0; y < height; y++) {
      const row = y * width * 3;
      const to = (x * height + y) * 3;
      for (let c = 0; c < 3; c++) {
        target[to + c] =
          weight[0]! * source[row + at[0]! + c]! + weight[1]! * source[row + at[1]! + c]! +
          weight[2]! * source[row + at[2]! + c]! + weight[3]! * source[row + at[3]! + c]!;
      }
    }
  }
  return target;
}

/** The picture `factor` times as large in both directions, opaque. */
export function enlarge(pixels: ImageData, factor: number): ImageData {
  const { width, height, data } = pixels;
  const rgb = new Float32Array(width * height * 3);
  for (let i = 0, j = 0; i < data.length; i += 4, j += 3) {
    for (let c = 0; c < 3; c++) rgb[j + c] = data[i + c]!;
  }
  const tall = stretch(rgb, width, height, factor);
  const full = stretch(tall, height, width * factor, factor);
  const result = new ImageData(width * factor, height * factor);
  for (let i = 0, j = 0; i < result.data.length; i += 4, j += 3) {
    for (let c = 0; c < 3; c++) result.data[i + c] = full[j + c]!;
    result.data[i + 3] = 255;
  }
  return result;
}
