import { load, MunitError } from "../module/index";
import type { Translator } from "../module/types";
import { makeModel, makePicture, type Network } from "./model";

export type Kind = "gpu" | "cpu";

/** The two things that are done with pictures. */
export const WORK = ["whole picture", "another style"] as const;

/** How long one thing took on one device. All times are in seconds. */
export interface Row {
  device: string;
  kind: Kind;
  work: (typeof WORK)[number];
  /** All that comes before the first picture; another style needs none. */
  start?: number;
  first: number;
  /** Of the pictures after the first. */
  times: number[];
  /** Levels of 255 by which the picture differs at most from the CPU's; unknown until both are there. */
  difference?: number;
}

export interface Options {
  network: Network;
  devices: Kind[];
  /** How often the devices take turns. */
  turns: number;
  signal: AbortSignal;
  /** Tells how far it is, in [0, 1], and what is done next. */
  onProgress(done: number, what: string): void;
  /** Tells of new times: the rows so far. */
  onRows(rows: Row[]): void;
  /** Tells why a device takes no part. */
  onMissing(kind: Kind, why: string): void;
}

/** A quick device does its work several times a turn: one picture of some milliseconds says little. */
const TURN_TIME = 0.3; // seconds
const TURN_RUNS = 10;

/** A device at work. */
interface Contender {
  translator: Translator;
  picture: ImageData;
  rows: Row[]; // as WORK
}

/** Measures the devices in turns, so that a slow spell of the machine falls on all of them. */
export async function measure(o: Options): Promise<Row[]> {
  const contenders: Contender[] = [];
  const rows = () => contenders.flatMap((c) => c.rows);
  const steps = o.devices.length * (2 + o.turns);
  let done = 0;
  const step = (what: string) => o.onProgress(done++ / steps, what);
  const model = URL.createObjectURL(makeModel(o.network));
  try {
    for (const kind of o.devices) {
      const name = kind.toUpperCase();
      step(`Starting the ${name}`);
      try {
        contenders.push(await start(kind, model, o, () => step(`First pictures on the ${name}`)));
      } catch (error) {
        if (!(error instanceof MunitError) || error.code === "aborted") throw error;
        o.onMissing(kind, error.message);
        done += 1 + o.turns;
      }
      o.onRows(rows());
    }
    compare(contenders);
    for (let turn = 1; turn <= o.turns; turn++) {
      for (const c of contenders) {
        step(`Turn ${turn} of ${o.turns}: ${c.rows[0]!.device}`);
        await takeTurn(c, o);
        o.onRows(rows());
      }
    }
    o.onProgress(1, "");
    return rows();
  } finally {
    URL.revokeObjectURL(model);
    for (const c of contenders) c.translator.dispose();
  }
}

async function start(kind: Kind, model: string, { network, signal }: Options, started: () => void): Promise<Contender> {
  const began = performance.now();
  const translator = await load({ model, device: kind, tune: false, signal }); // tuning would take turns with what is timed
  const took = since(began);
  try {
    started();
    const { name, software } = translator.info.device;
    const device = (name || kind.toUpperCase()) + (software ? " (emulated by the CPU, slow)" : "");
    const row = (work: Row["work"]): Row => ({ device, kind, work, first: 0, times: [] });
    const c: Contender = { translator, picture: makePicture(network), rows: WORK.map(row) };
    c.rows[0]!.start = took;
    const first = await once(c, signal);
    c.rows.forEach((r, i) => (r.first = first.seconds[i]!));
    c.picture = first.picture;
    return c;
  } catch (error) {
    translator.dispose();
    throw error;
  }
}

/** Translates the picture whole, and then in another style. */
async function once({ translator, picture }: Contender, signal: AbortSignal): Promise<{ seconds: number[]; picture: ImageData }> {
  const style = (index: number) => translator.randomStyle(1, index);
  const began = performance.now();
  const content = await translator.encode(picture, { signal, size: 0 });
  try {
    const whole = await translator.decode(content, style(0), { signal });
    const seconds = [since(began)];
    const again = performance.now();
    await translator.decode(content, style(1), { signal });
    return { seconds: [...seconds, since(again)], picture: whole };
  } finally {
    content.dispose();
  }
}

async function takeTurn(c: Contender, o: Options): Promise<void> {
  const source = { ...c, picture: makePicture(o.network) };
  for (let runs = 0, total = 0; runs < TURN_RUNS && total < TURN_TIME; runs++) {
    const { seconds } = await once(source, o.signal);
    seconds.forEach((s, i) => c.rows[i]!.times.push(s));
    total += seconds.reduce((a, b) => a + b);
  }
}

/** Holds the first pictures against each other: a device that computes something else is not fast, but wrong. */
function compare(contenders: Contender[]): void {
  const cpu = contenders.find((c) => c.rows[0]!.kind === "cpu");
  if (!cpu) return;
  for (const c of contenders) {
    let most = 0;
    c.picture.data.forEach((v, i) => (most = Math.max(most, Math.abs(v - cpu.picture.data[i]!))));
    c.rows[0]!.difference = most;
  }
}

const since = (began: number) => (performance.now() - began) / 1000;
