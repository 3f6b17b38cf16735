import type { Content, Device, DeviceInfo, Direction, Info, Progress, Style, Translator } from "../module/types";
import { canvasOf } from "./dom";
import { Drawing, SIDE } from "./drawing";
import { Engine, type Task } from "./engine";
import { INK_ON_PAPER } from "./materials";
import type { Params } from "./params";
import { Session } from "./session";
import { Styles, type Kept, type Shown, type Slot } from "./styles";

export type State = "loading" | "ready" | "busy" | "error";

/** A picture whose style is wanted. */
interface StylePicture {
  name: string;
  picture: HTMLCanvasElement;
}

/** The page's state and what can be done to it. The views call its methods and repaint when told. */
export class Studio {
  readonly drawing = new Drawing(INK_ON_PAPER.sheet);
  readonly styles: Styles;
  state: State = "loading";
  error?: unknown;
  progress: Progress = { stage: "start", loaded: 0, total: 0 };
  /** Milliseconds of the last calls. */
  encodeTime?: number;
  decodeTime?: number;
  /** Said when the device is another than it was. */
  note = "";
  direction: Direction = "a2b";
  /** The big picture. */
  front?: Shown;

  /** Whether another drawing is on its way, for which translating waits: the first, that of another model, the rest of a stroke. */
  private expecting = true;
  private readonly engine: Engine;
  private readonly session: Session;
  private version = 0;
  private content?: { key: string; code: Content };
  private stylePicture?: StylePicture;
  private info?: Info;
  private model = "";
  /** The model that the styles in the tray belong to. */
  private boundModel = "";

  constructor(
    seed: bigint,
    count: number,
    private readonly repaint: () => void,
  ) {
    this.styles = new Styles(seed, count);
    this.engine = new Engine(() => this.next(), {
      busy: () => this.become("busy"),
      idle: () => {
        if (this.canWork) this.become("ready");
      },
      failed: (error) => this.fail(error),
    });
    this.session = new Session({
      progress: (progress) => {
        this.progress = progress;
        this.repaint();
      },
      opened: (translator) => this.opened(translator),
      failed: (error) => this.fail(error),
    });
  }

  /** Brings back kept styles, which belong to a model; then those that the address asks for. */
  restoreStyles(kept: Kept<HTMLCanvasElement>, model: string, { seed, styles, direction }: Params): void {
    this.styles.restore(kept);
    this.boundModel = model;
    if (direction) this.direction = direction;
    if (this.styles.seed !== seed) this.styles.reseed(seed);
    if (this.styles.seeded < styles) this.styles.more(styles - this.styles.seeded);
  }

  /** The address of the model that the styles belong to. */
  get stylesModel(): string {
    return this.boundModel;
  }

  get translator(): Translator | undefined {
    return this.session.translator;
  }

  private get canWork(): boolean {
    return !this.expecting && this.translator !== undefined && this.error === undefined;
  }

  get cached(): boolean {
    return this.session.cached;
  }

  /** Names the drawing as it is now, in the direction it is translated. */
  get key(): string {
    return `${this.direction} ${this.version}`;
  }

  /** Whether a drawing has many pictures, one for each style; until a model is there, we think so. */
  get styled(): boolean {
    return this.kind !== "none";
  }

  /** What tells the pictures of a drawing apart. */
  get kind(): "codes" | "noise" | "none" {
    return this.translator?.info.model.styles ?? "codes";
  }

  /** Whether a style can be taken from a picture. */
  get takesStyles(): boolean {
    return this.translator?.info.model.styleDirections.includes(this.direction) ?? true;
  }

  isFresh(shown: Shown | undefined, style: Style | undefined): boolean {
    return shown !== undefined && shown.drawing === this.key && shown.style === style;
  }

  open(model: string, device: Device): void {
    this.content = undefined;
    this.note = "";
    this.error = undefined;
    if (model !== this.model) this.version++; // the pictures of another model are of no use any more
    this.model = model;
    this.become("loading");
    void this.session.open(model, device);
    this.engine.interrupt();
  }

  /** After an error: what could not be computed is tried again. */
  retry(): void {
    this.error = undefined;
    this.become("busy");
    this.engine.wake();
  }

  /** The drawing will be another in a moment; drawingChanged or begin will follow. */
  expectDrawing(): void {
    this.expecting = true;
    if (this.state === "ready") this.become("busy");
  }

  /** The drawing that was expected is there, or never will be. */
  begin(): void {
    this.expecting = false;
    this.engine.wake();
  }

  /** The drawing is another: what is being computed is of no use any more. */
  drawingChanged(): void {
    this.expecting = false;
    this.version++;
    this.note = "";
    this.forgive();
    this.engine.interrupt();
    this.repaint();
  }

  /** The wishes are others, but the drawing is the same: a call under way still ends, so that a slider shows pictures on its way. */
  stylesChanged(): void {
    this.forgive();
    this.engine.wake();
    this.repaint();
  }

  /** Takes the style of a picture; the latest picture wins. */
  takeStyle(name: string, picture: HTMLCanvasElement): void {
    if (!this.styled) return this.say("This model has no styles: it draws one picture of each drawing.");
    if (this.kind === "noise") return this.say("This model's styles are noise: they cannot be taken from pictures.");
    this.stylePicture = { name, picture };
    this.stylesChanged();
  }

  /** Turns the model round. The picture in front, if it is finished, becomes the drawing, so that it finds its way back. */
  turn(direction: Direction): void {
    if (direction === this.direction) return;
    this.direction = direction;
    this.styles.dropPictures();
    if (this.front) this.drawing.lay(canvasOf(this.front.pixels));
    this.drawingChanged();
  }

  /** Says something in passing, until the drawing is another or a while is over. */
  say(note: string): void {
    this.note = note;
    this.repaint();
    setTimeout(() => {
      if (this.note === note) this.note = "";
      this.repaint();
    }, 8000);
  }

  keepBlend(): void {
    const style = this.styles.current();
    if (!style || !this.styles.blended) return;
    this.styles.add({ kind: "blend" }, style);
    this.stylesChanged();
  }

  /** Another wish may succeed where the last failed; without a model none can. */
  private forgive(): void {
    if (this.translator) this.error = undefined;
  }

  private opened(translator: Translator): void {
    const { model } = translator.info;
    if (!model.directions.includes(this.direction)) this.direction = model.directions[0] ?? "a2b";
    this.info = translator.info;
    this.styles.bind((seed, index) => translator.randomStyle(seed, index), this.model === this.boundModel);
    this.boundModel = this.model;
    this.version++;
    this.engine.wake();
    this.repaint();
  }

  private become(state: State): void {
    this.state = state;
    this.repaint();
  }

  /** Stops, and says why. */
  fail(error: unknown): void {
    this.error = error;
    this.become("error");
  }

  /** What to compute next: first of all the code of the drawing, then the picture in front, then the tray in its order. */
  private next(): Task | undefined {
    const { translator } = this;
    if (!translator || !this.canWork) return undefined;
    const picture = this.stylePicture;
    if (picture) return (signal) => this.readStyle(translator, picture, signal);
    const content = this.content;
    if (content?.key !== this.key) return (signal) => this.encode(translator, signal);
    const style = this.styles.current();
    if (style && !this.isFresh(this.front, style)) return (signal) => this.decodeFront(translator, content.code, style, signal);
    if (!this.styled) return undefined; // the picture in front is all
    const stale = this.styles.slots.filter((slot) => slot.style && !this.isFresh(slot.shown, slot.style));
    if (stale.length > 0) return (signal) => this.decodeSlots(translator, content.code, stale.slice(0, content.code.batch), signal);
    return undefined;
  }

  private async readStyle(translator: Translator, from: StylePicture, signal: AbortSignal): Promise<void> {
    try {
      const style = await translator.styleOf(from.picture, { direction: this.direction, signal });
      if (this.stylePicture !== from) return;
      this.styles.add({ kind: "picture", ...from }, style);
    } finally {
      if (this.stylePicture === from) this.stylePicture = undefined;
    }
    this.repaint();
  }

  private async encode(translator: Translator, signal: AbortSignal): Promise<void> {
    const key = this.key;
    const begun = performance.now();
    const code = await translator.encode(this.drawing.pixels(Math.max(SIDE, translator.info.model.size)), { direction: this.direction, signal });
    this.encodeTime = performance.now() - begun;
    this.content?.code.dispose();
    this.content = { key, code };
    this.watchDevice(translator);
  }

  private async decode(translator: Translator, code: Content, styles: Style[], signal: AbortSignal): Promise<Shown[]> {
    const drawing = this.key;
    const begun = performance.now();
    const all = await translator.decodeBatch(code, styles, { signal });
    this.decodeTime = (performance.now() - begun) / styles.length;
    this.watchDevice(translator);
    return all.map((pixels, i) => ({ pixels, drawing, style: styles[i]! }));
  }

  private async decodeFront(translator: Translator, code: Content, style: Style, signal: AbortSignal): Promise<void> {
    const slot = this.styles.slots.find((slot) => slot.style === style);
    this.front = slot && this.isFresh(slot.shown, style) ? slot.shown! : (await this.decode(translator, code, [style], signal))[0];
    if (slot && slot.style === style) slot.shown = this.front;
    this.repaint();
  }

  private async decodeSlots(translator: Translator, code: Content, slots: Slot[], signal: AbortSignal): Promise<void> {
    const all = await this.decode(translator, code, slots.map((slot) => slot.style!), signal);
    slots.forEach((slot, i) => (slot.shown = all[i]));
    this.repaint();
  }

  /** A device that was lost is replaced under way; when it is by another, the visitor hears of it. */
  private watchDevice({ info }: Translator): void {
    const before = this.info;
    this.info = info;
    if (!before || sameDevice(before.device, info.device)) return; // but for what it has learnt, or how many threads help
    this.note = `The graphics device was lost; ${info.device.kind === "gpu" ? "another GPU" : "the CPU"} took over. Nothing of yours is gone.`;
  }
}

function sameDevice(a: DeviceInfo, b: DeviceInfo): boolean {
  return a.kind === b.kind && a.name === b.name && a.backend === b.backend;
}
