import { byId, icon, make, setText, show } from "./dom";
import { nameOf, originOf, type Shown, type Slot } from "./styles";
import type { Studio } from "./studio";

/** What one can do to a style from the tray. */
export interface TrayActions {
  choose(slot: Slot): void;
  chooseEnd(slot: Slot): void;
  lock(slot: Slot): void;
}

/** The grid of styles: one tab stop, arrow keys within. */
export class Tray {
  private readonly list = byId<HTMLUListElement>("tray");
  private cells: Cell[] = [];
  /** The cell that Tab leads to. */
  private current = 0;

  constructor(
    private readonly studio: Studio,
    private readonly actions: TrayActions,
  ) {
    this.list.addEventListener("keydown", (event) => this.key(event));
    this.list.addEventListener("focusin", (event) => {
      const at = this.cells.findIndex((cell) => cell.item.contains(event.target as Node));
      if (at >= 0) this.rove(at);
    });
  }

  repaint(): void {
    const { studio } = this;
    const { slots } = studio.styles;
    while (this.cells.length > slots.length) this.cells.pop()!.item.remove();
    while (this.cells.length < slots.length) this.grow(this.cells.length);
    slots.forEach((slot, i) => this.cells[i]!.repaint(slot, i, studio));
    if (this.current >= slots.length) this.rove(slots.length - 1);
  }

  /** Brings a style into view, such as one that was just added. */
  reveal(slot: Slot): void {
    const cell = this.cells[this.studio.styles.slots.indexOf(slot)];
    cell?.item.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  private grow(position: number): void {
    const slotAt = () => this.studio.styles.slots[position]!;
    const cell = new Cell(position);
    cell.button.addEventListener("click", (event) => {
      if (event.shiftKey) this.actions.chooseEnd(slotAt());
      else this.actions.choose(slotAt());
    });
    cell.lock.addEventListener("click", () => this.actions.lock(slotAt()));
    cell.rove(position === this.current);
    this.cells.push(cell);
    this.list.append(cell.item);
  }

  private rove(to: number): void {
    this.current = to;
    this.cells.forEach((cell, i) => cell.rove(i === to));
  }

  private key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const slot = this.studio.styles.slots[this.current];
    const act = this.stepFor(event.key);
    if (act !== undefined) {
      const to = Math.min(Math.max(this.current + act, 0), this.cells.length - 1);
      this.rove(to);
      this.cells[to]?.button.focus();
    } else if (slot && event.key.toLowerCase() === "l") this.actions.lock(slot);
    else if (slot && event.key.toLowerCase() === "b") this.actions.chooseEnd(slot);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  private stepFor(key: string): number | undefined {
    const columns = getComputedStyle(this.list).gridTemplateColumns.split(" ").length;
    const steps: Record<string, number> = {
      ArrowRight: 1,
      ArrowLeft: -1,
      ArrowDown: columns,
      ArrowUp: -columns,
      Home: -Infinity,
      End: Infinity,
    };
    return steps[key];
  }
}

/** One style of the tray. */
class Cell {
  readonly button = make("button", { type: "button", class: "cell" });
  readonly lock = make("button", { type: "button", class: "lock" });
  readonly item: HTMLLIElement;
  private readonly canvas = make("canvas", { width: 64, height: 64, "aria-hidden": "true" });
  private readonly badge = make("span", { class: "badge", "aria-hidden": "true" });
  private readonly number = make("span", { class: "number", "aria-hidden": "true" });
  private shown?: Shown;
  private locked?: boolean;

  constructor(position: number) {
    this.button.dataset.testid = `style-${position}`;
    this.lock.dataset.testid = `lock-${position}`;
    this.button.append(this.canvas, this.badge);
    this.item = make("li", {}, this.button, this.number, this.lock);
  }

  rove(current: boolean): void {
    this.button.tabIndex = this.lock.tabIndex = current ? 0 : -1;
  }

  repaint(slot: Slot, position: number, studio: Studio): void {
    const { styles } = studio;
    const name = nameOf(slot, position);
    const fresh = studio.isFresh(slot.shown, slot.style);
    if (slot.shown !== this.shown) {
      this.shown = slot.shown;
      if (slot.shown) show(this.canvas, slot.shown.pixels);
      this.button.toggleAttribute("data-empty", !slot.shown);
    }
    this.button.toggleAttribute("data-empty", !slot.shown);
    this.button.toggleAttribute("data-stale", !fresh);
    const isA = slot === styles.a;
    const isB = styles.blended && slot === styles.b;
    this.button.setAttribute("aria-pressed", String(isA));
    this.button.setAttribute("aria-label", name + (isB ? ", other end of the blend" : ""));
    this.button.title = originOf(slot);
    setText(this.badge, styles.blended ? (isA ? "A" : isB ? "B" : "") : "");
    setText(this.number, String(position + 1));
    this.lock.setAttribute("aria-pressed", String(slot.locked));
    this.lock.setAttribute("aria-label", `Lock ${name}`);
    if (this.locked !== slot.locked) {
      this.locked = slot.locked;
      this.lock.title = slot.locked ? "Locked: a new seed keeps it (L)" : "Lock: a new seed keeps it (L)";
      this.lock.replaceChildren(icon(slot.locked ? "lock" : "unlock"));
    }
  }
}
