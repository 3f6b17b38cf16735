// How the ranks of a team pass each other their parts of a layer: what they share is in wasm/team.go and runtime/graph/split.go.

/** Ends a wait for a rank of which nothing is heard, ms; where a browser tells of a worker's end, it has told long before. */
const patience = 60_000;

/** What ranks pass parts through in one run, by itself so that nothing is left of one that was stopped. */
export type Link =
  /** Ports to the other ranks; transferred. */
  | { ports: (MessagePort | undefined)[] }
  /** Memory of all, in a page that is cross-origin isolated; see SharedExchange. */
  | { shared: SharedArrayBuffer; ranks: number };

/** One rank's side of one run. */
export interface Exchange {
  /**
   * Gives away this rank's part of what lies at `at` in memory, and puts in those of the others; part r is [cuts[r], cuts[r+1]), bytes. False: it was
   * stopped. There is no promise where all came at once: for the program, to wait for one takes as long as a small layer.
   */
  gather(memory: WebAssembly.Memory, at: number, cuts: number[]): boolean | Promise<boolean>;
  /** Ends this rank's waiting, and where memory is shared that of all. */
  stop(): void;
  /** Frees what this rank needs no more; others may still take its last part. */
  close(): void;
}

export function exchangeOver(link: Link, rank: number): Exchange {
  return "ports" in link ? new PortExchange(rank, link.ports) : new SharedExchange(rank, link.ranks, link.shared);
}

/** Links of so many ranks, for layers of up to `layer` bytes. */
export function linksOf(ranks: number, layer: number): Link[] {
  if (globalThis.crossOriginIsolated && typeof SharedArrayBuffer === "function") { // WebKitGTK is isolated without sharing memory
    const shared = new SharedArrayBuffer(header(ranks) + 2 * layer);
    return Array.from({ length: ranks }, () => ({ shared, ranks }));
  }
  const links = Array.from({ length: ranks }, () => ({ ports: Array<MessagePort | undefined>(ranks).fill(undefined) }));
  for (let a = 0; a < ranks; a++) {
    for (let b = 0; b < a; b++) ({ port1: links[a]!.ports[b], port2: links[b]!.ports[a] } = new MessageChannel());
  }
  return links;
}

function part(memory: WebAssembly.Memory, at: number, cuts: number[], rank: number): Uint8Array {
  return new Uint8Array(memory.buffer, at + cuts[rank]!, cuts[rank + 1]! - cuts[rank]!);
}

class PortExchange implements Exchange {
  private readonly came: ArrayBuffer[][];
  private wake = () => {};
  private stopped = false;

  constructor(
    private readonly rank: number,
    private readonly ports: (MessagePort | undefined)[],
  ) {
    this.came = ports.map(() => []);
    ports.forEach((port, r) => {
      if (!port) return;
      port.onmessage = ({ data }) => {
        this.came[r]!.push(data);
        this.wake();
      };
    });
  }

  async gather(memory: WebAssembly.Memory, at: number, cuts: number[]): Promise<boolean> {
    for (const port of this.ports) {
      const own = port && part(memory, at, cuts, this.rank).slice().buffer;
      if (own) port.postMessage(own, [own]);
    }
    const timer = setTimeout(() => this.stop(), patience);
    for (const [r, came] of this.came.entries()) {
      if (r === this.rank) continue;
      while (!came.length && !this.stopped) await new Promise<void>((wake) => (this.wake = wake));
      if (this.stopped) break;
      part(memory, at, cuts, r).set(new Uint8Array(came.shift()!));
    }
    clearTimeout(timer);
    return !this.stopped;
  }

  stop(): void {
    this.stopped = true;
    this.close();
    this.wake();
  }

  close(): void {
    this.ports.forEach((port) => port?.close());
  }
}

/** How many bytes come before the layers: a count for each rank, and whether it is over; layers are aligned. */
const header = (ranks: number) => 16 * Math.ceil((ranks + 1) / 4);

/** How long a rank sleeps before it lets events in: an abort, or another's end, ms. */
const nap = 50;

/** How often a rank looks before it sleeps: some tens of microseconds, about what it takes to be woken. */
const looks = 10_000;

/**
 * The shared memory holds, for each rank, how many layers it has given, and two layers that are used in turn: who gives to one again has seen that all
 * have given to the other, so have taken from this one.
 */
class SharedExchange implements Exchange {
  private readonly given: Int32Array;
  private turn = 0;

  constructor(
    private readonly rank: number,
    private readonly ranks: number,
    private readonly shared: SharedArrayBuffer,
  ) {
    this.given = new Int32Array(shared, 0, ranks + 1);
  }

  gather(memory: WebAssembly.Memory, at: number, cuts: number[]): boolean | Promise<boolean> {
    const start = header(this.ranks) + (this.turn++ % 2) * ((this.shared.byteLength - header(this.ranks)) / 2);
    const place = (r: number) => new Uint8Array(this.shared, start + cuts[r]!, cuts[r + 1]! - cuts[r]!);
    place(this.rank).set(part(memory, at, cuts, this.rank));
    Atomics.store(this.given, this.rank, this.turn);
    Atomics.notify(this.given, this.rank);
    const take = () => {
      for (let r = 0; r < this.ranks && !this.stopped(); r++) if (r !== this.rank) part(memory, at, cuts, r).set(place(r));
      return !this.stopped();
    };
    return this.all() ? take() : this.patiently().then(take);
  }

  /** Waits a nap at most. False: one has not given yet. */
  private all(): boolean {
    for (let r = 0; r < this.ranks; r++) {
      for (let look = 0; look < looks && this.missing(r); look++);
      for (let n; (n = Atomics.load(this.given, r)) < this.turn && !this.stopped(); ) {
        if (Atomics.wait(this.given, r, n, nap) === "timed-out") return false;
      }
    }
    return true;
  }

  private missing(r: number): boolean {
    return Atomics.load(this.given, r) < this.turn && !this.stopped();
  }

  /** Waits as long as it takes, and lets events in. */
  private async patiently(): Promise<void> {
    const begun = performance.now();
    do {
      await new Promise((wake) => setTimeout(wake));
      if (performance.now() - begun > patience) this.stop();
    } while (!this.all());
  }

  stop(): void {
    Atomics.store(this.given, this.ranks, 1);
    for (let r = 0; r < this.ranks; r++) Atomics.notify(this.given, r);
  }

  close(): void {} // the last to forget the memory frees it

  private stopped(): boolean {
    return Atomics.load(this.given, this.ranks) === 1;
  }
}
