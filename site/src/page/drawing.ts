import { context, offscreen } from "./dom";

/** Side of the drawing in pixels, the size of the sample drawings and of the pictures a model is given. */
export const SIDE = 128;

export interface Point {
  x: number;
  y: number;
}

/** A line of the pen or the eraser; coordinates and width are in drawing pixels. */
export interface Stroke {
  kind: "stroke";
  erase: boolean;
  width: number;
  points: Point[];
}

/** A picture that replaces all that was there; null is an empty sheet. */
interface Sheet {
  kind: "sheet";
  picture: HTMLCanvasElement | null;
}

type Step = Stroke | Sheet;

/** How many steps back can be undone. */
const HISTORY = 200;

const BLANK: Sheet = { kind: "sheet", picture: null };

/**
 * A drawing as the steps that made it, so that it can be undone, and rendered at the model's size and, sharper, at the screen's.
 * It always begins with a sheet.
 */
export class Drawing {
  private steps: Step[] = [BLANK];
  private done = 1;

  get canUndo(): boolean {
    return this.done > 1;
  }

  get canRedo(): boolean {
    return this.done < this.steps.length;
  }

  get isBlank(): boolean {
    return this.steps[this.done - 1] === BLANK;
  }

  /** Lays a picture on the sheet, fitted whole and centred on white; null lays an empty sheet. */
  lay(picture: HTMLCanvasElement | null): void {
    this.push(picture ? { kind: "sheet", picture } : BLANK);
  }

  add(stroke: Stroke): void {
    this.push(stroke);
  }

  undo(): void {
    if (this.canUndo) this.done--;
  }

  redo(): void {
    if (this.canRedo) this.done++;
  }

  /** Draws everything into a square canvas. */
  render(canvas: HTMLCanvasElement): void {
    const ctx = context(canvas);
    const scale = canvas.width / SIDE;
    let first = this.done - 1;
    while (this.steps[first]?.kind !== "sheet") first--;
    ctx.setTransform(1, 0, 0, 1, 0, 0);
    for (const step of this.steps.slice(first, this.done)) {
      if (step.kind === "sheet") drawSheet(ctx, step.picture);
      else drawStroke(ctx, step, scale);
    }
  }

  /** Draws a stroke that is still under way. */
  renderStroke(canvas: HTMLCanvasElement, stroke: Stroke): void {
    drawStroke(context(canvas), stroke, canvas.width / SIDE);
  }

  /** What the model gets: SIDE×SIDE pixels. A sample of that size without strokes passes through unchanged. */
  pixels(): ImageData {
    const canvas = offscreen(SIDE);
    this.render(canvas);
    return context(canvas).getImageData(0, 0, SIDE, SIDE);
  }

  private push(step: Step): void {
    // The first picture of all is where the drawing begins, not a step to undo.
    if (this.steps.length === 1 && this.steps[0] === BLANK && step.kind === "sheet") this.steps = [];
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
    this.steps = [{ kind: "sheet", picture: canvas }, ...kept];
  }
}

function drawSheet(ctx: CanvasRenderingContext2D, picture: HTMLCanvasElement | null): void {
  const side = ctx.canvas.width;
  ctx.fillStyle = "#fff";
  ctx.fillRect(0, 0, side, side);
  if (!picture) return;
  const scale = side / Math.max(picture.width, picture.height);
  const width = picture.width * scale;
  const height = picture.height * scale;
  ctx.imageSmoothingEnabled = true;
  ctx.imageSmoothingQuality = "high";
  ctx.drawImage(picture, (side - width) / 2, (side - height) / 2, width, height);
}

function drawStroke(ctx: CanvasRenderingContext2D, stroke: Stroke, scale: number): void {
  const [first, ...rest] = stroke.points;
  if (!first) return;
  ctx.save();
  ctx.scale(scale, scale);
  ctx.lineCap = "round";
  ctx.lineJoin = "round";
  ctx.lineWidth = stroke.width;
  ctx.strokeStyle = stroke.erase ? "#fff" : "#000";
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
