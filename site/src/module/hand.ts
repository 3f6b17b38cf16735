// A worker that helps another: it has the same program and model, and takes the share of each network that it is told to.

import { exchangeOver, type Exchange, type Link } from "./exchange";
import { startGo, type Program } from "./go";

/** The first message to a worker that is to be a hand. */
export interface Hire {
  module: WebAssembly.Module;
  model: Uint8Array<ArrayBuffer>;
  /** The lock that it holds while it lives. */
  lock: string;
}

/** A network, as wasm/ names it. */
export interface Job {
  /** Bytes of the largest layer. */
  layer: number;
}

export type Order =
  | { take: Job; inputs: Uint8Array[]; rank: number; ranks: number; link: Link }
  | { stop: true };

/** What a hand says: that it has nothing to do, and how large its memory is; or that it is of no use any more. */
export type Word = { idle: number } | { dead: true };

interface Runtime {
  open(options: { device: "cpu"; tune: boolean }): Promise<void>;
  load(model: Uint8Array): Promise<unknown>;
  take(job: Job, inputs: Uint8Array[]): Promise<void>;
  cancel(call: number): void;
}

export async function beHand({ module, model, lock }: Hire): Promise<void> {
  const scope = globalThis as unknown as { postMessage(word: Word): void; onmessage(e: MessageEvent<Order>): void };
  let rank = 0;
  let ranks = 1;
  let exchange: Exchange | undefined;
  let program: Program<Runtime>;
  const dead = () => scope.postMessage({ dead: true });
  const idle = () => scope.postMessage({ idle: program.memory.buffer.byteLength });
  try {
    program = await startGo<Runtime>(module, {
      deviceChanged: () => {}, // it is the CPU's
      rank: () => rank,
      ranks: () => ranks,
      gather: (at: number, cuts: number[]) => exchange!.gather(program.memory, at, cuts),
    }, dead);
    await program.exports.open({ device: "cpu", tune: false });
    await program.exports.load(model);
    await new Promise<void>((held) => {
      if (!navigator.locks) return held();
      void navigator.locks.request(lock, () => (held(), new Promise(() => {})));
    });
    idle();
  } catch {
    return dead();
  }
  let last: Promise<void> = Promise.resolve();
  let begun = 0; // how many orders to take have come
  let stopped = 0; // which of them are over
  scope.onmessage = ({ data }) => {
    if ("stop" in data) {
      stopped = begun;
      exchange?.stop();
      program.exports.cancel(0);
      return;
    }
    const mine = ++begun;
    last = last.then(async () => {
      if (stopped >= mine) return;
      ({ rank, ranks } = data);
      exchange?.close();
      exchange = exchangeOver(data.link, rank);
      try {
        await program.exports.take(data.take, data.inputs);
        idle();
      } catch {
        if (stopped < mine) dead();
      }
    });
  };
}
