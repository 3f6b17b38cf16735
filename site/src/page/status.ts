import type { Info } from "../module/types";
import { byId, setText } from "./dom";
import type { Studio } from "./studio";

const MEGA = 1e6;

/** Milliseconds for people. */
export function formatTime(ms: number): string {
  if (ms < 1) return "under 1 ms";
  if (ms < 1000) return `${Math.round(ms)} ms`;
  return `${(ms / 1000).toFixed(1)} s`;
}

export function formatBytes(bytes: number): string {
  return bytes < MEGA ? `${Math.round(bytes / 1000)} kB` : `${(bytes / MEGA).toFixed(1)} MB`;
}

/** What computes, in words. */
export function formatDevice({ device, reason }: Info): string {
  const name = device.name && !device.name.toLowerCase().includes(device.kind) ? `, ${device.name}` : "";
  if (device.kind === "gpu") return `On the GPU${name}${device.software ? " (emulated by the CPU, slow)" : ""}`;
  return `On the CPU${reason ? `. ${reason.replace(/\.$/, "")}` : ""}`;
}

/** The line that says what computes and how long it takes, and the bar under it. */
export class Status {
  private readonly line = byId("status-words");
  private readonly times = byId("status-times");
  private readonly bar = byId<HTMLProgressElement>("progress");
  private readonly note = byId("note");

  constructor(private readonly studio: Studio) {}

  repaint(): void {
    const { studio } = this;
    document.documentElement.dataset.state = studio.state;
    byId("main").setAttribute("aria-busy", String(studio.state === "loading" || studio.state === "busy"));
    setText(this.line, this.words());
    setText(this.times, this.timeWords());
    this.repaintBar();
    this.note.hidden = studio.note === "";
    setText(this.note, studio.note);
  }

  private words(): string {
    const { studio } = this;
    const info = studio.translator?.info;
    if (studio.state === "error") return "Stopped"; // what was computed before, and where, is no news now
    if (!info) return this.loadingWords();
    return formatDevice(info);
  }

  /** These change with every stroke, so they are kept out of the live region. */
  private timeWords(): string {
    const { encodeTime, decodeTime, cached, translator } = this.studio;
    if (!translator || this.studio.state === "error" || encodeTime === undefined || decodeTime === undefined) return "";
    const { threads } = translator.info.device;
    const words = [...(threads > 1 ? [`${threads} threads`] : []), `read in ${formatTime(encodeTime)}`, `painted in ${formatTime(decodeTime)}`];
    if (cached) words.push("model from this browser’s cache");
    return words.map((word) => ` · ${word}`).join("");
  }

  private loadingWords(): string {
    const { stage, loaded, total, stalled } = this.studio.progress;
    if (stalled) return `Nothing more comes of the model at the moment (${formatBytes(loaded)} so far); waiting`;
    switch (stage) {
      case "download":
        return `Downloading the model: ${formatBytes(loaded)}${total > 0 ? ` of ${formatBytes(total)}` : ""}`;
      case "cached":
        return "Model found in this browser’s cache";
      case "verify":
        return "Checking the model";
      default:
        return "Starting the runtime";
    }
  }

  private repaintBar(): void {
    const { state, progress } = this.studio;
    const fresh = state === "loading";
    this.bar.toggleAttribute("data-on", fresh || state === "busy");
    if (fresh && progress.stage === "download" && progress.total > 0) {
      this.bar.value = progress.loaded / progress.total;
    } else {
      this.bar.removeAttribute("value");
    }
    const label = fresh ? this.loadingWords() : "Computing";
    if (this.bar.getAttribute("aria-label") !== label) this.bar.setAttribute("aria-label", label);
  }
}
