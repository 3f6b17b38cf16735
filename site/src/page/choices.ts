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

  /** Offers what the model can do; a model of one direction has nothing to choose. */
  repaint(info: Info | undefined, direction: Direction): void {
    if (!info) return;
    const { directions, domains } = info.model;
    const offered = JSON.stringify([directions, domains]);
    if (offered !== this.offered) {
      this.offered = offered;
      this.group.replaceChildren(
        ...directions.map((value) => {
          const { from, to } = namesOf(info, value);
          const input = make("input", { type: "radio", name: "direction", value, "data-testid": `direction-${value}` });
          return make("label", {}, input, make("span", {}, `${from} → ${to}`));
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

/** The list of models, which hides when there is only one. */
export class ModelChoice {
  private readonly select = byId<HTMLSelectElement>("model");
  private entries: ModelEntry[] = [];

  constructor(chosen: () => void) {
    this.select.addEventListener("change", () => chosen());
  }

  get current(): ModelEntry | undefined {
    return this.named(this.select.value) ?? this.entries[0];
  }

  /** Where to load a model from: one of the list by its name, "" for the first, or a file of this site by its address. */
  async address(name: string): Promise<string> {
    if (this.entries.length === 0) this.offer((await listModels(MODELS)).models, name);
    const entry = name === "" ? this.entries[0] : this.named(name);
    if (entry) return new URL(entry.file, new URL(MODELS, document.baseURI)).href;
    const url = new URL(name, document.baseURI);
    if (name === "" || url.origin !== location.origin) {
      throw new MunitError("bad-option", `This site has no model “${name}”.`);
    }
    return url.href;
  }

  private offer(entries: ModelEntry[], name: string): void {
    this.entries = entries;
    this.select.replaceChildren(...entries.map((entry) => make("option", { value: entry.name }, entry.name)));
    if (this.named(name)) this.select.value = name;
    byId("model-field").hidden = entries.length < 2;
  }

  private named(name: string): ModelEntry | undefined {
    return this.entries.find((entry) => entry.name === name);
  }
}
