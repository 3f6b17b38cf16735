// Filling areas of the drawing: outlines that close, by themselves, and what the bucket is emptied into.

import { rgb } from "./materials";

/** Side of the grid on which areas are found, in cells: two a drawing pixel, so that a fill is the same on the screen and for the model. */
export const GRID = 256;

/** An outline may have gaps of twice as many cells, as those of hands do. */
const REACH = 3;

/** Cells differ by more than this in some channel where there is a line between them; the edges of lines are soft. */
const ALIKE = 24;

/** An area in one colour. */
export interface Fill {
  kind: "fill";
  /** #rrggbb */
  colour: string;
  /** Rows of cells: y, first x, one past the last x, and so on. */
  rows: number[];
  /** Whether lines around it stay as dark as they are: it reaches under them, so that no light seam is left. */
  under: boolean;
}

/** What a stroke has closed: areas of the sheet's colour that no way leads out of now, and one did before. Undefined: it closed nothing. */
export function enclosed(before: ImageData, after: ImageData, sheet: string, colour: string): Fill | undefined {
  const [was, is] = [inside(before, sheet), inside(after, sheet)];
  return area(is.map((cell, i) => Number(cell && !was[i])), colour, isDarker(colour, rgb(sheet)));
}

/** The area around a cell that is as this cell is. Undefined: it has that colour. */
export function around(picture: ImageData, x: number, y: number, colour: string): Fill | undefined {
  const at = Math.min(Math.max(Math.floor(y), 0), GRID - 1) * GRID + Math.min(Math.max(Math.floor(x), 0), GRID - 1);
  const here = [...picture.data.subarray(4 * at, 4 * at + 3)];
  if (here.every((v, c) => v === rgb(colour)[c])) return undefined;
  const same = matching(picture, here);
  const cells = new Uint8Array(GRID * GRID);
  cells[at] = 1;
  spread(cells, [at], Infinity, CROSS, (cell) => same[cell]!);
  return area(cells, colour, isDarker(colour, here));
}

export function drawFill(ctx: CanvasRenderingContext2D, { colour, rows, under }: Fill): void {
  ctx.save();
  ctx.scale(ctx.canvas.width / GRID, ctx.canvas.height / GRID);
  if (under) ctx.globalCompositeOperation = "darken";
  ctx.fillStyle = colour;
  ctx.beginPath(); // one path: rows filled one by one would leave seams where cells are smaller than pixels
  for (let i = 0; i < rows.length; i += 3) ctx.rect(rows[i + 1]!, rows[i]!, rows[i + 2]! - rows[i + 1]!, 1);
  ctx.fill();
  ctx.restore();
}

/** The cells of the sheet's colour that have no way to the border, gaps of 2·REACH being no way. */
function inside(picture: ImageData, sheet: string): Uint8Array {
  const free = matching(picture, rgb(sheet));
  // Lines as much wider as closes the gaps; what can be reached in spite of them is outside.
  const lines = free.map((f) => 1 - f);
  spread(lines, ones(lines), REACH, RING, () => 1);
  const cells = new Uint8Array(GRID * GRID);
  const border = [...cells.keys()].filter((i) => i < GRID || i >= GRID * (GRID - 1) || i % GRID === 0 || i % GRID === GRID - 1);
  const start = border.filter((i) => free[i]);
  for (const i of start) cells[i] = 2;
  spread(cells, start, Infinity, CROSS, (cell) => 1 - lines[cell]!);
  const seeds: number[] = [];
  cells.forEach((cell, i) => {
    if (!cell && !lines[i]) cells[i] = 1;
    if (cells[i]) seeds.push(i);
  });
  // Both grow back to the lines, and meet in the middle of a gap.
  spread(cells, seeds, REACH + 1, RING, (cell) => free[cell]!);
  return cells.map((cell) => Number(cell === 1));
}

function matching({ data }: ImageData, colour: number[]): Uint8Array {
  return Uint8Array.from({ length: GRID * GRID }, (_, i) => Number(colour.every((v, c) => Math.abs(data[4 * i + c]! - v) <= ALIKE)));
}

const CROSS: [number, number][] = [[1, 0], [-1, 0], [0, 1], [0, -1]];
const RING: [number, number][] = [...CROSS, [1, 1], [1, -1], [-1, 1], [-1, -1]];

/** Gives the neighbours of cells their value, and the neighbours of those, so many steps far, where cells are 0 and may. */
function spread(cells: Uint8Array, from: number[], steps: number, ways: [number, number][], may: (cell: number) => number): void {
  for (let step = 0; step < steps && from.length > 0; step++) {
    const next: number[] = [];
    for (const at of from) {
      const x = at % GRID;
      for (const [dx, dy] of ways) {
        const to = at + dx + dy * GRID;
        if (x + dx < 0 || x + dx >= GRID || to < 0 || to >= cells.length || cells[to] || !may(to)) continue;
        cells[to] = cells[at]!;
        next.push(to);
      }
    }
    from = next;
  }
}

function ones(cells: Uint8Array): number[] {
  const all: number[] = [];
  cells.forEach((cell, i) => cell && all.push(i));
  return all;
}

/** The fill of these cells, one cell wider if it goes under the lines. */
function area(cells: Uint8Array, colour: string, under: boolean): Fill | undefined {
  if (under) spread(cells, ones(cells), 1, RING, () => 1);
  const rows: number[] = [];
  for (let i = 0; i < cells.length; i++) {
    if (!cells[i]) continue;
    const [y, x] = [Math.floor(i / GRID), i % GRID];
    while (cells[i + 1] && (i + 1) % GRID) i++;
    rows.push(y, x, (i % GRID) + 1);
  }
  return rows.length > 0 ? { kind: "fill", colour, rows, under } : undefined;
}

function isDarker(colour: string, than: number[]): boolean {
  return rgb(colour).every((v, c) => v <= than[c]!);
}
