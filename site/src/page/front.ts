import { byId, context, show } from "./dom";
import { enlarge } from "./scale";
import type { Studio } from "./studio";
import { nameOf, type End, type Shown } from "./styles";
import { tintPage } from "./tint";

/** Pixels that the big picture has at least on its longer side, so that it is sharp at the size it is shown. */
const LARGE = 512;

/** How many times as large a picture of this size is shown. */
export function factorFor(pixels: ImageData): number {
  return Math.max(1, Math.round(LARGE / Math.max(pixels.width, pixels.height)));
}

/** The big picture. Beneath the enlarged view lies a canvas with the pixels exactly as computed. */
export class Front {
  private readonly figure = byId("front");
  private readonly exact = byId<HTMLCanvasElement>("result-canvas");
  private readonly view = byId<HTMLCanvasElement>("result-view");
  private readonly ghost = byId<HTMLCanvasElement>("ghost");
  private shown?: Shown;

  constructor(private readonly studio: Studio) {}

  repaint(): void {
    const { front, styles } = this.studio;
    const fresh = this.studio.isFresh(front, styles.current());
    this.figure.toggleAttribute("data-empty", !front);
    this.figure.toggleAttribute("data-stale", !fresh);
    if (front && front !== this.shown) {
      this.shown = front;
      show(this.exact, front.pixels);
      show(this.view, enlarge(front.pixels, factorFor(front.pixels)));
      tintPage(front.pixels);
    }
    if (front) this.exact.setAttribute("aria-label", this.describe());
  }

  /** Shows the drawing faintly where the first picture will be. */
  preview(drawing: HTMLCanvasElement): void {
    if (!this.shown) context(this.ghost).drawImage(drawing, 0, 0, this.ghost.width, this.ghost.height);
  }

  private describe(): string {
    const { styles } = this.studio;
    const name = (slot: typeof styles.a) => nameOf(slot, styles.slots.indexOf(slot));
    if (!styles.blended) return `Your drawing in ${name(styles.a)}`;
    return `Your drawing in a blend: ${name(styles.a)} with ${Math.round(styles.t * 100)} % of ${name(styles.b)}`;
  }
}

/** The slider between two styles, with the styles at its ends. */
export class Blend {
  private readonly slider = byId<HTMLInputElement>("slider");
  private readonly keep = byId<HTMLButtonElement>("keep");
  private readonly ends: Record<End, HTMLButtonElement> = { a: byId("end-a"), b: byId("end-b") };
  private readonly painted = new Map<End, Shown>();
  /** The end that the next style chosen in the tray goes to. */
  armed?: End;

  constructor(private readonly studio: Studio) {
    for (const end of ["a", "b"] as const) {
      this.ends[end].addEventListener("click", () => this.arm(this.armed === end ? undefined : end));
    }
    this.slider.addEventListener("input", () => {
      studio.styles.t = Number(this.slider.value) / 100;
      studio.stylesChanged();
    });
    this.keep.addEventListener("click", () => studio.keepBlend());
  }

  arm(end?: End): void {
    this.armed = end;
    byId("tray").toggleAttribute("data-armed", end !== undefined);
    this.repaint();
  }

  repaint(): void {
    const { styles } = this.studio;
    const value = String(Math.round(styles.t * 100));
    if (this.slider.value !== value) this.slider.value = value;
    this.slider.style.setProperty("--t", String(styles.t));
    this.slider.setAttribute("aria-valuetext", `${value} % of style B`);
    this.slider.disabled = styles.a === styles.b;
    this.keep.disabled = !styles.blended;
    for (const end of ["a", "b"] as const) this.repaintEnd(end);
  }

  private repaintEnd(end: End): void {
    const { styles } = this.studio;
    const slot = styles[end];
    const button = this.ends[end];
    const name = nameOf(slot, styles.slots.indexOf(slot));
    const label = end.toUpperCase();
    button.setAttribute("aria-pressed", String(this.armed === end));
    button.setAttribute("aria-label", `Style ${label} of the blend is ${name}. Choose another from the tray`);
    button.title = `${label}: ${name}. Press, then choose another in the tray`;
    if (slot.shown && this.painted.get(end) !== slot.shown) {
      this.painted.set(end, slot.shown);
      show(button.querySelector("canvas")!, slot.shown.pixels);
    }
  }
}
