// The other workers that a worker computes with, on the CPU: a Go program in WebAssembly has one thread. They end with the worker that started
// them, and one that ends before is left out.

import { exchangeOver, linksOf, type Exchange } from "./exchange";
import type { Hire, Job, Order, Word } from "./hand";
import { startWorker } from "./spawn";

interface Hand {
  worker: Worker;
  /** Size of its memory, 0 until it can be used. */
  bytes: number;
}

export class Hands {
  private alive: Hand[] = [];
  /** Those that the program knows of: it sees no change while it prepares a network. */
  private team: Hand[] = [];
  private exchange?: Exchange;
  private changed = () => {};
  /** Of the program that has these hands. */
  memory!: WebAssembly.Memory;

  /** What wasm/team.go calls. */
  readonly imports = {
    rank: () => 0,
    ranks: () => 1 + this.team.length,
    begin: (job: Job, places: number[]) => this.begin(job, places),
    gather: (at: number, cuts: number[]) => this.exchange!.gather(this.memory, at, cuts),
    stop: () => this.stop(),
    done: (well: boolean, lost: boolean) => this.done(well, lost),
  };

  /** Starts so many; they help from when they are ready until they end, and `changed` says so. */
  start(count: number, url: string, hire: Omit<Hire, "lock">, changed: () => void): void {
    this.changed = changed;
    for (let i = 0; i < count; i++) {
      try {
        this.hire(url, hire);
      } catch {
        return; // there are to be no workers of workers here
      }
    }
  }

  /** Counts in who is ready, and out who has ended; between two calls. */
  settle(): void {
    this.team = this.alive.filter(({ bytes }) => bytes);
  }

  /** How many can be used. */
  get size(): number {
    return this.alive.filter(({ bytes }) => bytes).length;
  }

  /** Size of the memory of all. */
  get bytes(): number {
    return this.alive.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** Lets nobody wait any more for parts of what is computed. */
  stop(): void {
    this.exchange?.stop();
  }

  private hire(url: string, hire: Omit<Hire, "lock">): void {
    const hand: Hand = { worker: startWorker(new URL(url)), bytes: 0 };
    const lock = `munit-hand-${crypto.getRandomValues(new Uint32Array(2)).join("-")}`;
    const ended = () => this.end(hand);
    hand.worker.onerror = (e) => {
      e.preventDefault();
      ended();
    };
    hand.worker.onmessage = ({ data }: MessageEvent<Word>) => {
      if ("dead" in data) return ended();
      if (!hand.bytes) {
        navigator.locks?.request(lock, ended).catch(() => {}); // which it holds as long as it lives
        this.changed();
      }
      hand.bytes = data.idle;
    };
    hand.worker.postMessage({ hire: { ...hire, lock } satisfies Hire });
    this.alive.push(hand);
  }

  private end(hand: Hand): void {
    if (!this.alive.includes(hand)) return;
    this.alive = this.alive.filter((other) => other !== hand);
    hand.worker.terminate();
    if (this.team.includes(hand)) this.stop();
    this.changed();
  }

  /** Has the team take a job, with inputs at places [at, bytes, ...]; false: it is not whole any more. */
  private begin(job: Job, places: number[]): boolean {
    if (!this.whole()) {
      this.settle();
      return false;
    }
    this.exchange?.close();
    const ranks = 1 + this.team.length;
    const links = linksOf(ranks, job.layer);
    this.exchange = exchangeOver(links[0]!, 0);
    this.team.forEach(({ worker }, i) => {
      const inputs = [];
      for (let k = 0; k < places.length; k += 2) inputs.push(new Uint8Array(this.memory.buffer, places[k], places[k + 1]).slice());
      const order: Order = { take: job, inputs, rank: i + 1, ranks, link: links[i + 1]! };
      worker.postMessage(order, [...("ports" in order.link ? order.link.ports.filter((port) => port !== undefined) : []), ...inputs.map(({ buffer }) => buffer)]);
    });
    return true;
  }

  /** Ends a run, which was `lost` if parts of other ranks did not come. */
  private done(well: boolean, lost: boolean): void {
    if (well) return;
    this.stop();
    const nobodyKnowsWhich = lost && this.whole();
    for (const hand of this.team) {
      if (nobodyKnowsWhich) this.end(hand);
      else hand.worker.postMessage({ stop: true } satisfies Order);
    }
    this.settle();
  }

  private whole(): boolean {
    return this.team.every((hand) => this.alive.includes(hand));
  }
}
