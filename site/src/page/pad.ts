import { byId, context } from "./dom";
import { SIDE, type Drawing, type Point, type Stroke } from "./drawing";
import { INK_ON_PAPER, isDark, PenChoice, type Materials } from "./materials";

export type Tool = "pen" | "eraser" | "bucket";

/** The dot on the button of the widest line, in pixels of the page. */
const WIDEST_DOT = 15.4;

/** The sheet one draws on: pointer input, the tools, and the drawing at the screen's sharpness. */
export class Pad {
  private readonly canvas = byId<HTMLCanvasElement>("canvas");
  private readonly buttons = {
    pen: byId<HTMLButtonElement>("pen"),
    eraser: byId<HTMLButtonElement>("eraser"),
    bucket: byId<HTMLButtonElement>("bucket"),
    undo: byId<HTMLButtonElement>("undo"),
    redo: byId<HTMLButtonElement>("redo"),
    clear: byId<HTMLButtonElement>("clear"),
    width: byId<HTMLButtonElement>("width"),
  };
  /** The finished drawing, over which the stroke under way is painted. */
  private readonly finished = document.createElement("canvas");
  private readonly pens = new PenChoice(() => this.use(this.tool === "bucket" ? "bucket" : "pen"));
  private materials = INK_ON_PAPER;
  private stroke?: Stroke;
  /** Where the bucket is held. */
  private pouring?: Point;
  private tool: Tool = "pen";
  private width = 1;

  constructor(
    private readonly drawing: Drawing,
    /** Called after a stroke, for which more may follow at once, and after other changes. */
    private readonly changed: (stroke: boolean) => void,
  ) {
    this.finished.width = this.canvas.width;
    this.finished.height = this.canvas.height;
    this.canvas.addEventListener("pointerdown", (event) => this.begin(event));
    this.canvas.addEventListener("pointermove", (event) => this.move(event));
    this.canvas.addEventListener("pointerup", (event) => this.end(event));
    this.canvas.addEventListener("pointercancel", () => this.drop());
    const { pen, eraser, bucket, undo, redo, clear, width } = this.buttons;
    pen.addEventListener("click", () => this.use("pen"));
    eraser.addEventListener("click", () => this.use("eraser"));
    bucket.addEventListener("click", () => this.useBucket());
    undo.addEventListener("click", () => this.undo());
    redo.addEventListener("click", () => this.redo());
    clear.addEventListener("click", () => this.lay(null));
    width.addEventListener("click", () => this.setWidth((this.width + 1) % this.materials.widths.length));
    this.equip(this.materials);
  }

  /** Gives things to draw with. Whether they are others than before. */
  equip(materials: Materials): boolean {
    const others = looks(materials) !== looks(this.materials);
    this.materials = materials;
    this.pens.offer(materials.pens);
    this.buttons.bucket.hidden = materials.pens.length < 2;
    this.use("pen");
    this.widen(0);
    byId("paper").toggleAttribute("data-dark", isDark(materials.sheet));
    this.drawing.useSheets(materials.sheet);
    this.repaint();
    return others;
  }

  use(tool: Tool): void {
    this.tool = tool;
    for (const name of ["pen", "eraser", "bucket"] as const) this.buttons[name].setAttribute("aria-pressed", String(name === tool));
    this.canvas.toggleAttribute("data-erase", tool === "eraser");
  }

  /** Takes the bucket, where there is one. It is rarely filled with what lines are drawn with. */
  useBucket(): void {
    if (this.buttons.bucket.hidden) return;
    if (this.pens.isFirst) this.pens.choose(this.materials.fill ?? "");
    this.use("bucket");
  }

  /** Makes the line wider (+1) or finer (-1). */
  widen(by: number): void {
    this.setWidth(Math.min(Math.max(this.width + by, 0), this.materials.widths.length - 1));
  }

  undo(): void {
    if (!this.drawing.canUndo) return;
    this.drawing.undo();
    this.commit();
  }

  redo(): void {
    if (!this.drawing.canRedo) return;
    this.drawing.redo();
    this.commit();
  }

  /** Replaces the drawing, by one of the visitor's own or not; null clears it. */
  lay(picture: HTMLCanvasElement | null, own = false): void {
    if (!picture && this.drawing.isBlank) return;
    this.drawing.lay(picture, own);
    this.commit();
  }

  /** Paints what the drawing has become. */
  repaint(): void {
    this.drawing.render(this.finished);
    this.paint();
    const { undo, redo } = this.buttons;
    // A disabled button would lose the keyboard's focus in the middle of undoing.
    undo.setAttribute("aria-disabled", String(!this.drawing.canUndo));
    redo.setAttribute("aria-disabled", String(!this.drawing.canRedo));
    byId("blank-hint").hidden = !this.drawing.isBlank || this.stroke !== undefined;
  }

  private commit(stroke = false): void {
    this.repaint();
    this.changed(stroke);
  }

  private paint(): void {
    context(this.canvas).drawImage(this.finished, 0, 0);
    if (this.stroke) this.drawing.renderStroke(this.canvas, this.stroke);
  }

  private setWidth(index: number): void {
    this.width = index;
    const { width } = this.buttons;
    const { widths } = this.materials;
    width.style.setProperty("--nib", `${((WIDEST_DOT * widths[index]!) / Math.max(...widths)).toFixed(1)}px`);
    width.setAttribute("aria-label", `Width of the line: ${index + 1} of ${widths.length}`);
  }

  private at(event: PointerEvent): Point {
    const box = this.canvas.getBoundingClientRect();
    return { x: ((event.clientX - box.left) * SIDE) / box.width, y: ((event.clientY - box.top) * SIDE) / box.height };
  }

  private begin(event: PointerEvent): void {
    if (event.button !== 0 && event.button !== 5) return;
    if (this.stroke || this.pouring) return this.drop(); // a second finger: no stroke was meant
    event.preventDefault();
    this.canvas.focus({ preventScroll: true });
    this.canvas.setPointerCapture(event.pointerId);
    // Button 5 is the eraser end of a pen.
    const erase = this.tool === "eraser" || event.button === 5;
    if (this.tool === "bucket" && !erase) {
      this.pouring = this.at(event);
      return;
    }
    const width = this.materials.widths[this.width]! * (erase ? this.materials.eraser : 1);
    this.stroke = { kind: "stroke", colour: erase ? undefined : this.pens.colour, width, points: [this.at(event)] };
    byId("blank-hint").hidden = true;
    this.paint();
  }

  private move(event: PointerEvent): void {
    if (!this.stroke || !this.canvas.hasPointerCapture(event.pointerId)) return;
    const events = event.getCoalescedEvents?.() ?? [];
    for (const step of events.length > 0 ? events : [event]) this.stroke.points.push(this.at(step));
    this.paint();
  }

  private end(event: PointerEvent): void {
    if (this.pouring) {
      const filled = this.drawing.fillAround(this.pouring, this.pens.colour);
      this.pouring = undefined;
      if (filled) this.commit();
      return;
    }
    if (!this.stroke || !this.canvas.hasPointerCapture(event.pointerId)) return;
    this.drawing.add(this.stroke);
    const { fill } = this.materials;
    if (fill && this.stroke.colour && this.pens.isFirst) this.drawing.fillEnclosed(fill);
    this.stroke = undefined;
    this.commit(true);
  }

  private drop(): void {
    this.stroke = this.pouring = undefined;
    this.repaint();
  }
}

/** What of materials is seen on a drawing. */
function looks({ sheet, pens }: Materials): string {
  return [sheet, ...pens.map(({ colour }) => colour)].join();
}
