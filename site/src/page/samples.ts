import { byId, make, setText } from "./dom";
import type { Materials } from "./materials";
import { fetchPicture } from "./picture";

/** samples.json: what a model is tried with. */
interface Folder {
  /** What the visitor is asked to do, over the page and on an empty sheet. */
  title: string;
  hint: string;
  /** Without it ink on paper. */
  materials?: Materials;
  samples: Sample[];
}

interface Sample {
  file: string;
  alt: string;
}

/** The row of sample drawings under the sheet. */
export class Samples {
  /** The address of the folder that the samples are in. */
  folder = "";
  private wantedFolder = "";
  private samples: Sample[] = [];
  private buttons: HTMLButtonElement[] = [];
  private current = -1;

  constructor(
    private readonly picked: (picture: HTMLCanvasElement, position: number) => void,
    private readonly wanted: (position: number) => void,
  ) {}

  /** Lays out the samples of a folder; the page works without them too. Undefined: they lie there already, or by now others are wanted. */
  async open(folder: string): Promise<Folder | undefined> {
    this.wantedFolder = folder;
    if (folder === this.folder) return undefined;
    const answer = await fetch(`${folder}samples.json`);
    if (!answer.ok) throw new Error(`The sample drawings could not be fetched (${answer.status}).`);
    const content: Folder = await answer.json();
    if (this.wantedFolder !== folder) return undefined;
    this.folder = folder;
    this.samples = content.samples;
    this.buttons = this.samples.map(({ file, alt }, position) => {
      const button = make(
        "button",
        { type: "button", class: "sample", "data-testid": `sample-${position}`, "aria-pressed": "false", title: alt },
        make("img", { src: folder + file, alt, width: 128, height: 128, draggable: "false" }),
      );
      button.addEventListener("click", () => this.wanted(position));
      return button;
    });
    this.current = -1;
    byId("samples").replaceChildren(...this.buttons);
    setText(byId("title"), content.title);
    setText(byId("blank-hint"), content.hint);
    return content;
  }

  /** The address of the first sample, if there is any. */
  get first(): string | undefined {
    const [first] = this.samples;
    return first && this.folder + first.file;
  }

  get count(): number {
    return this.samples.length;
  }

  /** Lays a sample on the sheet; positions beyond the last go round. */
  async pick(position: number): Promise<void> {
    const { count, folder } = this;
    if (count === 0) return;
    const wanted = ((position % count) + count) % count;
    this.mark(wanted);
    const picture = await fetchPicture(folder + this.samples[wanted]!.file);
    if (this.current === wanted && this.folder === folder) this.picked(picture, wanted);
  }

  /** The next sample (+1) or the one before (-1). */
  step(by: number): Promise<void> {
    return this.pick(this.current < 0 && by < 0 ? -1 : this.current + by);
  }

  /** Which sample the sheet shows, or -1. */
  get shown(): number {
    return this.current;
  }

  /** Says which sample the sheet shows; -1 is none, as soon as somebody draws. */
  mark(position: number): void {
    this.current = position;
    this.buttons.forEach((button, i) => button.setAttribute("aria-pressed", String(i === position)));
  }
}
