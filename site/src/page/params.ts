import type { Device, Direction } from "../module/types";

/** What a link to the page can say; the page keeps its own address up to date with it. */
export interface Params {
  device: Device;
  seed: bigint;
  /** Position of the sample drawing. */
  sample: number;
  /** How many styles the tray begins with. */
  styles: number;
  /** Name of a model of models.json, or a URL on this site; "" is the first model. */
  model: string;
  direction?: Direction;
}

export const DEFAULTS: Params = { device: "auto", seed: 3n, sample: 0, styles: 9, model: "" };

const MOST_STYLES = 60;

/** The largest seed. */
const SEEDS = 2n ** 64n;

/** Reads a whole number from 0 to 2^64-1. */
export function parseSeed(text: string): bigint | undefined {
  if (!/^\s*\d{1,20}\s*$/.test(text)) return undefined;
  const seed = BigInt(text.trim());
  return seed < SEEDS ? seed : undefined;
}

/** A seed that is short enough to remember. */
export function newSeed(): bigint {
  return BigInt(Math.floor(Math.random() * 100_000));
}

/** Reads the page's address; what makes no sense there is as if it were not there. */
export function readParams(search: string): Params {
  const query = new URLSearchParams(search);
  const params: Params = { ...DEFAULTS };
  const device = query.get("device");
  if (device === "cpu" || device === "gpu" || device === "auto") params.device = device;
  const direction = query.get("direction");
  if (direction === "a2b" || direction === "b2a") params.direction = direction;
  params.seed = parseSeed(query.get("seed") ?? "") ?? DEFAULTS.seed;
  params.sample = whole(query.get("sample"), 0, 1000) ?? DEFAULTS.sample;
  params.styles = whole(query.get("styles"), 1, MOST_STYLES) ?? DEFAULTS.styles;
  params.model = query.get("model") ?? "";
  return params;
}

function whole(text: string | null, least: number, most: number): number | undefined {
  if (text === null || !/^\d{1,6}$/.test(text)) return undefined;
  return Math.min(Math.max(Number(text), least), most);
}

/** Writes what differs from the defaults into the page's address, without a new entry in the history. */
export function writeParams(params: Params): void {
  const query = new URLSearchParams();
  for (const name of Object.keys({ ...DEFAULTS, direction: "" }) as (keyof Params)[]) {
    const value = params[name];
    if (value !== undefined && value !== DEFAULTS[name]) query.set(name, String(value));
  }
  const search = query.toString();
  try {
    history.replaceState(null, "", search ? `?${search}` : location.pathname);
  } catch {
    // A page opened from a file has no address to keep; the page works all the same.
  }
}
