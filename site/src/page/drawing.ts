import { context, offscreen } from "./dom";
import { around, drawFill, enclosed, GRID, type Fill } from "./fill";

/** Side of the drawing in its own pixels, which is the size of the sample drawings; strokes and pictures are drawn sharper where more are wanted. */
export const SIDE = 128;

export interface Point {
  x: number;
  y: number;
}

/** A line of a pen or the eraser; coordinates and width are in drawing pixels. */
export interface Stroke {
  kind: "stroke";
  /** The pen's, #rrggbb; the eraser has none and brings back the sheet's. */
  colour?: string;
  width: number;
  points: Point[];
}

/** What replaces all that was there. */
interface Sheet<Picture = HTMLCanvasElement> {
  kind: "sheet";
  colour: string;
  /** Null: the sheet is empty. */
  picture: Picture | null;
  /** Whether the visitor brought the picture. */
  own: boolean;
}

type Step = Stroke | Fill | Sheet;

/** A drawing as it is kept, with pictures of some kind. */
export interface Kept<Picture> {
  steps: (Stroke | Fill | Sheet<Picture>)[];
  done: number;
}

/** How many steps back can be undone. */
const HISTORY = 200;

/**
 * A drawing as the steps that made it, so that it can be undone, and rendered at the model's size and, sharper, at the screen's.
 * It always begins with a sheet.
 */
export class Drawing {
  private steps: Step[];
  private done = 1;
  /** Counts what has changed the drawing or its history. */
  changes = 0;

  /** An empty drawing on sheets of this colour. */
  constructor(private colour: string) {
    this.steps = [emptySheet(colour)];
  }

  get canUndo(): boolean {
    return this.done > 1;
  }

  get canRedo(): boolean {
    return this.done < this.steps.length;
  }

  /** Whether there is an empty sheet, as one gets it now. */
  get isBlank(): boolean {
    return isEmpty(this.last) && this.last.colour === this.colour;
  }

  /** Whether the visitor drew or brought what there is to see. */
  get isOwn(): boolean {
    return this.last.kind !== "sheet" || this.last.own;
  }

  /** Whether there is anything on the sheet that was drawn. */
  get hasStrokes(): boolean {
    return this.done - 1 > this.base;
  }

  /** Takes sheets of another colour from now on: an empty one is exchanged, and a drawing stays on its own. */
  useSheets(colour: string): void {
    this.colour = colour;
    if (isEmpty(this.last)) this.steps[this.done - 1] = emptySheet(colour);
  }

  /** Lays a picture on a new sheet, fitted whole and centred; null lays an empty sheet. */
  lay(picture: HTMLCanvasElement | null, own = false): void {
    this.push({ ...emptySheet(this.colour), picture, own });
  }

  add(stroke: Stroke): void {
    this.push(stroke);
  }

  /** Fills what the last stroke has closed, as a step of its own, which can be undone. */
  fillEnclosed(colour: string): void {
    const after = this.pixels(GRID);
    this.done--;
    const before = this.pixels(GRID);
    this.done++;
    const fill = enclosed(before, after, this.sheet.colour, colour);
    if (fill) this.push(fill);
  }

  /** Fills the area around a point. Whether there was anything to do. */
  fillAround({ x, y }: Point, colour: string): boolean {
    const fill = around(this.pixels(GRID), (x * GRID) / SIDE, (y * GRID) / SIDE, colour);
    if (fill) this.push(fill);
    return fill !== undefined;
  }

  undo(): void {
    if (!this.canUndo) return;
    this.done--;
    this.changes++;
  }

  redo(): void {
    if (!this.canRedo) return;
    this.done++;
    this.changes++;
  }

  /** All of it, history and all. */
  kept(): Kept<HTMLCanvasElement> {
    return { steps: [...this.steps], done: this.done };
  }

  restore({ steps, done }: Kept<HTMLCanvasElement>): void {
    if (steps[0]?.kind !== "sheet" || done < 1 || done > steps.length) return;
    this.steps = steps;
    this.done = done;
    this.changes++;
  }

  /** Draws everything into a square canvas. */
  render(canvas: HTMLCanvasElement): void {
    const ctx = context(canvas);
    ctx.setTransform(1, 0, 0, 1, 0, 0);
    for (const step of this.steps.slice(this.base, this.done)) {
      if (step.kind === "sheet") drawSheet(ctx, step);
      else if (step.kind === "fill") drawFill(ctx, step);
      else this.renderStroke(canvas, step);
    }
  }

  /** Draws a stroke, such as one that is still under way. */
  renderStroke(canvas: HTMLCanvasElement, stroke: Stroke): void {
    drawStroke(context(canvas), stroke, stroke.colour ?? this.sheet.colour, canvas.width / SIDE);
  }

  /** What a model gets, side×side pixels. At SIDE a sample without strokes passes through unchanged. */
  pixels(side = SIDE): ImageData {
    const canvas = offscreen(side);
    this.render(canvas);
    return context(canvas).getImageData(0, 0, side, side);
  }

  private get last(): Step {
    return this.steps[this.done - 1]!;
  }

  /** Where the sheet on top is among the steps; what was before it is not seen. */
  private get base(): number {
    let at = this.done - 1;
    while (this.steps[at]!.kind !== "sheet") at--;
    return at;
  }

  private get sheet(): Sheet {
    return this.steps[this.base] as Sheet;
  }

  private push(step: Step): void {
    this.changes++;
    // The first picture of all is where the drawing begins, not a step to undo.
    if (this.steps.length === 1 && isEmpty(this.steps[0]!) && step.kind === "sheet") this.steps = [];
    this.steps.splice(this.done, Infinity, step);
    if (this.steps.length > HISTORY) this.forget();
    this.done = this.steps.length;
  }

  /** Melts the oldest steps into one sheet, which costs no undo that anyone remembers. */
  private forget(): void {
    const kept = this.steps.slice(HISTORY / 2);
    const canvas = offscreen(SIDE * 4);
    this.done = HISTORY / 2;
    this.render(canvas);
    this.steps = [{ kind: "sheet", colour: this.sheet.colour, picture: canvas, own: this.isOwn }, ...kept];
  }
}

function emptySheet(colour: string): Sheet {
  return { kind: "sheet", colour, picture: null, own: false };
}

function isEmpty(step: Step): step is Sheet {
  return step.kind === "sheet" && step.picture === null;
}

function drawSheet(ctx: CanvasRenderingContext2D, { colour, picture }: Sheet): void {
  const side = ctx.canvas.width;
  ctx.fillStyle = colour;
  ctx.fillRect(0, 0, side, side);
  if (!picture) return;
  const scale = side / Math.max(picture.width, picture.height);
  const width = picture.width * scale;
  const height = picture.height * scale;
  ctx.imageSmoothingEnabled = true;
  ctx.imageSmoothingQuality = "high";
  ctx.drawImage(picture, (side - width) / 2, (side - height) / 2, width, height);
}

function drawStroke(ctx: CanvasRenderingContext2D, stroke: Stroke, colour: string, scale: number): void {
  const [first, ...rest] = stroke.points;
  if (!first) return;
  ctx.save();
  ctx.scale(scale, scale);
  ctx.lineCap = "round";
  ctx.lineJoin = "round";
  ctx.lineWidth = stroke.width;
  ctx.strokeStyle = colour;
  ctx.beginPath();
  ctx.moveTo(first.x, first.y);
  // Curves through the midpoints: the hand's line without the corners of its samples.
  let last = first;
  for (const point of rest) {
    ctx.quadraticCurveTo(last.x, last.y, (last.x + point.x) / 2, (last.y + point.y) / 2);
    last = point;
  }
  ctx.lineTo(last.x, last.y);
  ctx.stroke();
  ctx.restore();
}
