// Pixels out of, and back into, what browsers call an image.

import { MunitError } from "./error";
import type { Pixels } from "./protocol";
import type { ImageSource } from "./types";

const maxPixels = 64e6; // 256 MB of RGBA; no canvas of a phone is larger

/** Gives a copy of the image's pixels at its own size. */
export async function pixelsOf(image: ImageSource): Promise<Pixels> {
  if (image instanceof ImageData) {
    check(image.width, image.height);
    return { data: new Uint8ClampedArray(image.data), width: image.width, height: image.height };
  }
  if (image instanceof Blob) {
    const bitmap = await createImageBitmap(image).catch(() => {
      throw new MunitError("bad-image", "This file is not a picture that the browser can read: use a PNG, JPEG or WebP file.");
    });
    try {
      return draw(bitmap, bitmap.width, bitmap.height);
    } finally {
      bitmap.close();
    }
  }
  if (image instanceof HTMLImageElement) {
    await image.decode().catch(() => {
      throw new MunitError("bad-image", `The picture ${image.currentSrc.slice(0, 200)} could not be loaded.`);
    });
    return draw(image, image.naturalWidth, image.naturalHeight);
  }
  if (image instanceof ImageBitmap || image instanceof HTMLCanvasElement || isOffscreenCanvas(image)) {
    return draw(image, image.width, image.height);
  }
  throw new MunitError("bad-image", "The image must be an ImageData, ImageBitmap, <img>, <canvas>, OffscreenCanvas or Blob.");
}

export function toImageData({ data, width, height }: Pixels): ImageData {
  return new ImageData(data, width, height);
}

function isOffscreenCanvas(image: unknown): image is OffscreenCanvas {
  return typeof OffscreenCanvas !== "undefined" && image instanceof OffscreenCanvas;
}

function draw(image: CanvasImageSource, width: number, height: number): Pixels {
  check(width, height);
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (!context) throw new MunitError("out-of-memory", `The browser has no room for a picture of ${width}×${height}: reduce it.`);
  context.drawImage(image, 0, 0);
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
