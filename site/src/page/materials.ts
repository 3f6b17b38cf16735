import { byId, make } from "./dom";

/** What one draws with; a samples.json may say it. Colours are #rrggbb, widths are in drawing pixels. */
export interface Materials {
  sheet: string;
  pens: Pen[];
  widths: number[];
  /** How many times as wide as the pen the eraser is. */
  eraser: number;
  /** What an outline of the first pen is filled with as soon as it closes; without it none is. */
  fill?: string;
}

export interface Pen {
  colour: string;
  name: string;
}

/** The sample drawings of faces have lines of about the second width. */
export const INK_ON_PAPER: Materials = {
  sheet: "#ffffff",
  pens: [{ colour: "#000000", name: "Ink" }],
  widths: [1.6, 2.4, 4, 7],
  eraser: 3.5,
};

/** Red, green and blue of #rrggbb, 0 to 255. */
export function rgb(colour: string): [number, number, number] {
  return [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16)) as [number, number, number];
}

/** Whether white words are easier to read on this colour than dark ones. */
export function isDark(colour: string): boolean {
  const [r, g, b] = rgb(colour);
  return 0.3 * r + 0.59 * g + 0.11 * b < 128;
}

/** The pens under the sheet, which hide when there is only one. */
export class PenChoice {
  private readonly box = byId("pens");

  constructor(chosen: () => void) {
    this.box.addEventListener("change", () => chosen());
  }

  offer(pens: Pen[]): void {
    this.box.hidden = pens.length < 2;
    this.box.replaceChildren(
      ...pens.map(({ colour, name }, i) => {
        const input = make("input", { type: "radio", name: "pen", value: colour, checked: i === 0, "data-testid": `pen-${i}` });
        const word = make("span", { "data-dark": isDark(colour) }, name);
        word.style.backgroundColor = colour;
        return make("label", {}, input, word);
      }),
    );
  }

  get colour(): string {
    return this.chosen.value;
  }

  /** Whether it is the first pen, which outlines are drawn with. */
  get isFirst(): boolean {
    return this.chosen === this.inputs[0];
  }

  /** Takes the pen of this colour, if there is one. */
  choose(colour: string): void {
    for (const input of this.inputs) if (input.value === colour) input.checked = true;
  }

  private get chosen(): HTMLInputElement {
    return this.inputs.find(({ checked }) => checked)!;
  }

  private get inputs(): HTMLInputElement[] {
    return [...this.box.querySelectorAll("input")];
  }
}
