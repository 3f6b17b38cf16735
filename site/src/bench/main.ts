// The bench page: measures the module on this machine's GPU and CPU, and shows what it found.

import "./bench.css";
import { byId, make, setText } from "../page/dom";
import { checkup, faults } from "./checkup";
import { measure, type Kind, type Row } from "./measure";
import { NETWORKS } from "./model";
import { describe, toJSON, toText, type Report } from "./report";
import { paintChart, paintTable } from "./view";

const DEFAULT_SIZE = 64;
const DEFAULT_TURNS = 5;
const MOST_TURNS = 100;

/** Seconds of a full report: with a minute for what hangs, ten minutes. ?report=30 makes it shorter. */
const REPORT_SECONDS = 9 * 60;

/** ?size=16|64|256&turns=5&device=gpu|cpu make a run reproducible. */
const query = new URLSearchParams(location.search);
let network = NETWORKS.find((n) => String(n.size) === query.get("size")) ?? NETWORKS.find((n) => n.size === DEFAULT_SIZE)!;
const turns = Math.min(Math.max(Number.parseInt(query.get("turns") ?? "", 10) || DEFAULT_TURNS, 1), MOST_TURNS);
const reportSeconds = Number.parseFloat(query.get("report") ?? "") || REPORT_SECONDS;
const only = query.get("device");
const devices: Kind[] = only === "gpu" || only === "cpu" ? [only] : ["gpu", "cpu"];

type State = "busy" | "ready" | "stopped" | "error";

let report: Report;
let running: AbortController | undefined;

function setState(state: State, words: string): void {
  document.documentElement.dataset.state = state;
  setText(byId("status-words"), words);
  byId<HTMLButtonElement>("stop").disabled = state !== "busy";
  for (const id of ["again", "examine"]) byId<HTMLButtonElement>(id).disabled = state === "busy";
  const bar = byId<HTMLProgressElement>("progress");
  bar.toggleAttribute("data-on", state === "busy");
  const found = report.rows.some((row) => row.times.length > 0);
  for (const id of ["copy-text", "copy-json"]) byId<HTMLButtonElement>(id).disabled = !found;
}

function paint(rows: Row[]): void {
  report.rows = rows;
  paintTable(rows);
  paintChart(rows);
  const names = new Map(rows.map((row) => [row.kind, `${row.kind.toUpperCase()}: ${row.device}`]));
  setText(byId("devices"), [...names.values(), ...report.missing].join(" · "));
}

async function run(): Promise<void> {
  running?.abort();
  const mine = (running = new AbortController());
  const current = () => running === mine;
  report = {
    date: new Date().toISOString(),
    browser: navigator.userAgent,
    cores: navigator.hardwareConcurrency,
    network, rows: [], missing: [],
  };
  paint([]);
  setState("busy", "Starting");
  try {
    const rows = await measure({
      network, devices, turns, signal: mine.signal,
      onProgress: (done, what) => {
        if (!current()) return;
        byId<HTMLProgressElement>("progress").value = done;
        if (what) setText(byId("status-words"), what);
      },
      onRows: (found) => current() && paint(found),
      onMissing: (kind, why) => current() && report.missing.push(`No ${kind.toUpperCase()}: ${why}`),
    });
    if (!current()) return;
    paint(rows);
    setState(rows.length > 0 ? "ready" : "error", rows.length > 0 ? `Measured: ${describe(network)}` : "Nothing could be measured");
  } catch (error) {
    if (!current()) return;
    if (mine.signal.aborted) setState("stopped", "Stopped");
    else setState("error", error instanceof Error ? error.message : String(error));
  }
}

/** Examines the devices in place of measuring them, and offers the report. */
async function examine(): Promise<void> {
  running?.abort();
  const mine = (running = new AbortController());
  const current = () => running === mine;
  const link = byId<HTMLAnchorElement>("save-report");
  link.hidden = true;
  URL.revokeObjectURL(link.href);
  setState("busy", "Starting");
  try {
    const found = await checkup(reportSeconds, mine.signal, (done, what) => {
      if (!current()) return;
      byId<HTMLProgressElement>("progress").value = done;
      setText(byId("status-words"), what);
    });
    if (!current()) return;
    link.href = URL.createObjectURL(new Blob([JSON.stringify(found, null, 1)], { type: "application/json" }));
    link.hidden = false;
    const n = faults(found);
    setState("ready", n === 0 ? "No faults were found" : n === 1 ? "1 fault was found" : `${n} faults were found`);
  } catch (error) {
    if (!current()) return;
    if (mine.signal.aborted) setState("stopped", "Stopped");
    else setState("error", error instanceof Error ? error.message : String(error));
  }
}

/** Copies what a button offers, and says so on the button for a moment. */
function setUpCopy(id: string, text: () => string): void {
  const button = byId<HTMLButtonElement>(id);
  const usual = button.textContent ?? "";
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text());
      setText(button, "Copied");
    } catch {
      const shown = byId("copied");
      shown.hidden = false;
      setText(shown, text());
      getSelection()?.selectAllChildren(shown);
      setText(button, "Now press Ctrl C");
    }
    setTimeout(() => setText(button, usual), 2500);
  });
}

for (const n of NETWORKS) {
  const choice = make("input", { type: "radio", name: "size", value: n.size, checked: n === network });
  choice.addEventListener("change", () => {
    network = n;
    void run();
  });
  byId("sizes").append(make("label", { title: describe(n) }, choice, make("span", {}, `${n.size} px`)));
}
byId("stop").addEventListener("click", () => running?.abort());
byId("again").addEventListener("click", () => void run());
byId("examine").addEventListener("click", () => void examine());
setUpCopy("copy-text", () => toText(report));
setUpCopy("copy-json", () => toJSON(report));
void run();
