import { load } from "../module/index";
import type { Device, Progress, Translator } from "../module/types";
import { isAborted } from "./engine";

export interface SessionEvents {
  progress(progress: Progress): void;
  opened(translator: Translator): void;
  failed(error: unknown): void;
}

/** The translator in use. Opening another closes the last; when several are asked for at once the latest wins. */
export class Session {
  translator?: Translator;
  /** True when the model came from this browser's cache. */
  cached = false;
  private opening?: AbortController;

  constructor(private readonly events: SessionEvents) {}

  get isOpening(): boolean {
    return this.opening !== undefined;
  }

  async open(model: string, device: Device): Promise<void> {
    this.opening?.abort();
    const opening = (this.opening = new AbortController());
    this.translator?.dispose();
    this.translator = undefined;
    this.cached = false;
    try {
      const translator = await load({
        model,
        device,
        signal: opening.signal,
        onProgress: (progress) => {
          if (this.opening !== opening) return;
          if (progress.stage === "cached") this.cached = true;
          this.events.progress(progress);
        },
      });
      if (this.opening !== opening) return translator.dispose();
      this.opening = undefined;
      this.translator = translator;
      this.events.opened(translator);
    } catch (error) {
      if (this.opening !== opening) return;
      this.opening = undefined;
      if (!isAborted(error)) this.events.failed(error);
    }
  }
}
