// The worker of the convert page: runs the Go program that makes a model file of checkpoints.

import { keepModel } from "../module/cache";
import { compile, startGo } from "../module/go";

/** What the worker is asked. */
export interface Asked {
  files: File[]; // checkpoints, and the config of NVlabs'
  dtype: string;
  domainA: string; // "" leaves the name that the checkpoint has
  domainB: string;
  size: number;
  eval: boolean;
  keepAs: string; // the address at which the page will look for the model
}

/** A model, what there is to say of it, and whether the browser has kept it. */
export interface Made {
  model: Uint8Array<ArrayBuffer>;
  says: string;
  kept: boolean;
}

/** What the worker tells: how far it is, and the end with a model or with what is wrong. */
export type Told = { stage: "reading" | "storing"; done: number } | Made | { error: string };

const scope = globalThis as unknown as {
  postMessage(message: Told, transfer?: Transferable[]): void;
  onmessage: (event: MessageEvent<Asked>) => void;
};
declare class FileReaderSync {
  readAsArrayBuffer(blob: Blob): ArrayBuffer;
}

const STALLED = 60_000; // ms without a byte of the program
const READING = 0.8; // of the bar; the rest is storing

scope.onmessage = async ({ data: asked }) => {
  const fail = (error: string) => scope.postMessage({ error });
  const total = asked.files.reduce((n, f) => n + f.size, 0) || 1;
  const reader = new FileReaderSync();
  let read = 0;
  let told = 0;
  try {
    await startGo(await compile(new URL("./convert.wasm", location.href).href, STALLED), {
      ...asked,
      /** A part of a file, or null where it cannot be read. */
      read(index: number, offset: number, length: number): Uint8Array | null {
        read += length;
        const done = READING * Math.min(1, read / total);
        if (done - told > 0.01) scope.postMessage({ stage: "reading", done: told = done });
        try {
          return new Uint8Array(reader.readAsArrayBuffer(asked.files[index]!.slice(offset, offset + length)));
        } catch {
          return null;
        }
      },
      told: (stage: "reading" | "storing") => scope.postMessage({ stage, done: stage === "storing" ? READING : 0 }),
      ended(model: Uint8Array<ArrayBuffer> | null, says: string) {
        if (!model) return fail(says);
        void keepModel(asked.keepAs, model).then((kept) => scope.postMessage({ model, says, kept }, [model.buffer]));
      },
    }, (dead) => fail(dead.message));
  } catch (error) {
    fail(error instanceof Error ? error.message : String(error));
  }
};
