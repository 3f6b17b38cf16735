// Pixels out of, and back into, what browsers call an image.

import { MunitError, describe } from "./error";
import type { Pixels } from "./protocol";
import type { ImageSource } from "./types";

const maxPixels = 64e6; // 256 MB of RGBA; no canvas of a phone is larger

const vectorSide = 512; // the longer side of a drawing without pixels of its own

/** Gives a copy of the image's pixels at its own size. */
export async function pixelsOf(image: ImageSource): Promise<Pixels> {
  if (is("ImageData", image)) {
    const { width, height, data } = image as ImageData;
    check(width, height);
    return { data: new Uint8ClampedArray(data), width, height };
  }
  if (is("Blob", image)) return pixelsOfFile(image as Blob);
  if (is("HTMLImageElement", image)) return pixelsOfElement(image as HTMLImageElement);
  if (is("SVGImageElement", image)) return pixelsAt((image as SVGImageElement).href.baseVal);
  if (is("HTMLVideoElement", image)) {
    const video = image as HTMLVideoElement;
    if (video.readyState < 2) throw new MunitError("bad-image", "The video shows no picture yet: wait for its event loadeddata.");
    return draw(video, video.videoWidth, video.videoHeight);
  }
  if (is("VideoFrame", image)) {
    const frame = image as VideoFrame;
    if (frame.format === null && frame.codedWidth === 0) throw new MunitError("bad-image", "The VideoFrame has been closed: take its picture before.");
    return draw(frame, frame.displayWidth, frame.displayHeight);
  }
  if (is("ImageBitmap", image) || is("HTMLCanvasElement", image) || is("OffscreenCanvas", image)) {
    const { width, height } = image as ImageBitmap;
    return draw(image as ImageBitmap, width, height);
  }
  throw new MunitError(
    "bad-image",
    `The image must be an ImageData, ImageBitmap, <img>, <svg:image>, <video>, VideoFrame, <canvas>, OffscreenCanvas or Blob, not ${describe(image)}.`,
  );
}

/** Whether the browser knows the class, and the image, of this window or another, is of it. */
function is(kind: string, image: unknown): boolean {
  const known = (globalThis as Record<string, unknown>)[kind];
  if (typeof known === "function" && image instanceof known) return true;
  const tag = Object.prototype.toString.call(image).slice(8, -1);
  return tag === kind || (kind === "Blob" && tag === "File");
}

async function pixelsOfFile(file: Blob): Promise<Pixels> {
  if (file.type.startsWith("image/svg")) {
    const url = URL.createObjectURL(file);
    try {
      return await pixelsAt(url);
    } finally {
      URL.revokeObjectURL(url);
    }
  }
  const bitmap = await createImageBitmap(file).catch(() => {
    throw new MunitError("bad-image", "This file is not a picture that the browser can read: use a PNG, JPEG or WebP file.");
  });
  try {
    return draw(bitmap, bitmap.width, bitmap.height);
  } finally {
    bitmap.close();
  }
}

function pixelsAt(url: string): Promise<Pixels> {
  const image = new Image();
  image.crossOrigin = "anonymous";
  image.src = url;
  return pixelsOfElement(image);
}

async function pixelsOfElement(image: HTMLImageElement): Promise<Pixels> {
  await image.decode().catch(() => {
    throw new MunitError("bad-image", `The picture ${image.currentSrc.slice(0, 200)} could not be loaded.`);
  });
  if (image.naturalWidth && image.naturalHeight) return draw(image, image.naturalWidth, image.naturalHeight);
  return draw(image, vectorSide, vectorSide); // an SVG that says nothing of its size fills what it is given
}

export function toImageData({ data, width, height }: Pixels): ImageData {
  return new ImageData(data, width, height);
}

function draw(image: CanvasImageSource, width: number, height: number): Pixels {
  check(width, height);
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (!context) throw new MunitError("out-of-memory", `The browser has no room for a picture of ${width}×${height}: reduce it.`);
  try {
    context.drawImage(image, 0, 0, width, height);
  } catch {
    throw new MunitError("bad-image", "The browser cannot draw the picture: it is broken, or was closed.");
  }
  try {
    const { data } = context.getImageData(0, 0, width, height);
    return { data: data as Pixels["data"], width, height };
  } catch {
    throw new MunitError("bad-image", "The browser does not let this page read the picture: it comes from another site that does not allow it (CORS).");
  }
}

function check(width: number, height: number): void {
  if (width < 1 || height < 1) throw new MunitError("bad-image", "The picture is empty: it has no pixels.");
  if (width * height > maxPixels) {
    throw new MunitError("too-large", `The picture has ${width}×${height} pixels, and at most ${maxPixels / 1e6} million are read: reduce it.`);
  }
}
