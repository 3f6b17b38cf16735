// The worker: fetches the model and the Go runtime at the same time, then answers the page's requests one by one.

import { fetchModel } from "./cache";
import { MunitError, failure } from "./error";
import { compile, startGo, type Program } from "./go";
import { beHand, type Hire } from "./hand";
import { Hands } from "./hands";
import { loadTuning, saveTuning } from "./tuning";
import type { Answer, Args, Cancel, Encoded, Method, PictureOptions, Pixels, Request, StartOptions, Value } from "./protocol";
import type { Device, DeviceInfo, Info, Memory, ModelInfo, Progress, Style } from "./types";

/** What wasm/ puts onto the host object. Promises are rejected with a Failure. `call` names a call for cancel. */
interface Runtime {
  open(options: { device: Device; tune: boolean }): Promise<void>;
  load(model: Uint8Array): Promise<ModelInfo>;
  device(): Promise<Omit<DeviceInfo, "threads"> & { reason: string }>;
  encode(pixels: Pixels["data"], options: PictureOptions & { call: number; width: number; height: number }): Promise<Encoded>;
  decode(styles: Uint8Array, options: { call: number; handle: number }): Promise<Pixels[]>;
  styleOf(pixels: Pixels["data"], options: PictureOptions & { call: number; width: number; height: number }): Promise<Uint8Array<ArrayBuffer>>;
  free(handle: number): Promise<void>;
  memory(): Promise<Omit<Memory, "wasm">>;
  cancel(call: number): void;
  loseDevice(): boolean;
}

const scope = globalThis as unknown as {
  postMessage(message: Answer, transfer?: Transferable[]): void;
  onmessage: (event: MessageEvent<Request | Cancel | { hire: Hire }>) => void;
};

let program: Program<Runtime>;
let runtime: Runtime;
let info: Info;
let askedFor: Device = "auto";
let module: WebAssembly.Module;
const hands = new Hands();

async function start(options: StartOptions): Promise<Info> {
  askedFor = options.device;
  const report = (progress: Progress) => scope.postMessage({ progress });
  scope.postMessage({ alive: true });
  const starting = later(opened(options));
  const file = await fetchModel(options.model, options.sha256, options.timeout, report);
  runtime = await starting;
  report({ stage: "start", loaded: file.bytes.length, total: file.bytes.length });
  const loading = later(runtime.load(file.bytes));
  await file.verified; // which explains a wrong file better than what the runtime may say
  const model = await loading;
  void file.keep(); // nobody waits for it
  info = await describe(model);
  if (info.device.kind === "cpu") hands.start(options.threads - 1, options.worker, { module, model: file.bytes }, noteDevice);
  report({ stage: "ready", loaded: file.bytes.length, total: file.bytes.length });
  return info;
}

/** Starts the runtime, which opens the device while the model is still on its way. */
async function opened({ wasm, device, tune, timeout }: StartOptions): Promise<Runtime> {
  module = await compile(wasm, timeout);
  program = await startGo<Runtime>(module, { loadTuning, saveTuning, deviceChanged: noteDevice, ...hands.imports }, (dead) => scope.postMessage({ dead }));
  hands.memory = program.memory;
  await program.exports.open({ device, tune });
  return program.exports;
}

/** A promise that is awaited later, unless something else fails before. */
function later<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}

async function describe(model: ModelInfo): Promise<Info> {
  const { reason, ...device } = await runtime.device();
  return { model, device: { ...device, threads: 1 + hands.size }, reason: askedFor === "auto" && device.kind === "cpu" ? whyCPU(reason) : "" };
}

/** What the runtime cannot know of the page makes a better reason than its own. */
function whyCPU(reason: string): string {
  if (!globalThis.isSecureContext) return "WebGPU needs a page served over https, or from localhost.";
  if (!("gpu" in navigator)) return "This browser has no WebGPU.";
  return `${reason[0]?.toUpperCase()}${reason.slice(1)}.`;
}

/** The requests that are waiting or running: what is not here any more was cancelled. */
const open = new Set<number>();
const methods: { [M in Method]: (call: number, ...args: Args<M>) => Promise<Value<M>> | Value<M> } = {
  start: (_call, options) => start(options),
  encode: (call, { data, width, height }, options) => runtime.encode(data, { ...options, call, width, height }),
  decode: (call, handle, styles) => runtime.decode(bytesOf(styles), { call, handle }),
  styleOf: async (call, { data, width, height }, options) => {
    const bytes = await runtime.styleOf(data, { ...options, call, width, height });
    return new Float32Array(bytes.buffer);
  },
  free: (_call, handle) => runtime.free(handle),
  memory: async () => ({ wasm: program.memory.buffer.byteLength + hands.bytes, ...(await runtime.memory()) }),
  loseDevice: () => {
    if (!runtime.loseDevice()) throw new MunitError("no-webgpu", "There is no GPU device to lose.");
  },
};

/** The values of all styles, one after the other. */
function bytesOf(styles: Style[]): Uint8Array {
  const size = styles[0]?.length ?? 0;
  const all = new Float32Array(styles.length * size);
  styles.forEach((style, i) => all.set(style, i * size));
  return new Uint8Array(all.buffer);
}

async function answer(request: Request): Promise<void> {
  const { id, method } = request;
  try {
    if (!open.has(id)) return; // the page has forgotten it too
    hands.settle();
    const run = methods[method] as (call: number, ...args: unknown[]) => unknown;
    const value = await run(id, ...request.args);
    if (!open.has(id) && method === "encode") {
      await runtime.free((value as Encoded).handle);
      return;
    }
    scope.postMessage({ id, value }, method === "decode" ? (value as Pixels[]).map(({ data }) => data.buffer) : []);
  } catch (e) {
    const why = failure(e);
    if (why.code === "internal") await new Promise((r) => setTimeout(r)); // if the runtime has crashed, its end says more
    scope.postMessage({ id, failure: why });
  } finally {
    open.delete(id);
  }
}

/** Tells the page when the runtime has moved to another device, has learnt something of it, or is helped by other threads. */
function noteDevice(): void {
  if (!info) return;
  describe(info.model).then((now) => {
    if (!now.device.kind) return; // between two devices; it will be told of the next
    info = now;
    scope.postMessage({ info });
  }, () => {}); // whoever asks next will hear why
}

let queue: Promise<void> = Promise.resolve();
scope.onmessage = ({ data }) => {
  if ("hire" in data) return void beHand(data.hire);
  if ("cancel" in data) {
    if (open.delete(data.cancel)) runtime?.cancel(data.cancel);
    return;
  }
  open.add(data.id);
  if (data.method === "loseDevice") void answer(data); // a loss waits for nobody
  else queue = queue.then(() => answer(data));
};

