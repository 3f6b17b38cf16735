import { Connection } from "./connection";
import { MunitError } from "./error";
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

  async encode(image: ImageSource, options: EncodeOptions = {}): Promise<Content> {
    const how = this.pictureOptions(options);
    const pixels = await pixelsOf(image);
    const { handle, width, height, batch } = await this.connection.request("encode", [pixels, how], options.signal, [pixels.data.buffer]);
    const content = new WorkerContent(this, handle, how.direction, width, height, batch);
    this.forgotten.register(content, handle, content);
    return content;
  }

  async decode(content: Content, style: Style, options: CallOptions = {}): Promise<ImageData> {
    const [image] = await this.decodeBatch(content, [style], options);
    return image!;
  }

  async decodeBatch(content: Content, styles: Style[], options: CallOptions = {}): Promise<ImageData[]> {
    if (!(content instanceof WorkerContent) || content.owner !== this) {
      throw new MunitError("bad-option", "decode needs a content that encode of the same translator gave.");
    }
    if (content.disposed) throw new MunitError("disposed", "The content was disposed of: encode the picture again.");
    for (const style of styles) this.checkStyle(style);
    const all = await this.connection.request("decode", [content.handle, styles], options.signal);
    return all.map(toImageData);
  }

  randomStyle(seed: number | bigint, index = 0): Style {
    return randomStyle(seed, index, this.info.model.styleDim);
  }

  async styleOf(image: ImageSource, options: EncodeOptions = {}): Promise<Style> {
    const how = this.pictureOptions(options);
    const pixels = await pixelsOf(image);
    return this.connection.request("styleOf", [pixels, how], options.signal, [pixels.data.buffer]);
  }

  async translate(image: ImageSource, options: TranslateOptions = {}): Promise<ImageData> {
    const style = await this.chosenStyle(options);
    const content = await this.encode(image, options);
    try {
      return await this.decode(content, style, options);
    } finally {
      content.dispose();
    }
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
    if (styleImage) return this.styleOf(styleImage, rest);
    if (!style) return this.randomStyle(seed ?? 0, index);
    this.checkStyle(style);
    return style;
  }

  private checkStyle(style: Style): void {
    const n = this.info.model.styleDim;
    if (!(style instanceof Float32Array) || style.length !== n || !style.every(Number.isFinite)) {
      throw new MunitError("bad-style", `A style of this model is a Float32Array of ${n} finite numbers.`);
    }
  }

  private pictureOptions(options: EncodeOptions): PictureOptions {
    const { directions, size: usual } = this.info.model;
    const { direction = directions[0], size = usual } = options;
    if (!directions.includes(direction as Direction)) {
      throw new MunitError("bad-direction", `The model cannot translate ${String(direction)}: it can do ${directions.join(", ")}.`);
    }
    if (!Number.isInteger(size) || size < 0 || size > 65536) {
      throw new MunitError("bad-option", `The size must be a whole number of pixels, 0 to 65536, not ${size}.`);
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
    readonly batch: number,
  ) {}

  dispose(): void {
    if (this.disposed) return;
    this.disposed = true;
    this.owner.release(this);
  }
}
