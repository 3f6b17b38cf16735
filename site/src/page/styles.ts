import { interpolate } from "../module/index";
import type { Style } from "../module/types";

/** Where a style came from. */
export type Origin<Picture = HTMLCanvasElement> =
  | { kind: "seed"; seed: bigint; index: number }
  | { kind: "picture"; name: string; picture: Picture }
  | { kind: "blend" };

/** A translated drawing, and what it is a translation of. */
export interface Shown {
  pixels: ImageData;
  /** The drawing's key. */
  drawing: string;
  style: Style;
}

/** One style of the tray. */
export interface Slot {
  origin: Origin;
  /** Unknown until a model is there. */
  style?: Style;
  /** Kept when a new seed replaces the others. */
  locked: boolean;
  shown?: Shown;
}

export type End = "a" | "b";

/** The styles as they are kept, with pictures of some kind; a and b are positions. */
export interface Kept<Picture> {
  slots: { origin: Origin<Picture>; style?: Style; locked: boolean }[];
  seed: bigint;
  a: number;
  b: number;
  t: number;
  next: number;
}

/** The tray's styles, which of them is the big picture, and the blend of two of them. */
export class Styles {
  slots: Slot[] = [];
  seed: bigint;
  a: Slot;
  b: Slot;
  /** 0 is style a, 1 is style b. */
  t = 0;
  private nextIndex = 0;
  private last?: { a: Style; b: Style; t: number; style: Style };
  private make?: (seed: bigint, index: number) => Style;

  constructor(seed: bigint, count: number) {
    this.seed = seed;
    this.more(count);
    this.a = this.slots[0]!;
    this.b = this.slots[1] ?? this.a;
  }

  /** Makes the styles with a translator that has just been loaded. Those that no seed gave belong to one model. */
  bind(make: (seed: bigint, index: number) => Style, sameModel: boolean): void {
    this.make = make;
    if (!sameModel) this.keep((slot) => slot.origin.kind === "seed");
    this.slots.forEach((slot) => this.fill(slot));
  }

  /** Styles taken from pictures are those of one target domain. */
  dropPictures(): void {
    this.keep((slot) => slot.origin.kind !== "picture");
  }

  /** Replaces all styles but the locked ones by those of another seed. Unlocked ones that no seed gave go. */
  reseed(seed: bigint): void {
    this.seed = seed;
    this.keep((slot) => slot.locked || slot.origin.kind === "seed");
    for (const slot of this.slots) {
      if (slot.locked || slot.origin.kind !== "seed") continue;
      slot.origin = { ...slot.origin, seed };
      this.fill(slot);
    }
  }

  /** Adds the seed's next styles. */
  more(count: number): void {
    for (let i = 0; i < count; i++) {
      const slot: Slot = { origin: { kind: "seed", seed: this.seed, index: this.nextIndex++ }, locked: false };
      this.fill(slot);
      this.slots.push(slot);
    }
  }

  /** Adds a style, locked, and makes it the big picture. */
  add(origin: Origin, style: Style): void {
    const slot: Slot = { origin, style, locked: true };
    this.slots.push(slot);
    this.choose(slot);
  }

  /** Makes a style the big picture, or the other end of the blend. */
  choose(slot: Slot, end: End = "a"): void {
    if (end === "b") {
      this.b = slot;
      if (this.t === 0) this.t = 0.5;
      return;
    }
    this.a = slot;
    this.t = 0;
  }

  kept(): Kept<HTMLCanvasElement> {
    return {
      slots: this.slots.map(({ origin, style, locked }) => ({ origin, style, locked })),
      seed: this.seed, a: this.slots.indexOf(this.a), b: this.slots.indexOf(this.b), t: this.t, next: this.nextIndex,
    };
  }

  restore({ slots, seed, a, b, t, next }: Kept<HTMLCanvasElement>): void {
    if (!slots[a] || !slots[b]) return;
    this.slots = slots;
    this.seed = seed;
    this.nextIndex = next;
    [this.a, this.b, this.t] = [this.slots[a]!, this.slots[b]!, t];
  }

  /** Differs when what is kept does. */
  get signature(): string {
    const each = this.slots.map(({ origin, style, locked }) => `${origin.kind}${locked ? "!" : ""}${style?.[0] ?? ""}`);
    return [this.seed, this.slots.indexOf(this.a), this.slots.indexOf(this.b), this.t, ...each].join();
  }

  /** How many of the seed's styles there are. */
  get seeded(): number {
    return this.slots.filter(({ origin }) => origin.kind === "seed").length;
  }

  get blended(): boolean {
    return this.t > 0 && this.a !== this.b;
  }

  /** The style of the big picture. The same blend is the same object, so that it is computed once. */
  current(): Style | undefined {
    const [a, b] = [this.a.style, this.b.style];
    if (!this.blended || !a || !b) return a;
    const { last, t } = this;
    if (last?.a !== a || last.b !== b || last.t !== t) this.last = { a, b, t, style: interpolate(a, b, t) };
    return this.last!.style;
  }

  private fill(slot: Slot): void {
    if (this.make && slot.origin.kind === "seed") slot.style = this.make(slot.origin.seed, slot.origin.index);
  }

  private keep(wanted: (slot: Slot) => boolean): void {
    const [first, second] = (this.slots = this.slots.filter(wanted));
    if (!first) return;
    if (!this.slots.includes(this.a)) this.choose(first);
    if (!this.slots.includes(this.b)) this.b = second ?? first;
  }
}

/** What to call a style. */
export function nameOf(slot: Slot, position: number): string {
  switch (slot.origin.kind) {
    case "seed":
      return `Style ${position + 1}`;
    case "picture":
      return `Style of ${slot.origin.name}`;
    case "blend":
      return `Style ${position + 1}, a blend`;
  }
}

/** Where a style comes from, for a tooltip. */
export function originOf(slot: Slot): string {
  switch (slot.origin.kind) {
    case "seed":
      return `seed ${slot.origin.seed}, style ${slot.origin.index}`;
    case "picture":
      return `taken from ${slot.origin.name}`;
    case "blend":
      return "kept from a blend";
  }
}
