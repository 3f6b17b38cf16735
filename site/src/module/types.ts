// All that the module munit.js offers, as declarations only: the builder ships this file as munit.d.ts, and index.ts
// exports the things declared here. Import from "../module/index" (values) or from here (types).

/** Where to compute. "auto" takes a real GPU if there is one, else the CPU, and `info.reason` says why. */
export type Device = "auto" | "gpu" | "cpu";

/** From the model's domain a to b, or back. */
export type Direction = "a2b" | "b2a";

/** A style code of `info.model.styleDim` values, drawn from N(0, 1) or taken from a picture. */
export type Style = Float32Array;

/**
 * Anything with pixels. A Blob is a file that the browser can decode (PNG, JPEG, WebP, SVG); of a <video> or VideoFrame it is the frame that
 * is shown. An SVG image that gives no size of its own is drawn with 512 pixels on its longer side.
 */
export type ImageSource =
  | ImageData
  | ImageBitmap
  | HTMLImageElement
  | SVGImageElement
  | HTMLVideoElement
  | VideoFrame
  | HTMLCanvasElement
  | OffscreenCanvas
  | Blob;

/**
 * What `load` is doing. "download" counts bytes of the model (total 0: the server did not say);
 * the other stages only begin: "cached" (the model was found on this machine), "verify", "start" (the device and the weights), "ready".
 */
export interface Progress {
  stage: "download" | "cached" | "verify" | "start" | "ready";
  loaded: number;
  total: number;
  /** Of a download: for a while nothing has come. */
  stalled?: boolean;
}

export interface LoadOptions {
  /** URL of a .munit.safetensors file; relative ones are taken from the page. */
  model: string | URL;
  /** Default "auto". */
  device?: Device;
  /**
   * Whether to find out, behind the calls, how this GPU computes each size of convolution fastest, and to remember it in the browser
   * (IndexedDB). It takes some seconds of the GPU's time, once, in pieces of milliseconds; the first picture does not wait for it. Pictures
   * before and after may differ by rounding. Default true.
   */
  tune?: boolean;
  /**
   * How many threads compute on the CPU, each in a worker with its own copy of the model: a whole number from 1; more than 8 are 8. They start after the
   * model is loaded, and help when they are there (`info.device.threads`); one that does not start, or ends, is left out. A GPU needs none.
   * Default: half of navigator.hardwareConcurrency.
   */
  threads?: number;
  onProgress?: (p: Progress) => void;
  /** SHA-256 of the model file, in hex. Default: what models.json in the model's folder says, if there is one. */
  sha256?: string;
  /**
   * After how many milliseconds without a byte a download is given up, with code "stalled"; 0: never. Progress says after a sixth of them
   * that nothing comes. Default 60000.
   */
  timeout?: number;
  /** Default: munit-worker.js beside this module. */
  worker?: string | URL;
  /** Default: munit.wasm beside this module. */
  wasm?: string | URL;
  signal?: AbortSignal;
}

export interface ModelInfo {
  /** "MUNIT", "UNIT", "CycleGAN", "CycleGANNoise" or "BicycleGAN". */
  method: string;
  /**
   * "codes": a picture has as many translations as there are styles. "none": it has one. Then `styleDim` is 0, randomStyle gives an empty style,
   * and a style picture, or more than one style at a time, is an error with code "bad-style". "noise": as many as there are seeds. Then a style is one
   * number that stands for noise, the same on every device, and nothing lies between two; a style picture is an error with code "bad-style".
   */
  styles: "codes" | "noise" | "none";
  /** Names for people of what the model translates between. */
  domains: { a: string; b: string };
  /** What the model can translate; the first one is the default everywhere. */
  directions: Direction[];
  /** Those of `directions` in which a style can be taken from a picture. */
  styleDirections: Direction[];
  /** The training size: larger pictures are by default reduced so that their shorter side is this, pixels. 0: unknown, nothing is reduced. */
  size: number;
  styleDim: number;
  /** How the weights are stored: "f32", "f16", "int8" or "int4". */
  dtype: string;
  license: string;
  source: string;
}

export interface DeviceInfo {
  kind: "gpu" | "cpu";
  name: string;
  /** Such as "WebGPU" or "Go". */
  backend: string;
  /** A GPU emulated by the CPU: right but slow. */
  software: boolean;
  /** For how many sizes of convolutions the fastest way on this GPU is known, measured or remembered (see LoadOptions.tune); 0 on the CPU. */
  tuned: number;
  /** How many threads compute at the moment: on the CPU up to LoadOptions.threads, on a GPU 1. */
  threads: number;
}

export interface Info {
  model: ModelInfo;
  device: DeviceInfo;
  /** Why "auto" took the CPU, in a sentence; "" otherwise. */
  reason: string;
}

/** Bytes. The first is the memory of all threads; the others are what is allocated on the GPU, and 0 where the CPU computes, but for `live`. */
export interface Memory {
  wasm: number;
  weights: number;
  /** What the networks hold for activations, reused between them; `live` is what they need at least. */
  activations: number;
  /** Pictures and content codes. */
  tensors: number;
  /** On the way between host and GPU. */
  staging: number;
  /** The largest sum of weights, activations, tensors and staging so far. */
  peak: number;
  live: number;
}

export interface CallOptions {
  /** Ends the call with a MunitError of code "aborted"; nothing else is disturbed. */
  signal?: AbortSignal;
}

export interface EncodeOptions extends CallOptions {
  /** Default: the first of `info.model.directions`. */
  direction?: Direction;
  /** Larger pictures are reduced so that their shorter side is this, in pixels; 0 keeps the picture's size. Default `info.model.size`. */
  size?: number;
}

/** One of style, styleImage and seed (default: seed 0) says which style to use. */
export interface TranslateOptions extends EncodeOptions {
  style?: Style;
  /** A picture of the target domain whose style to take. */
  styleImage?: ImageSource;
  seed?: number | bigint;
  /** Which of the seed's styles; default 0. */
  index?: number;
}

/**
 * The content code of a picture, kept in the device's memory, so that another style costs the decoder only.
 * Call dispose when done with it; a forgotten one is freed some time after it was garbage-collected.
 */
export interface Content {
  readonly direction: Direction;
  /** Size in pixels of the picture as encoded, which is the size of what decode returns. */
  readonly width: number;
  readonly height: number;
  /** How many styles decodeBatch best draws at a time: 1 where the device is busy with one, and one for each thread of the CPU. */
  readonly batch: number;
  dispose(): void;
}

/**
 * A model on a device, in a worker. Calls run one after the other, in order. What goes wrong, a wrong argument included, rejects the promise with a
 * MunitError, and randomStyle throws one.
 */
export interface Translator {
  /** Follows the device, should it change after a loss. */
  readonly info: Info;
  encode(image: ImageSource, options?: EncodeOptions): Promise<Content>;
  decode(content: Content, style: Style, options?: CallOptions): Promise<ImageData>;
  /** As decode, for many styles: so many small pictures at a time that they keep a GPU busy. They come when all are done. */
  decodeBatch(content: Content, styles: Style[], options?: CallOptions): Promise<ImageData[]>;
  /** Style `index` of the sequence that `seed` names (0 to 2^64-1): the same in every browser, and in bin/munit. */
  randomStyle(seed: number | bigint, index?: number): Style;
  /** The style of a picture of the direction's target domain. */
  styleOf(image: ImageSource, options?: EncodeOptions): Promise<Style>;
  /** encode, decode and dispose in one. */
  translate(image: ImageSource, options?: TranslateOptions): Promise<ImageData>;
  /** What is allocated at the moment. */
  memory(): Promise<Memory>;
  /** Frees everything, the worker included. Calls under way are rejected with code "disposed". */
  dispose(): void;
  /** For tests: destroys the GPU device, as a driver reset would. The next call, or one under way, recovers on a new device. */
  loseDevice(): Promise<void>;
}

/** What went wrong:
 * - model-http: the model could not be fetched (offline, 404, ...)
 * - stalled: nothing more came of a download (LoadOptions.timeout); it may be tried again
 * - model-truncated: its body ended early
 * - model-hash: it is not the file that was promised
 * - model-format: it is not a munit model, or one this version cannot read
 * - worker: the worker or the wasm could not be started
 * - no-webgpu: device "gpu" was asked for, and there is none, or it cannot compile a kernel
 * - device-lost: the GPU vanished and did not come back
 * - out-of-memory: the device or the browser has too little memory for this picture
 * - bad-image: not a picture that can be read
 * - too-large, too-small: the picture has too many or too few pixels for the model
 * - bad-style: not a Float32Array of info.model.styleDim finite numbers
 * - bad-direction: the model cannot translate this way
 * - bad-option: an option has a value that makes no sense
 * - aborted: the signal said so
 * - disposed: the translator or the content was disposed of
 * - internal: a bug; the message is worth an issue
 */
export type ErrorCode =
  | "model-http" | "stalled" | "model-truncated" | "model-hash" | "model-format"
  | "worker" | "no-webgpu" | "device-lost" | "out-of-memory"
  | "bad-image" | "too-large" | "too-small" | "bad-style" | "bad-direction" | "bad-option"
  | "aborted" | "disposed" | "internal";

/** The message is one sentence or two, fit to be shown to people. */
export declare class MunitError extends Error {
  readonly code: ErrorCode;
  constructor(code: ErrorCode, message: string);
}

/** An entry of models.json, which the builder writes beside the models. */
export interface ModelEntry {
  name: string;
  /** Relative to models.json. */
  file: string;
  bytes: number;
  sha256: string;
  /** Names for people of what the model translates between. */
  domains: { a: string; b: string };
  /** A folder of pictures to try the model with, relative to models.json; the page says what is in its samples.json. */
  samples?: string;
  /** Whom to thank, and under which licence. */
  credits: string;
}

/** models.json, in the folder of the models. */
export interface Models {
  models: ModelEntry[];
}

/** Downloads the model (or finds it in the browser's cache), starts a worker with the runtime, and prepares the device. */
export declare function load(options: LoadOptions): Promise<Translator>;

/** The style between two: `from` at t = 0, `to` at t = 1; t may lie beyond. */
export declare function interpolate(from: Style, to: Style, t: number): Style;

/** Lists the models beside which the builder wrote a models.json (dist/models/models.json). */
export declare function listModels(url: string | URL): Promise<Models>;

/**
 * Wraps a slow call for sliders: while one call runs only the newest of the later ones waits, and those it
 * overtook resolve to undefined.
 */
export declare function latest<A extends unknown[], R>(call: (...args: A) => Promise<R>): (...args: A) => Promise<R | undefined>;

/** What <munit-image> can be told. Numbers may be given as numbers or as text. */
export interface MunitImageAttributes {
  /** Address of the model, and of the picture to translate; both are needed. */
  model?: string;
  src?: string;
  /** How many styles, 1 (default) to 64. */
  styles?: number | string;
  /** Default 0. */
  seed?: number | string;
  direction?: Direction;
  device?: Device;
  /** EncodeOptions.size. */
  size?: number | string;
  alt?: string;
  /** "lazy" waits until the element is near what is seen; default "eager". */
  loading?: "lazy" | "eager";
  /** What it says, in your language. {progress} is filled in, and {what}, {n} and {count} in labels of results. */
  "text-start"?: string;
  "text-downloading"?: string;
  "text-waiting"?: string;
  "text-preparing"?: string;
  "text-translating"?: string;
  "text-result"?: string;
  /** LoadOptions.tune, "true" (default) or "false". */
  tune?: "true" | "false";
  /** LoadOptions.threads. */
  threads?: number | string;
  /** Addresses of munit-worker.js and munit.wasm, where they do not lie beside munit.js. */
  worker?: string;
  wasm?: string;
}

/**
 * <munit-image model="…" src="…" styles="6">: a picture and its translations, made by importing this module. It sends "load" when all are
 * there, "progress", a CustomEvent whose detail is Progress, and "error", one whose detail is the MunitError. Parts to style: source, image, status,
 * progress, and start, a button that visitors who save data (prefers-reduced-data) press before a model is downloaded.
 */
export interface MunitImageElement extends HTMLElement {
  addEventListener(type: "error", listener: (event: CustomEvent<MunitError>) => void, options?: boolean | AddEventListenerOptions): void;
  addEventListener(type: "progress", listener: (event: CustomEvent<Progress>) => void, options?: boolean | AddEventListenerOptions): void;
  addEventListener<K extends keyof HTMLElementEventMap>(
    type: K, listener: (event: HTMLElementEventMap[K]) => void, options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener(type: string, listener: EventListenerOrEventListenerObject, options?: boolean | AddEventListenerOptions): void;
}

declare global {
  interface HTMLElementTagNameMap {
    "munit-image": MunitImageElement;
  }
  /** For Preact and whatever else has JSX's types here; for React import "webmunit/react". */
  namespace JSX {
    interface IntrinsicElements {
      "munit-image": MunitImageAttributes & { [attribute: string]: unknown };
    }
  }
}
