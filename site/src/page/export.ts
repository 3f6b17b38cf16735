import { canvasOf, context, offscreen, png } from "./dom";
import { factorFor } from "./front";
import { enlarge } from "./scale";

/** A contact sheet's measures in pixels. */
const CELL = 192;
const GAP = 16;
const FOOT = 40;

/** Whether this browser can put pictures on the clipboard. */
export const canCopy = typeof ClipboardItem !== "undefined" && navigator.clipboard?.write !== undefined;

/** Puts the picture, as large as the page shows it, on the clipboard. */
export async function copyPicture(pixels: ImageData): Promise<void> {
  await navigator.clipboard.write([new ClipboardItem({ "image/png": largePng(pixels) })]); // a promise, since Safari asks at once or never
}

/** Whether this browser can hand a picture to other apps. */
export const canShare = navigator.canShare?.({ files: [new File([], "picture.png", { type: "image/png" })] }) ?? false;

export async function sharePicture(pixels: ImageData, name: string): Promise<void> {
  await navigator.share({ files: [new File([await largePng(pixels)], name, { type: "image/png" })] });
}

/** The picture exactly as computed, as a PNG. */
export function exactPng(pixels: ImageData): Promise<Blob> {
  return png(canvasOf(pixels));
}

/** The picture as large as the page shows it, as a PNG. */
export function largePng(pixels: ImageData): Promise<Blob> {
  return png(canvasOf(enlarge(pixels, factorFor(pixels))));
}

/** The drawing and all its translations on one sheet, with a line of text below, as a PNG. */
export function contactSheet(drawing: ImageData, pictures: ImageData[], text: string): Promise<Blob> {
  const all = [drawing, ...pictures];
  const columns = Math.ceil(Math.sqrt(all.length));
  const rows = Math.ceil(all.length / columns);
  const pitch = CELL + GAP;
  const canvas = offscreen(columns * pitch + GAP, rows * pitch + GAP + FOOT);
  const ctx = context(canvas);
  ctx.fillStyle = "#fff";
  ctx.fillRect(0, 0, canvas.width, canvas.height);
  ctx.imageSmoothingQuality = "high";
  all.forEach((pixels, i) => {
    const scale = CELL / Math.max(pixels.width, pixels.height);
    const [width, height] = [pixels.width * scale, pixels.height * scale];
    const x = GAP + (i % columns) * pitch + (CELL - width) / 2;
    const y = GAP + Math.floor(i / columns) * pitch + (CELL - height) / 2;
    ctx.drawImage(canvasOf(enlarge(pixels, Math.max(1, Math.ceil(scale)))), x, y, width, height);
  });
  ctx.fillStyle = "#555";
  ctx.font = "16px system-ui, sans-serif";
  ctx.textBaseline = "middle";
  ctx.fillText(text, GAP, canvas.height - FOOT / 2 - GAP / 2, canvas.width - 2 * GAP);
  return png(canvas);
}
