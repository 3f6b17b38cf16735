import type { Device, Direction, Info, ModelEntry } from "../module/types";
import { listModels, MunitError } from "../module/index";
import { byId, make, setText } from "./dom";

/** Where the builder puts the models. */
const MODELS = "models/models.json";

/** The radio buttons that say where to compute. */
export class DeviceChoice {
  private readonly group = byId("device");

  constructor(device: Device, chosen: (device: Device) => void) {
    this.set(device);
    this.group.addEventListener("change", () => chosen(this.value));
  }

  get value(): Device {
    return this.group.querySelector<HTMLInputElement>("input:checked")!.value as Device;
  }

  set(device: Device): void {
    this.group.querySelector<HTMLInputElement>(`input[value="${device}"]`)!.checked = true;
  }
}

/** The radio buttons that turn the model round, labelled with the names of its domains. */
export class DirectionChoice {
  private readonly box = byId("direction");
  private readonly group = byId("direction-choices");
  private offered = "";

  constructor(chosen: (direction: Direction) => void) {
    this.group.addEventListener("change", (event) => chosen((event.target as HTMLInputElement).value as Direction));
  }

  /** Offers what the model can do, briefly by what it leads to or in full; a model of one direction has nothing to choose. */
  repaint(info: Info | undefined, direction: Direction, brief: boolean): void {
    if (!info) return;
    const { directions, domains } = info.model;
    const offered = JSON.stringify([directions, domains, brief]);
    if (offered !== this.offered) {
      this.offered = offered;
      this.group.replaceChildren(
        ...directions.map((value) => {
          const { from, to } = namesOf(info, value);
          const words = `${from} → ${to}`;
          const input = make("input", { type: "radio", name: "direction", value, "aria-label": words, "data-testid": `direction-${value}` });
          return make("label", { title: words }, input, make("span", {}, brief ? `to ${to}` : words));
        }),
      );
    }
    this.box.hidden = directions.length < 2;
    for (const input of this.group.querySelectorAll("input")) input.checked = input.value === direction;
    const { from, to } = namesOf(info, direction);
    setText(byId("draw-title"), capital(from));
    setText(byId("result-title"), capital(to));
  }
}

/** The model's names for what a direction begins and ends with. */
function namesOf({ model }: Info, direction: Direction): { from: string; to: string } {
  const { a, b } = model.domains;
  return direction === "a2b" ? { from: a, to: b } : { from: b, to: a };
}

function capital(name: string): string {
  return name.slice(0, 1).toUpperCase() + name.slice(1);
}

/** The radio buttons of the site's models, labelled with the names of their domains. They hide when there is only one. */
export class ModelChoice {
  private readonly box = byId("models");
  private readonly group = byId("model-choices");
  private entries: ModelEntry[] = [];
  /** The model that was last found, if the list has it. */
  current?: ModelEntry;

  constructor(chosen: (name: string) => void) {
    this.group.addEventListener("change", (event) => chosen((event.target as HTMLInputElement).value));
  }

  get several(): boolean {
    return this.entries.length > 1;
  }

  /** The folder of samples that go with the model. One that has none borrows those of the first, which are drawings at least. */
  get samples(): string | undefined {
    const folder = this.current?.samples ?? this.entries[0]?.samples;
    return folder && fromList(folder);
  }

  /** Where to load a model from: one of the list by its name, "" for the first, or a file of this site by its address. */
  async address(name: string): Promise<string> {
    if (this.entries.length === 0) this.offer((await listModels(MODELS)).models);
    const url = new URL(name, document.baseURI);
    const found = (entry: ModelEntry) => entry.name === name || fromList(entry.file) === url.href;
    this.current = name === "" ? this.entries[0] : this.entries.find(found);
    for (const input of this.group.querySelectorAll("input")) input.checked = input.value === this.current?.name;
    if (this.current) return fromList(this.current.file);
    if (name === "" || url.origin !== location.origin) {
      throw new MunitError("bad-option", `This site has no model “${name}”.`);
    }
    return url.href;
  }

  private offer(entries: ModelEntry[]): void {
    this.entries = entries;
    this.group.replaceChildren(
      ...entries.map(({ name, domains }) => {
        const input = make("input", { type: "radio", name: "model", value: name, "data-testid": `model-${name}` });
        return make("label", {}, input, make("span", {}, `${capital(domains.a)} → ${domains.b}`));
      }),
    );
    this.box.hidden = !this.several;
  }
}

/** What models.json names, as an address. */
function fromList(file: string): string {
  return new URL(file, new URL(MODELS, document.baseURI)).href;
}
