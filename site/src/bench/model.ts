// Models to measure with. Weights decide nothing about speed, so they are made here and nobody downloads them.

/** What is measured: a picture of size × size pixels, and a network whose first convolution has dim channels. */
export interface Network {
  size: number;
  dim: number;
}

/** By the side of their pictures: the largest is the paper's, the smallest shows at once that all works. */
export const NETWORKS: Network[] = [
  { size: 16, dim: 8 },
  { size: 64, dim: 32 },
  { size: 256, dim: 64 },
];

const STYLE_DIM = 8;
const N_DOWNSAMPLE = 2;
const N_RES = 4;

/** A model file (safetensors, docs/architecture.md) that translates a to b. */
export function makeModel({ dim }: Network): Blob {
  const config = {
    gen: { dim, mlp_dim: 4 * dim, style_dim: STYLE_DIM, activ: "relu", n_downsample: N_DOWNSAMPLE, n_res: N_RES, pad_type: "reflect" },
    dis: { dim: 0, norm: "", activ: "", n_layer: 0, gan_type: "", num_scales: 0, pad_type: "" },
    input_dim_a: 3, input_dim_b: 3, new_size: 0, crop_image_height: 0, crop_image_width: 0,
  };
  const header: Record<string, unknown> = {
    __metadata__: {
      format: "munit", version: "1", config: JSON.stringify(config), domain_a: "noise", domain_b: "noise", dtype: "f32",
      license: "none", source: "random weights, for measuring",
    },
  };
  const data: BlobPart[] = [];
  const random = uniform(dim);
  let end = 0;
  for (const [name, shape] of tensors(dim)) {
    const values = weights(name, shape, random);
    header[name] = { dtype: "F32", shape, data_offsets: [end, (end += values.byteLength)] };
    data.push(values);
  }
  const text = JSON.stringify(header);
  const head = new TextEncoder().encode(text.padEnd(Math.ceil(text.length / 8) * 8));
  const length = new BigUint64Array([BigInt(head.length)]); // little-endian, as every browser is
  return new Blob([length, head, ...data]);
}

/** The tensors of content encoder a, and of MLP and decoder b, under NVlabs' names. */
function tensors(dim: number): [string, number[]][] {
  const list: [string, number[]][] = [];
  const residual = (base: string, width: number) => {
    for (let r = 0; r < N_RES; r++) {
      for (const j of [0, 1]) list.push([`${base}.${r}.model.${j}.conv.weight`, [width, width, 3, 3]]);
    }
  };
  const biased = (name: string, shape: number[]) => list.push([`${name}.weight`, shape], [`${name}.bias`, shape.slice(0, 1)]);

  const encoder = "gen_a.enc_content.model";
  let width = dim;
  list.push([`${encoder}.0.conv.weight`, [width, 3, 7, 7]]);
  for (let i = 1; i <= N_DOWNSAMPLE; i++, width *= 2) list.push([`${encoder}.${i}.conv.weight`, [2 * width, width, 4, 4]]);
  residual(`${encoder}.${N_DOWNSAMPLE + 1}.model`, width);

  const adain = N_RES * 2 * 2 * width;
  [[4 * dim, STYLE_DIM], [4 * dim, 4 * dim], [adain, 4 * dim]].forEach((shape, i) => biased(`gen_b.mlp.model.${i}.fc`, shape));

  residual("gen_b.dec.model.0.model", width);
  for (let u = 0; u < N_DOWNSAMPLE; u++) {
    const block = `gen_b.dec.model.${2 * u + 2}`;
    biased(`${block}.conv`, [width / 2, width, 5, 5]);
    width /= 2;
    list.push([`${block}.norm.gamma`, [width]], [`${block}.norm.beta`, [width]]);
  }
  biased(`gen_b.dec.model.${2 * N_DOWNSAMPLE + 1}.conv`, [3, width, 7, 7]);
  return list;
}

/** Values that keep activations at the same scale from layer to layer. */
function weights(name: string, shape: number[], random: () => number): Float32Array<ArrayBuffer> {
  const count = shape.reduce((a, b) => a * b);
  const scale = shape.length > 1 ? Math.sqrt(6 / (count / shape[0]!)) : 0.1;
  const values = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    const u = 2 * random() - 1;
    values[i] = name.endsWith("gamma") ? (u + 1) / 2 : u * scale;
  }
  return values;
}

/** Numbers in [0, 1), the same ones for the same seed (mulberry32). */
export function uniform(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Noise, and opaque. */
export function makePicture({ size }: Network): ImageData {
  const random = uniform(size);
  const picture = new ImageData(size, size);
  for (let i = 0; i < picture.data.length; i++) picture.data[i] = i % 4 === 3 ? 255 : Math.floor(256 * random());
  return picture;
}
