import type { Row } from "./measure";
import type { Network } from "./model";

/** Everything that one run found, as it is copied. */
export interface Report {
  date: string;
  browser: string;
  cores: number;
  network: Network;
  rows: Row[];
  /** Devices that took no part, with the reasons. */
  missing: string[];
}

/** The middle of some values, or the mean of the two in the middle. */
export function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const n = sorted.length;
  return (sorted[(n - 1) >> 1]! + sorted[n >> 1]!) / 2;
}

/** Seconds for people, with three digits. */
export function formatSeconds(s: number): string {
  const [value, unit] = s < 1 ? [1000 * s, "ms"] : [s, "s"];
  return `${value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0)} ${unit}`;
}

export const COLUMNS = ["", "start", "first", "median", "range", "runs", "difference"];

export function cells(row: Row): string[] {
  const { times } = row;
  return [
    `${row.kind.toUpperCase()}, ${row.work}`,
    row.start === undefined ? "" : formatSeconds(row.start),
    formatSeconds(row.first),
    times.length > 0 ? formatSeconds(median(times)) : "",
    times.length > 0 ? `${formatSeconds(Math.min(...times))} – ${formatSeconds(Math.max(...times))}` : "",
    times.length > 0 ? String(times.length) : "",
    row.kind === "cpu" || row.difference === undefined ? "" : `${row.difference} of 255`,
  ];
}

export function describe({ size, dim }: Network): string {
  return `${size} × ${size} pixels, dim ${dim}`;
}

/** The report as a Markdown table, for an issue. */
export function toText(r: Report): string {
  const line = (texts: string[]) => `| ${texts.join(" | ")} |`;
  const devices = new Map(r.rows.map((row) => [row.kind, row.device]));
  return [
    `webmunit, ${describe(r.network)}, measured on ${r.date}`,
    r.browser,
    `${r.cores} threads of the processor`,
    ...[...devices].map(([kind, name]) => `${kind.toUpperCase()}: ${name}`),
    ...r.missing,
    "",
    line(COLUMNS),
    line(COLUMNS.map((_, i) => (i === 0 ? "---" : "--:"))),
    ...r.rows.map((row) => line(cells(row))),
    "",
  ].join("\n");
}

/** The report with every single time. */
export function toJSON(r: Report): string {
  const rows = r.rows.map((row) => ({ ...row, median: row.times.length > 0 ? median(row.times) : undefined }));
  return `${JSON.stringify({ ...r, rows }, null, 2)}\n`;
}
