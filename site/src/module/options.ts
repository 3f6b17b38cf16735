// What callers say, checked before anything is done.

import { wasmBeside, workerBeside } from "./beside";
import { MunitError, describe } from "./error";
import type { StartOptions } from "./protocol";
import type { CallOptions, Device, LoadOptions } from "./types";

/** LoadOptions in full, addresses and all. */
export interface Loading extends StartOptions {
  onProgress?: LoadOptions["onProgress"];
  signal?: AbortSignal;
}

const usualTimeout = 60_000;
const mostThreads = 8;

/** Half of what the browser counts: the other half share their arithmetic with these (SMT), or are slow ones, for which the rest would wait. */
const usualThreads = () => Math.max(1, (navigator.hardwareConcurrency || 1) >> 1);

export function loading(options: LoadOptions): Loading {
  if (typeof globalThis.document === "undefined" || typeof Worker === "undefined") {
    throw new MunitError("worker", "load needs a page in a browser: there is none here.");
  }
  const { device = "auto", tune = true, threads = usualThreads(), sha256 = "", timeout = usualTimeout, onProgress, signal } = object(options, "load");
  if (options.model === undefined) throw new MunitError("bad-option", 'load needs the address of a model: load({ model: "…" }).');
  if (!["auto", "gpu", "cpu"].includes(device)) throw wrong("device", '"auto", "gpu" or "cpu"', device);
  if (typeof tune !== "boolean") throw wrong("tune", "true or false", tune);
  if (!Number.isInteger(threads) || threads < 1) throw wrong("threads", "a whole number from 1", threads);
  if (typeof sha256 !== "string" || !/^([0-9a-f]{64})?$/i.test(sha256)) throw wrong("sha256", "64 hexadecimal digits", sha256);
  if (typeof timeout !== "number" || !(timeout >= 0 && timeout < 2 ** 31)) throw wrong("timeout", "a number of milliseconds from 0", timeout);
  if (onProgress !== undefined && typeof onProgress !== "function") throw wrong("onProgress", "a function", onProgress);
  return {
    model: address("model", options.model).href,
    worker: (options.worker === undefined ? workerBeside() : address("worker", options.worker)).href,
    wasm: (options.wasm === undefined ? wasmBeside() : address("wasm", options.wasm)).href,
    device: device as Device, tune, threads: Math.min(threads, mostThreads), sha256, timeout, onProgress,
    signal: signalOf({ signal }),
  };
}

/** The options of a call, which may have been left out. */
export function object<T extends object>(options: T, call: string): T {
  if (typeof options === "object" && options !== null) return options;
  throw new MunitError("bad-option", `The options of ${call} must be an object, not ${describe(options)}.`);
}

export function signalOf({ signal }: CallOptions): AbortSignal | undefined {
  if (signal === undefined || signal instanceof AbortSignal) return signal;
  throw wrong("signal", "an AbortSignal", signal);
}

/** An address as the page would take it. */
export function address(option: string, value: unknown): URL {
  if ((typeof value === "string" && value !== "") || value instanceof URL) {
    try {
      return new URL(value, document.baseURI);
    } catch {
      // it is wrong
    }
  }
  throw wrong(option, "an address", value);
}

function wrong(option: string, want: string, value: unknown): MunitError {
  return new MunitError("bad-option", `The option ${option} must be ${want}, not ${describe(value)}.`);
}
