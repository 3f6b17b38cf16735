import { MunitError } from "../module/index";

/** One call of the translator. */
export type Task = (signal: AbortSignal) => Promise<void>;

export interface EngineEvents {
  busy(): void;
  idle(): void;
  /** The task failed; nothing more runs until the next wake. */
  failed(error: unknown): void;
}

/**
 * Runs tasks one at a time, asking for the next only when the last is done. Whoever answers looks at what is
 * wanted at that moment, so that nothing ever queues up and the latest wish wins.
 */
export class Engine {
  private running = false;
  private again = false;
  private abort = new AbortController();

  constructor(
    private readonly next: () => Task | undefined,
    private readonly events: EngineEvents,
  ) {}

  /** Something is wanted that was not before. */
  wake(): void {
    this.again = true;
    if (!this.running) void this.run();
  }

  /** Whatever is being computed is no longer wanted. */
  interrupt(): void {
    this.abort.abort();
    this.wake();
  }

  private async run(): Promise<void> {
    this.running = true;
    while (this.again) {
      this.again = false;
      try {
        await this.drain();
        this.events.idle();
      } catch (error) {
        if (!isAborted(error)) this.events.failed(error);
      }
    }
    this.running = false;
  }

  private async drain(): Promise<void> {
    for (let task = this.next(); task; task = this.next()) {
      this.events.busy();
      this.abort = new AbortController();
      await task(this.abort.signal);
    }
  }
}

/** Whether an error only says that somebody called the call off. */
export function isAborted(error: unknown): boolean {
  return (error instanceof MunitError && (error.code === "aborted" || error.code === "disposed"))
    || (error instanceof DOMException && error.name === "AbortError");
}
