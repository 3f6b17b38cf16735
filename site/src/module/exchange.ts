// How the ranks of a team pass each other their parts of a layer: what they share is in wasm/team.go and runtime/graph/split.go.

/** Ends a wait for a rank of which nothing is heard; where a browser tells of a worker's end, it has told long before. */
const patience = 60_000;

/** One rank's side of one run: ports to the other ranks, of this run alone, so that nothing is left of one that was stopped. */
export class Exchange {
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

  /** Sends this rank's part of what lies at `at` in memory, and puts in those of the others; part r is [cuts[r], cuts[r+1]), bytes. False: it was stopped. */
  async gather(memory: WebAssembly.Memory, at: number, cuts: number[]): Promise<boolean> {
    const place = (r: number) => new Uint8Array(memory.buffer, at + cuts[r]!, cuts[r + 1]! - cuts[r]!);
    for (const port of this.ports) {
      const part = port && place(this.rank).slice().buffer;
      if (part) port.postMessage(part, [part]);
    }
    const timer = setTimeout(() => this.stop(), patience);
    for (const [r, came] of this.came.entries()) {
      if (r === this.rank) continue;
      while (!came.length && !this.stopped) await new Promise<void>((wake) => (this.wake = wake));
      if (this.stopped) break;
      place(r).set(new Uint8Array(came.shift()!));
    }
    clearTimeout(timer);
    return !this.stopped;
  }

  stop(): void {
    this.stopped = true;
    this.ports.forEach((port) => port?.close());
    this.wake();
  }
}
