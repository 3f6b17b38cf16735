import type { Info, ModelEntry } from "../module/types";
import { byId, setText } from "./dom";
import { formatBytes } from "./status";

/** What the page shows at the moment. */
export interface Shown {
  info?: Info;
  /** The model's entry in models.json. */
  entry?: ModelEntry;
  /** The folder of its samples. */
  samples: string;
}

/** Opens the dialog of credits: the model's from its entry in models.json or else from its file, the samples' from their folder. */
export function setUpCredits(shown: () => Shown): void {
  const dialog = byId<HTMLDialogElement>("credits-dialog");
  closeOnBackdrop(dialog);
  byId("open-credits").addEventListener("click", () => {
    const { info, entry, samples } = shown();
    const { source, license } = info?.model ?? {};
    setText(byId("credits-model"), entry?.credits.trim() || source || "Not loaded yet.");
    setText(byId("credits-licence"), license ? `Licence: ${license}` : "");
    dialog.showModal();
    void fetchCredits(`${samples}CREDITS.txt`);
  });
}

async function fetchCredits(address: string): Promise<void> {
  const words = byId("credits-samples");
  try {
    const answer = await fetch(address);
    if (answer.ok) setText(words, (await answer.text()).trim());
  } catch {
    setText(words, `Could not be fetched; they are in ${address}.`);
  }
}

/** Fills the issue that the link opens with what one would be asked. Nothing of the drawing is in it. */
export function setUpReport(): void {
  const link = byId<HTMLAnchorElement>("report");
  link.addEventListener("click", () => {
    const said = ["status", ...(byId("error").hidden ? [] : ["error-what"])].map((id) => byId(id).textContent!.replace(/\s+/g, " ").trim());
    link.search = `?${new URLSearchParams({ body: ["What happened, and what I expected:\n\n", navigator.userAgent, ...said].join("\n") })}`;
  });
}

/** A click beside a dialog closes it. */
export function closeOnBackdrop(dialog: HTMLDialogElement): void {
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
}

/** Copies the code to embed, and says so on the button for a moment. */
export function setUpCopy(): void {
  const words = byId("copy-words");
  byId("copy").addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(byId("embed").innerText);
      setText(words, "Copied");
    } catch {
      getSelection()?.selectAllChildren(byId("embed"));
      setText(words, "Now press Ctrl C");
    }
    setTimeout(() => setText(words, "Copy"), 2500);
  });
}

/** Describes the model in use, and says how to embed it with a sample. */
export function describeModel(info: Info | undefined, entry: ModelEntry | undefined, sample: string | undefined): void {
  if (entry) setText(byId("embed-model"), `models/${entry.file}`);
  if (sample) setText(byId("embed-src"), sample.replace(new URL(".", document.baseURI).href, ""));
  if (!info) return;
  const { domains, size, dtype, method } = info.model;
  const words = [`Model: ${entry?.name ?? `${domains.a} to ${domains.b}`}`];
  if (method !== "MUNIT") words.push(method);
  if (size > 0) words.push(`${size} × ${size} pixels`);
  if (entry) words.push(formatBytes(entry.bytes));
  words.push(dtype);
  setText(byId("model-note"), words.join(" · "));
}
