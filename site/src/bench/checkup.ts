// A report on this machine's devices, for whoever has none like them. Its form is that of munit doctor --full, which prints it by --read.

/** What the worker is asked. */
export interface Asked {
  device: "" | "cpu"; // the best GPU, or the CPU
  seconds: number;
}

/** What the worker tells: events of runtime/checkup, and the end, "" if all went well. */
export type Told = { event: Event } | { ended: string };

interface Event {
  info?: { Kind: string; Name: string; Backend: string; Software: boolean; Details: string[] | null };
  limits?: Record<string, number>;
  row?: Row;
  now?: string;
  part?: string;
  done?: number;
}

interface Row {
  part: string;
  name: string;
  variant?: string;
  state: "right" | "wrong" | "absent" | "skipped" | "measured";
  figures?: Record<string, number>;
  text?: string;
}

interface Examined {
  kind: string;
  name: string;
  backend: string;
  software: boolean;
  details: string[];
  auto: boolean;
  limits?: Record<string, number>;
  rows: Row[];
  ended?: string;
}

export interface Checkup {
  format: 1;
  date: string;
  seconds: number;
  program: { version: string; go: string; platform: string; simd: boolean; build: string[]; modules: string[] };
  system: { name: string; cpus: number };
  devices: Examined[];
}

/** Seconds that a device gets beyond its share before it counts as hanging. */
const GRACE = 60;

/** Examines the GPU, for most of the time, and the CPU. It ends by itself; signal ends it with an AbortError. */
export async function checkup(seconds: number, signal: AbortSignal, onProgress: (done: number, what: string) => void): Promise<Checkup> {
  const began = performance.now();
  const report: Checkup = {
    format: 1, date: new Date().toISOString(), seconds: 0,
    program: { version: `page ${location.pathname}`, go: "wasm", platform: "js/wasm", simd: false, build: [], modules: [] },
    system: { name: navigator.userAgent, cpus: navigator.hardwareConcurrency },
    devices: [],
  };
  const shares = { "": 0.8, cpu: 0.2 };
  let before = 0;
  for (const device of ["", "cpu"] as const) {
    const from = before;
    report.devices.push(await examine({ device, seconds: seconds * shares[device] }, signal, (done, what) => onProgress(from + done * shares[device], what)));
    before += shares[device];
  }
  report.seconds = (performance.now() - began) / 1000;
  return report;
}

/** How many things are wrong. */
export function faults(report: Checkup): number {
  return report.devices.reduce((n, d) => n + (d.ended ? 1 : 0) + d.rows.filter((r) => r.state === "wrong").length, 0);
}

/** Examines one device by a worker of its own: if that crashes or hangs, what it has told stays. */
async function examine(asked: Asked, signal: AbortSignal, onProgress: (done: number, what: string) => void): Promise<Examined> {
  const kind = asked.device || "gpu";
  const found: Examined = { kind, name: "no device", backend: "", software: false, details: [], auto: false, rows: [] };
  let last = "being opened";
  const worker = new Worker(new URL("./checkup-worker.js", document.baseURI), { type: "module" });
  const stops: (() => void)[] = [];
  try {
    const ended = await new Promise<string>((resolve, reject) => {
      const abort = () => reject(signal.reason);
      signal.addEventListener("abort", abort);
      stops.push(() => signal.removeEventListener("abort", abort));
      if (signal.aborted) abort();
      const timer = setTimeout(() => resolve(`it hangs at: ${last}`), (asked.seconds + GRACE) * 1000);
      stops.push(() => clearTimeout(timer));
      worker.onerror = (e) => resolve(`the program that examined it ended at: ${last} (${e.message})`);
      worker.onmessage = ({ data }: MessageEvent<Told>) => {
        if ("ended" in data) return resolve(data.ended);
        const { info, limits, row, now, part, done } = data.event;
        if (info) Object.assign(found, { kind: info.Kind, name: info.Name, backend: info.Backend, software: info.Software, details: info.Details ?? [], limits });
        if (row) found.rows.push(row);
        if (now) {
          last = `${part}, ${now}`;
          onProgress(done ?? 0, `${kind.toUpperCase()}: ${last}`);
        }
      };
      worker.postMessage(asked);
    });
    if (ended) found.ended = ended;
    return found;
  } finally {
    for (const stop of stops) stop();
    worker.terminate();
  }
}
