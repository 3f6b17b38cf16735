// The page is ink on paper; its only colour comes from the picture in front.

/** The hue that stands out most in a picture, in degrees, and how colourful the picture is, 0 to 1. */
export function hueOf(pixels: ImageData): { hue: number; colour: number } {
  const { data } = pixels;
  let x = 0;
  let y = 0;
  let weight = 0;
  for (let i = 0; i < data.length; i += 4) {
    // Opponent colours: angle is hue, length is how far from grey.
    const [r, g, b] = [data[i]! / 255, data[i + 1]! / 255, data[i + 2]! / 255];
    const p = r - (g + b) / 2;
    const q = (Math.sqrt(3) / 2) * (g - b);
    const chroma = Math.hypot(p, q);
    x += p * chroma;
    y += q * chroma;
    weight += chroma;
  }
  const hue = (Math.atan2(y, x) * 180) / Math.PI;
  return { hue: (hue + 360) % 360, colour: Math.min(1, (4 * weight) / (data.length / 4)) };
}

/** Gives the page the hue of a picture, through custom properties that page.css builds its tints from. */
export function tintPage(pixels: ImageData): void {
  const { hue, colour } = hueOf(pixels);
  const { style } = document.documentElement;
  style.setProperty("--hue", hue.toFixed(0));
  style.setProperty("--colour", colour.toFixed(2));
}
