import type { Info, ModelEntry } from "../module/types";
import { byId, setText } from "./dom";
import { formatBytes } from "./status";

/** Opens the dialog of credits: the model's from its entry in models.json, the drawings' from their folder. */
export function setUpCredits(model: () => ModelEntry | undefined, info: () => Info | undefined): void {
  const dialog = byId<HTMLDialogElement>("credits-dialog");
  closeOnBackdrop(dialog);
  byId("open-credits").addEventListener("click", () => {
    setText(byId("credits-model"), model()?.credits.trim() || "Not loaded yet.");
    const license = info()?.model.license;
    setText(byId("credits-licence"), license ? `Licence: ${license}` : "");
    dialog.showModal();
    void fetchCredits();
  });
}

async function fetchCredits(): Promise<void> {
  try {
    const answer = await fetch("samples/CREDITS.txt");
    if (answer.ok) setText(byId("credits-samples"), (await answer.text()).trim());
  } catch {
    setText(byId("credits-samples"), "Could not be fetched; they are in samples/CREDITS.txt.");
  }
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
      await navigator.clipboard.writeText(byId("embed").textContent ?? "");
      setText(words, "Copied");
    } catch {
      getSelection()?.selectAllChildren(byId("embed"));
      setText(words, "Now press Ctrl C");
    }
    setTimeout(() => setText(words, "Copy"), 2500);
  });
}

/** Describes the model in use. */
export function describeModel(info: Info | undefined, entry: ModelEntry | undefined): void {
  if (!info) return;
  const { domains, size, dtype } = info.model;
  const words = [`Model: ${entry?.name ?? `${domains.a} to ${domains.b}`}`];
  if (size > 0) words.push(`${size} × ${size} pixels`);
  if (entry) words.push(formatBytes(entry.bytes));
  words.push(dtype);
  setText(byId("model-note"), words.join(" · "));
}
