import { MunitError } from "../module/index";
import type { ErrorCode } from "../module/types";
import { byId, setText } from "./dom";
import { PictureError } from "./picture";

/** Something that a visitor said and that cannot be; nothing has changed by it. */
export class Slip extends Error {
  constructor(
    message: string,
    readonly hint: string,
  ) {
    super(message);
  }
}
import type { Studio } from "./studio";

/** What a visitor can do about an error. */
const HINTS: Record<ErrorCode, string> = {
  "model-http": "Check the network, then try again. Once it was loaded, the model also works offline.",
  stalled: "The connection may be slow or interrupted. Nothing is lost; try again.",
  "model-truncated": "The connection broke off. Nothing half-loaded was kept; try again.",
  "model-hash": "The file on the server is damaged or was changed. Try again; if it stays, tell whoever runs this site.",
  "model-format": "Choose another model, or reload the page to get the program that goes with it.",
  worker: "Reload the page. If that does not help, this browser may be too old: it needs WebAssembly and module workers.",
  "no-webgpu": "Your drawing can be translated on the CPU instead. It is slower, and the pictures are the same.",
  "device-lost": "The driver may have been restarted. Try again, or use the CPU.",
  "out-of-memory": "Close other tabs, or use the CPU, then try again.",
  "bad-image": "Try another picture: PNG, JPEG or WebP.",
  "too-large": "Reduce the picture, then open it again.",
  "too-small": "Take a larger picture.",
  "bad-style": "Choose another style.",
  "bad-direction": "Choose the other direction.",
  "bad-option": "Choose a model above, or take the page without what was added to its address.",
  aborted: "",
  disposed: "Try again.",
  internal: "Try again. If it stays, please report it with what you did before.",
};

/** Errors of a GPU for which the CPU is a way out. */
const GPU_ONLY: ErrorCode[] = ["no-webgpu", "device-lost", "out-of-memory", "internal"];

interface Words {
  what: string;
  hint: string;
  offerCpu: boolean;
}

export function explain(error: unknown): Words {
  if (error instanceof MunitError) {
    return { what: error.message, hint: HINTS[error.code], offerCpu: GPU_ONLY.includes(error.code) };
  }
  if (error instanceof Slip) return { what: error.message, hint: error.hint, offerCpu: false };
  if (error instanceof PictureError) return { what: error.message, hint: "Your drawing is as it was.", offerCpu: false };
  const message = error instanceof Error ? error.message : String(error);
  return { what: message, hint: HINTS.internal, offerCpu: false };
}

export interface ProblemActions {
  retry(): void;
  useCpu(): void;
}

/** The box that says what went wrong and what to do. */
export class Problem {
  private readonly box = byId("error");
  /** A picture that could not be read, which stops nothing else. */
  private aside?: unknown;

  constructor(
    private readonly studio: Studio,
    actions: ProblemActions,
  ) {
    byId("retry").addEventListener("click", () => {
      const { aside } = this;
      this.aside = undefined;
      this.repaint();
      if (aside === undefined) actions.retry();
    });
    byId("use-cpu").addEventListener("click", () => actions.useCpu());
  }

  /** Shows an error that leaves the translation as it is; undefined takes it back. */
  say(error: unknown): void {
    this.aside = error;
    this.repaint();
  }

  repaint(): void {
    const error = this.studio.error ?? this.aside;
    this.box.hidden = error === undefined;
    if (error === undefined) return;
    const { what, hint, offerCpu } = explain(error);
    setText(byId("error-what"), what);
    setText(byId("error-hint"), hint);
    setText(byId("retry"), this.studio.error === undefined ? "All right" : "Try again");
    byId("use-cpu").hidden = !offerCpu || this.studio.translator?.info.device.kind === "cpu";
  }
}
