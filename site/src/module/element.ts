// <munit-image model="…" src="…" styles="6">: a picture and its translations. MunitImageAttributes of types.ts has all attributes.
// Events: "load" when all are there, "error" and "progress" (CustomEvents with the MunitError or the Progress as detail). Parts to style: source, image,
// status, progress, start.

import { MunitError, failure, toError } from "./error";
import { Pool, type Loan } from "./pool";
import { frugal, near, textOf, words } from "./manners";
import type { Device, Direction, LoadOptions, Progress, Translator } from "./types";

const maxStyles = 64;

const look = `
:host { display: block; }
:host([hidden]) { display: none; }
div { display: flex; flex-wrap: wrap; gap: 0.5em; align-items: flex-start; }
img, canvas { width: 8em; max-width: 100%; height: auto; border-radius: 0.25em; }
progress { width: 100%; max-width: 16em; }
[hidden] { display: none; }
p { margin: 0.5em 0 0; font: inherit; }
p:empty { display: none; }`;

/** Registers the element, once, where there are elements at all. */
export function defineElement(load: (options: LoadOptions) => Promise<Translator>): void {
  if (!globalThis.customElements || customElements.get("munit-image")) return;
  const pool = new Pool(load);
  const sheet = new CSSStyleSheet(); // which pages that forbid inline styles allow
  sheet.replaceSync(look);

  customElements.define(
    "munit-image",
    class extends HTMLElement {
      static readonly observedAttributes = ["model", "src", "styles", "seed", "direction", "device", "size", "tune", "threads", "worker", "wasm"];
      private stop = new AbortController();
      private loan?: Loan;
      private scheduled = false;
      private readonly pictures = document.createElement("div");
      private readonly status = document.createElement("p");
      private readonly bar = document.createElement("progress");
      private agreed = false; // to download, by who saves data

      constructor() {
        super();
        this.status.setAttribute("role", "status");
        this.status.setAttribute("part", "status");
        const shadow = this.attachShadow({ mode: "open" });
        shadow.adoptedStyleSheets = [sheet];
        this.bar.setAttribute("part", "progress");
        this.bar.hidden = true;
        shadow.append(this.pictures, this.status, this.bar);
      }

      connectedCallback(): void {
        this.restart();
      }

      disconnectedCallback(): void {
        this.restart();
      }

      attributeChangedCallback(): void {
        this.restart();
      }

      /** Several changes in a row, a move within the document among them, begin one run. */
      private restart(): void {
        this.stop.abort();
        if (this.scheduled) return;
        this.scheduled = true;
        queueMicrotask(() => {
          this.scheduled = false;
          if (this.isConnected) void this.run();
          else this.loan = void this.loan?.release();
        });
      }

      private async run(): Promise<void> {
        const { signal } = (this.stop = new AbortController());
        try {
          await this.show(signal);
          if (signal.aborted) return;
          this.say("");
          this.dispatchEvent(new Event("load"));
        } catch (e) {
          if (signal.aborted) return;
          const error = e instanceof MunitError ? e : toError(failure(e));
          this.say(error.message);
          this.dispatchEvent(new CustomEvent("error", { detail: error }));
        }
      }

      private async show(signal: AbortSignal): Promise<void> {
        const model = this.getAttribute("model");
        const src = this.getAttribute("src");
        this.pictures.replaceChildren();
        this.say("");
        if (!model || !src) throw new MunitError("bad-option", "<munit-image> needs the attributes model and src.");
        const count = this.number("styles", 1, 1, maxStyles);
        const seed = this.number("seed", 0, 0, Number.MAX_SAFE_INTEGER);
        const size = this.hasAttribute("size") ? this.number("size", 0, 0, 65536) : undefined;
        const direction = (this.getAttribute("direction") ?? undefined) as Direction | undefined;

        const source = new Image();
        source.crossOrigin = "anonymous"; // else its pixels could not be read
        source.alt = this.getAttribute("alt") ?? "the picture to translate";
        source.setAttribute("part", "source");
        if (this.getAttribute("loading") === "lazy") await near(this, signal);
        source.src = new URL(src, document.baseURI).href;
        this.pictures.append(source);
        if (frugal() && !this.agreed) await this.agree(signal);

        const translator = await this.translator(new URL(model, document.baseURI).href);
        if (signal.aborted) return;
        this.say(textOf(this, "translating"));
        if (count > 1 && translator.info.model.styles === "none") {
          throw new MunitError("bad-style", `This model has no styles, so that <munit-image> shows one picture: leave its attribute styles out.`);
        }
        const { domains, directions } = translator.info.model;
        const what = domains[(direction ?? directions[0]) === "b2a" ? "a" : "b"] || "picture";
        const content = await translator.encode(source, { direction, size, signal });
        try {
          const styles = Array.from({ length: count }, (_, i) => translator.randomStyle(seed, i));
          for (let shown = 0; shown < count; ) {
            const some = await translator.decodeBatch(content, styles.slice(shown, shown + content.batch), { signal });
            for (const picture of some) this.pictures.append(canvasOf(picture, textOf(this, "result", { what, n: ++shown, count })));
          }
        } finally {
          content.dispose();
        }
      }

      private say(text: string): void {
        this.status.textContent = text;
        this.bar.hidden = true;
      }

      private tell(progress: Progress): void {
        this.say(words(this, progress));
        this.bar.hidden = progress.stage !== "download";
        if (progress.total) {
          this.bar.max = progress.total;
          this.bar.value = progress.loaded;
        } else this.bar.removeAttribute("value");
        this.dispatchEvent(new CustomEvent("progress", { detail: progress }));
      }

      /** Waits for a click, since who saves data may not want a model of megabytes. */
      private agree(signal: AbortSignal): Promise<void> {
        const button = document.createElement("button");
        button.type = "button";
        button.setAttribute("part", "start");
        button.textContent = textOf(this, "start");
        this.pictures.append(button);
        return new Promise((go, stop) => {
          button.addEventListener("click", () => {
            this.agreed = true;
            button.remove();
            go();
          });
          signal.addEventListener("abort", stop);
        });
      }

      /** The translator of the model, kept while the element wants the same one. */
      private translator(model: string): Promise<Translator> {
        const device = (this.getAttribute("device") ?? "auto") as Device;
        const tune = this.getAttribute("tune") ?? "true";
        if (!["true", "false"].includes(tune)) {
          throw new MunitError("bad-option", `The attribute tune of <munit-image> must be "true" or "false", not "${tune}".`);
        }
        const threads = this.hasAttribute("threads") ? this.number("threads", 1, 1, 1024) : undefined;
        const [worker, wasm] = ["worker", "wasm"].map((name) => this.getAttribute(name) ?? undefined);
        const wanted = { model, device, tune: tune === "true", threads, worker, wasm };
        if (this.loan?.key !== Pool.key(wanted)) {
          const old = this.loan;
          this.loan = pool.borrow(wanted, (p) => this.tell(p));
          old?.release();
        }
        const { loan } = this;
        loan.translator.catch(() => {
          loan.release();
          if (this.loan === loan) this.loan = undefined;
        });
        return loan.translator;
      }

      private number(name: string, usual: number, low: number, high: number): number {
        const text = this.getAttribute(name);
        if (text === null) return usual;
        const value = Number(text);
        if (text.trim() === "" || !Number.isInteger(value) || value < low || value > high) {
          throw new MunitError("bad-option", `The attribute ${name} of <munit-image> must be a whole number, ${low} to ${high}, not "${text}".`);
        }
        return value;
      }
    },
  );
}

function canvasOf(picture: ImageData, label: string): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  canvas.width = picture.width;
  canvas.height = picture.height;
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", label);
  canvas.setAttribute("part", "image");
  canvas.getContext("2d")?.putImageData(picture, 0, 0);
  return canvas;
}
