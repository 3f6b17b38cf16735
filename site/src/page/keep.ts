// Keeps what the visitor made on this machine (IndexedDB), so that a reload, another page, or a crash takes nothing away.

import { byId, context, offscreen, png } from "./dom";
import type { Kept as KeptDrawing } from "./drawing";
import type { Params } from "./params";
import type { Studio } from "./studio";
import type { Kept as KeptStyles } from "./styles";
import { closeOnBackdrop } from "./about";

/** Pictures are kept as PNG files, which are smaller than pixels and encoded once only. */
export type Picture = Blob;

/** All that is kept of a studio. */
interface Kept {
  params: Params;
  /** The sample that the sheet shows, or -1. */
  sample: number;
  drawing: KeptDrawing<Picture>;
  styles: KeptStyles<Picture>;
  /** The model that the styles belong to. */
  model: string;
}

const DATABASE = "webmunit page";
const TABLE = "studio";

/** Waiting longer for the disk than this, in milliseconds, would keep the visitor from drawing. */
const PATIENCE = 2000;

export class Keep {
  private readonly files = new WeakMap<HTMLCanvasElement, Promise<Picture>>();
  private saved = "";
  private saving = false;
  private again = false;
  private open = false;

  constructor(
    private readonly studio: Studio,
    private readonly around: { params: Params; sample(): number },
  ) {}

  /**
   * Brings back what was kept, if there is anything. An address that says something wins over what was kept beside the drawing and the styles.
   * Undefined: there was nothing to bring back. Else the sample that the sheet shows, or -1.
   */
  async restore(addressed: boolean): Promise<number | undefined> {
    const { studio, around } = this;
    try {
      const kept = await soon(inTable("readonly", (table) => table.get(place()) as IDBRequest<Kept | undefined>));
      if (!kept) return undefined;
      if (!addressed) Object.assign(around.params, kept.params);
      const { params } = around;
      const { model, direction, sample } = kept.params;
      const drawing = await openAll(kept.drawing);
      const styles = await openAll(kept.styles);
      studio.restoreStyles(styles, kept.model, params);
      const same = model === params.model && direction === params.direction && sample === params.sample;
      if (!same && !drawing.steps.some((step) => step.kind !== "sheet" || step.own)) return undefined;
      studio.drawing.restore(drawing);
      return kept.sample;
    } catch {
      return undefined; // storage is blocked or damaged: the page begins as for a new visitor
    } finally {
      this.open = true;
    }
  }

  /** Saves what has changed, soon; a change while something is saved is saved after it. */
  touch(): void {
    const now = this.signature();
    if (!this.open || now === this.saved) return;
    this.again = true;
    if (!this.saving) void this.save();
  }

  /** Whether all that was made is kept. */
  get settled(): boolean {
    return this.open && !this.saving && this.saved === this.signature();
  }

  /** Forgets everything, and keeps nothing more. */
  async forget(): Promise<void> {
    this.open = false;
    await inTable("readwrite", (table) => table.delete(place())).catch(() => {});
  }

  private async save(): Promise<void> {
    this.saving = true;
    while (this.again && this.open) {
      this.again = false;
      const { studio, around } = this;
      const signature = this.signature();
      const model = studio.stylesModel;
      const [params, sample] = [{ ...around.params }, around.sample()];
      const [drawing, styles] = [studio.drawing.kept(), studio.styles.kept()]; // before anything else can change them
      try {
        const kept: Kept = { params, sample, model, drawing: await this.encode(drawing), styles: await this.encode(styles) };
        if (this.open) await inTable("readwrite", (table) => table.put(kept, place()));
      } catch {
        // A full disk or blocked storage: what was made lives as long as the page.
      }
      this.saved = signature;
    }
    this.saving = false;
  }

  private signature(): string {
    const { studio, around } = this;
    return [studio.drawing.changes, around.sample(), studio.styles.signature, studio.stylesModel, ...Object.values(around.params)].join(" ");
  }

  /** Replaces the pictures in what is to be kept by files. */
  private async encode<T>(value: T): Promise<Swapped<T, HTMLCanvasElement, Picture>> {
    return (await swap(value, (part) => (part instanceof HTMLCanvasElement ? this.file(part) : undefined))) as Swapped<T, HTMLCanvasElement, Picture>;
  }

  private file(canvas: HTMLCanvasElement): Promise<Picture> {
    const file = this.files.get(canvas) ?? png(canvas);
    this.files.set(canvas, file);
    return file;
  }
}

/** A structure with parts of one kind in the place of those of another. */
type Swapped<T, From, To> = T extends From ? To : T extends Float32Array | bigint | Date ? T : T extends object ? { [K in keyof T]: Swapped<T[K], From, To> } : T;

/** Copies a structure with what `by` gives in the place of its parts. */
async function swap(value: unknown, by: (part: unknown) => Promise<unknown> | undefined): Promise<unknown> {
  const other = by(value);
  if (other) return other;
  if (Array.isArray(value)) return Promise.all(value.map((part) => swap(part, by)));
  if (Object.prototype.toString.call(value) !== "[object Object]") return value;
  const parts = Object.entries(value as object).map(async ([key, part]) => [key, await swap(part, by)] as const);
  return Object.fromEntries(await Promise.all(parts));
}

async function openAll<T>(value: T): Promise<Swapped<T, Picture, HTMLCanvasElement>> {
  const open = async (file: Picture) => {
    const bitmap = await createImageBitmap(file);
    const canvas = offscreen(bitmap.width, bitmap.height);
    context(canvas).drawImage(bitmap, 0, 0);
    bitmap.close();
    return canvas;
  };
  return (await swap(value, (part) => (part instanceof Blob ? open(part) : undefined))) as Swapped<T, Picture, HTMLCanvasElement>;
}

/** Copies of the site at other places of this host keep their own. */
function place(): string {
  return location.pathname.replace(/[^/]*$/, "");
}

async function inTable<T>(mode: IDBTransactionMode, use: (table: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const opening = indexedDB.open(DATABASE, 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(TABLE);
  const opened = await done(opening);
  try {
    const transaction = opened.transaction(TABLE, mode);
    const result = await done(use(transaction.objectStore(TABLE)));
    return result;
  } finally {
    opened.close(); // once the transaction is over
  }
}

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("The browser refused storage."));
  });
}

function soon<T>(promise: Promise<T>): Promise<T> {
  return Promise.race([promise, new Promise<never>((_, reject) => setTimeout(() => reject(new Error("The disk is slow.")), PATIENCE))]);
}

/** The button that starts anew, which asks first. */
export function setUpAnew(keep: Keep): void {
  const dialog = byId<HTMLDialogElement>("anew-dialog");
  closeOnBackdrop(dialog);
  byId("anew").addEventListener("click", () => dialog.showModal());
  byId("anew-yes").addEventListener("click", async () => {
    await keep.forget();
    location.replace(location.pathname);
  });
}
