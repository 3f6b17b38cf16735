// The module munit.js: what types.ts declares, and the element <munit-image>.

import { Connection } from "./connection";
import { MunitError } from "./error";
import { defineElement } from "./element";
import { WorkerTranslator } from "./translator";
import type * as api from "./types";

export type * from "./types";
export { MunitError } from "./error";
export { interpolate } from "./style";

/** The builder's mark of this build, so that no cache pairs a new module with an old worker or runtime. */
declare const BUILD: string;

export const load: typeof api.load = async (options) => {
  const { model, device = "auto", tune = true, sha256 = "", onProgress, signal } = options;
  if (!["auto", "gpu", "cpu"].includes(device)) {
    throw new MunitError("bad-option", `The device must be "auto", "gpu" or "cpu", not ${JSON.stringify(device)}.`);
  }
  if (typeof tune !== "boolean") throw new MunitError("bad-option", `The option tune must be true or false, not ${JSON.stringify(tune)}.`);
  const worker = new URL(options.worker ?? "./munit-worker.js" + BUILD, options.worker ? document.baseURI : import.meta.url);
  const wasm = new URL(options.wasm ?? "./munit.wasm" + BUILD, options.wasm ? document.baseURI : import.meta.url);
  const url = new URL(model, document.baseURI);
  const connection = new Connection(worker);
  if (onProgress) connection.onProgress = onProgress;
  try {
    const info = await connection.request("start", [{ model: url.href, sha256, wasm: wasm.href, device, tune }], signal);
    return new WorkerTranslator(connection, info);
  } catch (e) {
    connection.end({ code: "disposed", message: "The model was not loaded." });
    throw e;
  }
};

export const listModels: typeof api.listModels = async (url) => {
  const answer = await fetch(new URL(url, document.baseURI), { cache: "no-cache" }).catch((e: Error) => {
    throw new MunitError("model-http", `The list of models could not be reached (${e.message}): check the network.`);
  });
  if (!answer.ok) throw new MunitError("model-http", `The server answered ${answer.status} for the list of models.`);
  return answer.json().catch(() => {
    throw new MunitError("model-format", "The list of models is damaged.");
  });
};

export const latest: typeof api.latest = <A extends unknown[], R>(call: (...args: A) => Promise<R>) => {
  let running: Promise<unknown> = Promise.resolve();
  let newest = 0;
  return (...args: A): Promise<R | undefined> => {
    const mine = ++newest;
    const result = running.then(() => (mine === newest ? call(...args) : undefined));
    running = result.catch(() => {});
    return result;
  };
};

defineElement(load);
