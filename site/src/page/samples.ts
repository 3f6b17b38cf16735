import { byId, make } from "./dom";
import { fetchPicture } from "./picture";

interface Sample {
  file: string;
  alt: string;
}

/** The row of sample drawings under the sheet. */
export class Samples {
  private samples: Sample[] = [];
  private buttons: HTMLButtonElement[] = [];
  private current = -1;

  constructor(
    private readonly picked: (picture: HTMLCanvasElement, position: number) => void,
    private readonly wanted: (position: number) => void,
  ) {}

  /** Fetches the list; the page works without it too. */
  async open(): Promise<void> {
    const answer = await fetch("samples/samples.json");
    if (!answer.ok) throw new Error(`The sample drawings could not be fetched (${answer.status}).`);
    const list: { samples: Sample[] } = await answer.json();
    this.samples = list.samples;
    this.buttons = this.samples.map(({ file, alt }, position) => {
      const button = make(
        "button",
        { type: "button", class: "sample", "data-testid": `sample-${position}`, "aria-pressed": "false", title: alt },
        make("img", { src: `samples/${file}`, alt, width: 128, height: 128, draggable: "false" }),
      );
      button.addEventListener("click", () => this.wanted(position));
      return button;
    });
    byId("samples").replaceChildren(...this.buttons);
  }

  get count(): number {
    return this.samples.length;
  }

  /** Lays a sample on the sheet; positions beyond the last go round. */
  async pick(position: number): Promise<void> {
    const { count } = this;
    if (count === 0) return;
    const wanted = ((position % count) + count) % count;
    this.mark(wanted);
    const picture = await fetchPicture(`samples/${this.samples[wanted]!.file}`);
    if (this.current === wanted) this.picked(picture, wanted);
  }

  /** The next sample (+1) or the one before (-1). */
  step(by: number): Promise<void> {
    return this.pick(this.current < 0 && by < 0 ? -1 : this.current + by);
  }

  /** Says which sample the sheet shows; -1 is none, as soon as somebody draws. */
  mark(position: number): void {
    this.current = position;
    this.buttons.forEach((button, i) => button.setAttribute("aria-pressed", String(i === position)));
  }
}
