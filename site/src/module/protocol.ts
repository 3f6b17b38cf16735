// What the page's half of the module (index.ts) and the worker say to each other.

import type { Failure } from "./error";
import type { Device, Direction, Info, Memory, Progress, Style } from "./types";

/** RGBA, not premultiplied, row by row from the top. */
export interface Pixels {
  data: Uint8ClampedArray<ArrayBuffer>;
  width: number;
  height: number;
}

export interface PictureOptions {
  direction: Direction;
  size: number;
}

/** A content code that stays in the worker. */
export interface Encoded {
  handle: number;
  width: number;
  height: number;
  batch: number;
}

export interface StartOptions {
  model: string;
  sha256: string;
  wasm: string;
  device: Device;
  tune: boolean;
  threads: number;
  /** The worker's own address, for others like it. */
  worker: string;
  timeout: number;
}

/** What the page can ask of the worker; requests are answered in order. */
export interface Methods {
  start(options: StartOptions): Info;
  encode(pixels: Pixels, options: PictureOptions): Encoded;
  decode(handle: number, styles: Style[]): Pixels[];
  styleOf(pixels: Pixels, options: PictureOptions): Style;
  free(handle: number): void;
  memory(): Memory;
  loseDevice(): void;
}

export type Method = keyof Methods;
export type Args<M extends Method> = Parameters<Methods[M]>;
export type Value<M extends Method> = ReturnType<Methods[M]>;

export interface Request {
  id: number;
  method: Method;
  args: unknown[];
}

/** Ends request `cancel`, begun or not. */
export interface Cancel {
  cancel: number;
}

export type Answer =
  | { id: number; value: unknown }
  | { id: number; failure: Failure }
  /** The worker's first word. */
  | { alive: true }
  | { progress: Progress }
  | { info: Info }
  /** The runtime has ended; nothing more will be answered. */
  | { dead: Failure };
