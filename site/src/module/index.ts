// The module munit.js: what types.ts declares, and the element <munit-image>.

import { Connection, aborted } from "./connection";
import { MunitError, describe, explained } from "./error";
import { defineElement } from "./element";
import { address, loading } from "./options";
import { reach } from "./reach";
import { WorkerTranslator } from "./translator";
import type * as api from "./types";

export type * from "./types";
export { MunitError } from "./error";
export { interpolate } from "./style";

export const load: typeof api.load = (options) =>
  explained(async () => {
    const { onProgress, signal, ...start } = loading(options);
    if (signal?.aborted) throw aborted();
    const connection = new Connection(new URL(start.worker), start.timeout);
    if (onProgress) connection.onProgress = onProgress;
    try {
      const info = await connection.request("start", [start], signal);
      return new WorkerTranslator(connection, info);
    } catch (e) {
      connection.end({ code: "disposed", message: "The model was not loaded." });
      throw e;
    }
  });

export const listModels: typeof api.listModels = (url) =>
  explained(async () => {
    if (typeof globalThis.document === "undefined") throw new MunitError("worker", "listModels needs a page in a browser: there is none here.");
    const list = address("url", url);
    const answer = await reach(list.href, { cache: "no-cache" }, "the list of models", "model-http");
    const models = await answer.json().catch(() => undefined);
    if (!Array.isArray(models?.models)) throw new MunitError("model-format", `What is at ${list.href} is no list of models.`);
    return models;
  });

export const latest: typeof api.latest = <A extends unknown[], R>(call: (...args: A) => Promise<R>) => {
  if (typeof call !== "function") throw new MunitError("bad-option", `latest wraps a function, not ${describe(call)}.`);
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
