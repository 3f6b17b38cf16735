import { byId, make } from "./dom";

/** A key of the keyboard and what it does. */
export interface Shortcut {
  /** As KeyboardEvent.key, lower case; a leading "ctrl+" or "ctrl+shift+" stands for the command key as well. */
  keys: string[];
  /** What it does, for the list of shortcuts. */
  text: string;
  /** How the keys are written in that list, when not as `keys`. */
  label?: string;
  act: () => void;
}

const STORED = "webmunit single keys";

/** Listens for shortcuts wherever nobody is typing. Single keys can be switched off, for people whose voice or aids type. */
export function listen(shortcuts: Shortcut[]): void {
  const on = byId<HTMLInputElement>("keys-on");
  on.checked = recall() !== "off";
  on.addEventListener("change", () => remember(on.checked ? "on" : "off"));
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.altKey || isTyping(event.target) || document.querySelector("dialog[open]")) return;
    const modified = event.ctrlKey || event.metaKey;
    if (!modified && !on.checked) return;
    const plain = event.key.length > 1 ? event.key : event.key.toLowerCase();
    const name = modified ? `ctrl+${event.shiftKey ? "shift+" : ""}${plain}` : plain;
    const shortcut = shortcuts.find(({ keys }) => keys.includes(name));
    if (!shortcut) return;
    event.preventDefault();
    shortcut.act();
  });
}

/** Fills the list of shortcuts in the dialog. */
export function list(shortcuts: (Pick<Shortcut, "text" | "label"> & { keys?: string[] })[]): void {
  byId("keys").replaceChildren(
    ...shortcuts.map(({ keys, label, text }) => {
      const names = (label ?? keys?.[0]?.toUpperCase() ?? "").split(" ");
      return make("div", {}, make("dt", {}, ...names.map((name) => make("kbd", {}, name))), make("dd", {}, text));
    }),
  );
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  const { tagName } = target;
  return tagName === "TEXTAREA" || tagName === "SELECT" || (tagName === "INPUT" && /^(text|search|number)$/.test((target as HTMLInputElement).type));
}

function recall(): string | null {
  try {
    return localStorage.getItem(STORED);
  } catch {
    return null; // storage is blocked: the default holds
  }
}

function remember(value: string): void {
  try {
    localStorage.setItem(STORED, value);
  } catch {
    // storage is blocked: the choice holds until the page is closed
  }
}
