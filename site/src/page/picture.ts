import { context, offscreen } from "./dom";
import { reduced } from "./reduced";

/** Pictures beyond this many pixels are refused before they are decoded. */
const MOST_PIXELS = 64e6;

/** Longer sides are reduced to this: enough for any screen, and small to keep in the undo history. */
const LONGEST = 1024;

/** Says in plain words why a picture cannot be used. */
export class PictureError extends Error {}

/** Reads a picture file of any kind that the browser shows, turned as its EXIF data says, transparent parts on white. */
export async function readPicture(file: Blob): Promise<HTMLCanvasElement> {
  const url = URL.createObjectURL(file);
  try {
    return await fetchPicture(url);
  } finally {
    URL.revokeObjectURL(url);
  }
}

/** The same for a picture at a URL of this site. */
export async function fetchPicture(url: string): Promise<HTMLCanvasElement> {
  const image = new Image();
  await new Promise<void>((resolve, reject) => {
    image.onload = () => resolve();
    image.onerror = () =>
      reject(new PictureError("That is not a picture this browser can read. Try a PNG, JPEG or WebP file."));
    image.src = url;
  });
  // An SVG without a size of its own says 0.
  const width = image.naturalWidth || 512;
  const height = image.naturalHeight || 512;
  if (width * height > MOST_PIXELS) {
    throw new PictureError(`That picture is ${width} × ${height} pixels, which is too large. Reduce it below 64 megapixels.`);
  }
  const canvas = offscreen(...reduced(width, height, LONGEST));
  const ctx = context(canvas);
  ctx.fillStyle = "#fff";
  ctx.fillRect(0, 0, canvas.width, canvas.height);
  ctx.imageSmoothingQuality = "high";
  ctx.drawImage(image, 0, 0, canvas.width, canvas.height);
  return canvas;
}

/** The first picture in what was dropped or pasted, if any. */
export function pictureIn(data: DataTransfer | null): File | undefined {
  return [...(data?.files ?? [])].find((file) => file.type.startsWith("image/"));
}

/** Lets an element take dropped files; `take` gets the picture, or undefined when there was none among them. */
export function acceptDrops(target: HTMLElement, take: (file: File | undefined) => void): void {
  let depth = 0;
  const mark = (over: boolean) => target.toggleAttribute("data-drop", over);
  const carriesFile = (event: DragEvent) => event.dataTransfer?.types.includes("Files") ?? false;
  target.addEventListener("dragenter", (event) => {
    if (carriesFile(event)) mark(++depth > 0);
  });
  target.addEventListener("dragleave", (event) => {
    if (carriesFile(event)) mark(--depth > 0);
  });
  target.addEventListener("dragover", (event) => {
    if (carriesFile(event)) event.preventDefault();
  });
  target.addEventListener("drop", (event) => {
    mark(false);
    depth = 0;
    if (!carriesFile(event)) return;
    event.preventDefault();
    event.stopPropagation();
    take(pictureIn(event.dataTransfer));
  });
}
