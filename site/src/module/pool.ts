import type { LoadOptions, Progress, Translator } from "./types";

type Listener = (p: Progress) => void;

interface Entry {
  translator: Promise<Translator>;
  users: number;
  listeners: Set<Listener>;
}

/** A translator on loan. */
export interface Loan {
  readonly key: string;
  readonly translator: Promise<Translator>;
  release(): void;
}

/** What a user of the pool wants a translator for. */
export type Wanted = Pick<LoadOptions, "model" | "device" | "tune" | "threads" | "worker" | "wasm">;

/** Lends translators, one for all who want the same; one goes when its last user has released it. */
export class Pool {
  private readonly entries = new Map<string, Entry>();
  constructor(private readonly load: (options: LoadOptions) => Promise<Translator>) {}

  static key({ model, device, tune, threads, worker, wasm }: Wanted): string {
    return JSON.stringify([model, device, tune, threads, worker, wasm]);
  }

  borrow(wanted: Wanted, onProgress: Listener): Loan {
    const key = Pool.key(wanted);
    const entry = this.entries.get(key) ?? this.open(key, wanted);
    entry.users++;
    entry.listeners.add(onProgress);
    let released = false;
    return {
      key,
      translator: entry.translator,
      release: () => {
        if (released) return;
        released = true;
        entry.listeners.delete(onProgress);
        if (--entry.users === 0) this.close(key, entry);
      },
    };
  }

  private open(key: string, options: LoadOptions): Entry {
    const listeners = new Set<Listener>();
    const translator = this.load({ ...options, onProgress: (p) => listeners.forEach((listen) => listen(p)) });
    const entry = { translator, users: 0, listeners };
    this.entries.set(key, entry);
    // The next one to ask after a failure tries again.
    translator.catch(() => this.forget(key, entry));
    return entry;
  }

  private close(key: string, entry: Entry): void {
    this.forget(key, entry);
    entry.translator.then((t) => t.dispose()).catch(() => {});
  }

  private forget(key: string, entry: Entry): void {
    if (this.entries.get(key) === entry) this.entries.delete(key);
  }
}
