// The convert page: checkpoints are dropped, and a model file comes out. All of it happens in this browser.

import "./convert.css";
import { byId, make, setText } from "../page/dom";
import type { Asked, Told } from "./worker";

type State = "idle" | "busy" | "ready" | "error";

let files: File[] = [];
let worker: Worker | undefined;
let address = ""; // of the model that was made last

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(bytes < 1e6 ? 2 : 1)} MB`;

function setState(state: State, words: string): void {
  document.documentElement.dataset.state = state;
  setText(byId("status-words"), words);
  byId<HTMLButtonElement>("convert").disabled = state === "busy" || files.length === 0;
  byId<HTMLButtonElement>("stop").disabled = state !== "busy";
  byId<HTMLProgressElement>("progress").toggleAttribute("data-on", state === "busy");
}

/** Takes files to those that are there; one of the same name takes the other's place. */
function add(more: Iterable<File>): void {
  if (worker) return; // which is busy with those that are there
  const added = [...more];
  files = [...files.filter((f) => !added.some((a) => a.name === f.name)), ...added];
  list();
}

function list(): void {
  byId("files").replaceChildren(...files.map((file) => {
    const remove = make("button", { type: "button", class: "small", "aria-label": `Leave ${file.name} out` }, "Leave out");
    remove.addEventListener("click", () => {
      if (worker) return;
      files = files.filter((f) => f !== file);
      list();
    });
    return make("li", {}, make("span", { class: "name" }, file.name), make("span", { class: "quiet" }, megabytes(file.size)), remove);
  }));
  forget();
  setState("idle", files.length ? "Ready to convert." : "Add the files of a checkpoint.");
}

/** The model of other files is not offered any more. */
function forget(): void {
  if (address) URL.revokeObjectURL(address);
  address = "";
  byId("result").hidden = true;
}

function end(state: State, words: string): void {
  worker?.terminate();
  worker = undefined;
  setState(state, words);
}

function convert(): void {
  forget();
  const value = (id: string) => byId<HTMLInputElement>(id).value.trim();
  const name = `${(files.find((f) => !/\.ya?ml$/i.test(f.name))?.name ?? "model").replace(/\.[^.]*$/, "")}.munit.safetensors`;
  const path = `models/own/${encodeURIComponent(name)}`;
  const asked: Asked = {
    files, dtype: value("dtype"), domainA: value("domain-a"), domainB: value("domain-b"),
    size: Number(value("size")) || 0, eval: byId<HTMLInputElement>("eval").checked, keepAs: new URL(path, document.baseURI).href,
  };
  const bar = byId<HTMLProgressElement>("progress");
  bar.value = 0;
  worker = new Worker(new URL("./convert-worker.js", document.baseURI), { type: "module" });
  worker.onerror = (e) => end("error", `The converter could not be started (${e.message || "no reason was given"}): reload the page.`);
  worker.onmessage = ({ data }: MessageEvent<Told>) => {
    if ("error" in data) return end("error", sentence(data.error));
    if ("model" in data) return offer(name, data.model, data.says, data.kept && path);
    bar.value = data.done;
    setText(byId("status-words"), data.stage === "reading" ? `Reading, ${Math.round(100 * data.done)} %` : "Storing the weights");
  };
  setState("busy", "Starting");
  worker.postMessage(asked);
}

/** Offers to save the model and, where the browser has kept it, to draw with it: the page finds it at path. */
function offer(name: string, model: Uint8Array<ArrayBuffer>, says: string, path: string | false): void {
  address = URL.createObjectURL(new Blob([model], { type: "application/octet-stream" }));
  const link = byId<HTMLAnchorElement>("save");
  link.href = address;
  link.download = name;
  setText(link, `Save ${name} (${megabytes(model.length)})`);
  const draw = byId<HTMLAnchorElement>("draw");
  draw.hidden = !path;
  draw.href = `./?model=${encodeURIComponent(path || "")}`;
  setText(byId("says"), says);
  byId("result").hidden = false;
  end("ready", `Done: ${megabytes(model.length)} of ${megabytes(files.reduce((n, f) => n + f.size, 0))}.`);
}

/** What Go says of an error, as a sentence. */
function sentence(error: string): string {
  const text = error.charAt(0).toUpperCase() + error.slice(1);
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

const picker = byId<HTMLInputElement>("picker");
byId("choose").addEventListener("click", () => picker.click());
picker.addEventListener("change", () => {
  add(picker.files ?? []);
  picker.value = ""; // so that the same file can be taken again
});
const mark = (over: boolean) => byId("drop").toggleAttribute("data-drop", over);
document.body.addEventListener("dragover", (event) => {
  event.preventDefault();
  mark(true);
});
document.body.addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) mark(false);
});
document.body.addEventListener("drop", (event) => {
  event.preventDefault();
  mark(false);
  add(event.dataTransfer?.files ?? []);
});
byId("convert").addEventListener("click", convert);
byId("stop").addEventListener("click", () => end("idle", "Stopped."));
list();
