import { Connection } from "./connection";
import { MunitError, describe, explained } from "./error";
import { object, signalOf } from "./options";
import { pixelsOf, toImageData } from "./pixels";
import type { PictureOptions } from "./protocol";
import { randomStyle } from "./style";
import type {
  CallOptions, Content, Direction, EncodeOptions, ImageSource, Info, Memory, Style, TranslateOptions, Translator,
} from "./types";

/** A Translator over a worker that has loaded its model. */
export class WorkerTranslator implements Translator {
  info: Info;
  private readonly connection: Connection;
  private readonly forgotten: FinalizationRegistry<number>;

  constructor(connection: Connection, info: Info) {
    this.connection = connection;
    this.info = info;
    connection.onInfo = (now) => (this.info = now);
    this.forgotten = new FinalizationRegistry((handle) => this.free(handle));
  }

  encode(image: ImageSource, options: EncodeOptions = {}): Promise<Content> {
    return explained(async () => {
      const how = this.pictureOptions(options, "encode");
      const signal = signalOf(options);
      const pixels = await pixelsOf(image);
      const { handle, width, height, batch } = await this.connection.request("encode", [pixels, how], signal, [pixels.data.buffer]);
      const content = new WorkerContent(this, handle, how.direction, width, height, batch);
      this.forgotten.register(content, handle, content);
      return content;
    });
  }

  decode(content: Content, style: Style, options: CallOptions = {}): Promise<ImageData> {
    return this.decodeBatch(content, [style], options).then(([image]) => image!);
  }

  decodeBatch(content: Content, styles: Style[], options: CallOptions = {}): Promise<ImageData[]> {
    return explained(async () => {
      const signal = signalOf(object(options, "decode"));
      if (!(content instanceof WorkerContent) || content.owner !== this) {
        throw new MunitError("bad-option", "decode needs a content that encode of the same translator gave.");
      }
      if (content.disposed) throw new MunitError("disposed", "The content was disposed of: encode the picture again.");
      if (!Array.isArray(styles)) throw new MunitError("bad-style", `decodeBatch takes an array of styles, not ${describe(styles)}.`);
      if (styles.length > 1 && this.hasNoStyles) throw this.onePicture();
      for (const style of styles) this.checkStyle(style);
      if (styles.length === 0) return [];
      const all = await this.connection.request("decode", [content.handle, styles], signal);
      return all.map(toImageData);
    });
  }

  randomStyle(seed: number | bigint, index = 0): Style {
    return randomStyle(seed, index, this.info.model.styleDim);
  }

  styleOf(image: ImageSource, options: EncodeOptions = {}): Promise<Style> {
    return explained(async () => {
      if (this.hasNoStyles) throw this.onePicture();
      const how = this.pictureOptions(options, "styleOf");
      const signal = signalOf(options);
      const pixels = await pixelsOf(image);
      return this.connection.request("styleOf", [pixels, how], signal, [pixels.data.buffer]);
    });
  }

  translate(image: ImageSource, options: TranslateOptions = {}): Promise<ImageData> {
    return explained(async () => {
      const style = await this.chosenStyle(object(options, "translate"));
      const content = await this.encode(image, options);
      try {
        return await this.decode(content, style, { signal: options.signal });
      } finally {
        content.dispose();
      }
    });
  }

  memory(): Promise<Memory> {
    return this.connection.request("memory", []);
  }

  dispose(): void {
    this.connection.end({ code: "disposed", message: "The translator was disposed of." });
  }

  loseDevice(): Promise<void> {
    return this.connection.request("loseDevice", []);
  }

  /** For contents: frees one in the worker, after what was asked before. */
  release(content: WorkerContent): void {
    this.forgotten.unregister(content);
    this.free(content.handle);
  }

  private free(handle: number): void {
    this.connection.request("free", [handle]).catch(() => {}); // with the worker gone, so is the content
  }

  private async chosenStyle({ style, styleImage, seed, index, ...rest }: TranslateOptions): Promise<Style> {
    if ([style, styleImage, seed].filter((s) => s !== undefined).length > 1) {
      throw new MunitError("bad-option", "translate takes one of style, styleImage and seed.");
    }
    if (styleImage !== undefined) return this.styleOf(styleImage, rest);
    if (style === undefined) return this.randomStyle(seed === undefined ? 0 : seed, index);
    this.checkStyle(style);
    return style;
  }

  private get hasNoStyles(): boolean {
    return this.info.model.styles === "none";
  }

  private onePicture(): MunitError {
    return new MunitError("bad-style", `This model, a ${this.info.model.method}, has no styles: it draws one picture of each.`);
  }

  private checkStyle(style: Style): void {
    const n = this.info.model.styleDim;
    if (this.hasNoStyles && style?.length) throw this.onePicture();
    if (!(style instanceof Float32Array) || style.length !== n || !style.every(Number.isFinite)) {
      throw new MunitError("bad-style", `A style of this model is a Float32Array of ${n} finite numbers.`);
    }
  }

  private pictureOptions(options: EncodeOptions, call: string): PictureOptions {
    const { directions, size: usual } = this.info.model;
    const { direction = directions[0], size = usual } = object(options, call);
    if (!directions.includes(direction as Direction)) {
      throw new MunitError("bad-direction", `The model cannot translate ${describe(direction)}: it can do ${directions.join(", ")}.`);
    }
    if (!Number.isInteger(size) || size < 0 || size > 65536) {
      throw new MunitError("bad-option", `The size must be a whole number of pixels, 0 to 65536, not ${describe(size)}.`);
    }
    return { direction: direction as Direction, size };
  }
}

class WorkerContent implements Content {
  disposed = false;
  constructor(
    readonly owner: WorkerTranslator,
    readonly handle: number,
    readonly direction: Direction,
    readonly width: number,
    readonly height: number,
    private readonly usual: number,
  ) {}

  /** Threads that came since may help. */
  get batch(): number {
    return Math.max(this.usual, this.owner.info.device.threads);
  }

  dispose(): void {
    if (this.disposed) return;
    this.disposed = true;
    this.owner.release(this);
  }
}
