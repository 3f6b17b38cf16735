import type { Device, LoadOptions, Progress, Translator } from "./types";

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

/** Lends translators, one per model, device and tuning, to all who ask; one goes when its last user has released it. */
export class Pool {
  private readonly entries = new Map<string, Entry>();
  constructor(private readonly load: (options: LoadOptions) => Promise<Translator>) {}

  static key(model: string, device: Device, tune: boolean): string {
    return `${device} ${tune} ${model}`;
  }

  borrow(model: string, device: Device, tune: boolean, onProgress: Listener): Loan {
    const key = Pool.key(model, device, tune);
    const entry = this.entries.get(key) ?? this.open(key, { model, device, tune });
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
