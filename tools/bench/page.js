// Runs contenders in the page when browser.go says so. All take an ImageData and give one, so that the conversions count for all.

const contenders = {
  "munit-gpu": () => munit("gpu"),
  "munit-cpu": () => munit("cpu"),
  "munit-cpu-threads": () => munit("cpu", job.threads),
  "munit-auto": () => munit("auto", null),
  "ort-webgpu": () => ort("ort.webgpu.min.mjs", "webgpu"),
  "ort-wasm": () => ort("ort.wasm.min.mjs", "wasm"),
  "ort-wasm-1": () => ort("ort.wasm.min.mjs", "wasm", 1),
};

let job; // what Go wants computed
const engines = {}; // started contenders, by name

/** Fetches the job; before start, so that no contender's time includes it. */
export async function prepare() {
  const { pixels, style, size, threads, isolated } = await (await fetch("job.json")).json();
  job = { image: new ImageData(Uint8ClampedArray.from(atob(pixels), (c) => c.charCodeAt(0)), size, size), style: style && new Float32Array(style), size, threads };
  if (crossOriginIsolated !== isolated) throw new Error(`the page is ${isolated ? "not " : ""}cross-origin isolated, which decides on the threads of WASM`);
}

/** Does all that comes before the first picture; gives the device that computes, in words. */
export async function start(name) {
  const { device, run } = await contenders[name]();
  engines[name] = { run };
  return device;
}

/** Translates once; gives seconds. */
export async function run(name) {
  const engine = engines[name];
  const began = performance.now();
  engine.output = await engine.run(job.image);
  return (performance.now() - began) / 1000;
}

/** The last picture of a contender: pixels, and values where it has them, as base64 of their bytes. */
export function output(name) {
  const { image, values } = engines[name].output;
  return { pixels: base64(image.data), values: values ? base64(new Uint8Array(values.buffer, values.byteOffset, values.byteLength)) : "" };
}

/** From nothing to the first picture; gives seconds. */
export async function coldStart(name) {
  const began = performance.now();
  const device = await start(name);
  const started = performance.now();
  const first = await run(name);
  return { device, start: (started - began) / 1000, first };
}

/** threads null: as visitors get it. */
async function munit(device, threads = 1) {
  const { load } = await import("./munit/munit.js");
  const m = await load({ model: "model.munit.safetensors", device, threads: threads ?? undefined, tune: false }); // tuning would take turns with what is timed
  for (let i = 0; device === "cpu" && threads && m.info.device.threads < threads; i++) {
    if (i === 600) throw new Error(`there are ${m.info.device.threads} of ${threads} threads`);
    await new Promise((r) => setTimeout(r, 100));
  }
  const { name, backend, software } = m.info.device;
  return {
    device: `${name}, ${backend}${software ? ", emulated by the CPU" : ""}`,
    run: async (image) => ({ image: await m.translate(image, { style: job.style ?? undefined, direction: "a2b", size: 0 }) }),
  };
}

async function ort(bundle, provider, threads = job.threads) {
  const runtime = await import(`./ort/${bundle}?threads=${threads}`); // it keeps the number of threads that it first had
  runtime.env.wasm.numThreads = threads;
  const session = await runtime.InferenceSession.create("model.onnx", { executionProviders: [provider] });
  const { size } = job;
  return {
    device: provider,
    run: async (image) => {
      const x = new runtime.Tensor("float32", planes(image), [1, 3, size, size]);
      const feeds = job.style ? { x, style: new runtime.Tensor("float32", job.style, [1, job.style.length]) } : { x };
      const { y } = await session.run(feeds);
      return { image: picture(y.data, size), values: y.data };
    },
  };
}

/** CHW in [-1, 1]. */
function planes({ data, width, height }) {
  const n = width * height;
  const values = new Float32Array(3 * n);
  for (let i = 0; i < n; i++) {
    for (let c = 0; c < 3; c++) values[c * n + i] = data[4 * i + c] / 127.5 - 1;
  }
  return values;
}

function picture(values, size) {
  const n = size * size;
  const image = new ImageData(size, size);
  for (let i = 0; i < n; i++) {
    for (let c = 0; c < 3; c++) image.data[4 * i + c] = (values[c * n + i] + 1) * 127.5; // rounds and clamps
    image.data[4 * i + 3] = 255;
  }
  return image;
}

function base64(bytes) {
  let text = "";
  for (const b of bytes) text += String.fromCharCode(b);
  return btoa(text);
}
