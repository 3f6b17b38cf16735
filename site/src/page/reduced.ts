/**
 * The size of a picture whose longer side becomes `longest`, if it is longer. What is left of a pixel is cut off, as the runtime's
 * pixels.Scaled and torchvision's Resize do. Products of whole numbers this small are exact.
 */
export function reduced(width: number, height: number, longest: number): [width: number, height: number] {
  const long = Math.max(width, height);
  if (long <= longest) return [width, height];
  const scaled = (n: number) => Math.max(1, Math.floor((n * longest) / long));
  return [scaled(width), scaled(height)];
}
