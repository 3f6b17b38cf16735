// The page: wires the drawing, the studio that translates it, and the views.

import "./page.css";
import { MunitError } from "../module/index";
import type { Device } from "../module/types";
import { describeModel, setUpCopy, setUpCredits, setUpReport } from "./about";
import { DeviceChoice, DirectionChoice, ModelChoice } from "./choices";
import { byId, save } from "./dom";
import { canCopy, canShare, contactSheet, copyPicture, exactPng, largePng, sharePicture } from "./export";
import { Blend, factorFor, Front } from "./front";
import { Keep, setUpAnew } from "./keep";
import { setUpKeys } from "./keys";
import { INK_ON_PAPER } from "./materials";
import { Pad } from "./pad";
import { newSeed, parseSeed, readParams, writeParams } from "./params";
import { acceptDrops, pictureIn, readPicture } from "./picture";
import { Problem, Slip } from "./problem";
import { Samples } from "./samples";
import { Status } from "./status";
import { Studio } from "./studio";
import type { Slot } from "./styles";
import { Tray } from "./tray";

/** After a stroke the hand often makes another at once; translating waits this long for it, in milliseconds. */
const SETTLE = 120;

/** How many styles "more" adds: whole rows of the tray, which has three columns. */
const MORE = 6;

const params = readParams(location.search);
const studio: Studio = new Studio(params.seed, params.styles, () => scheduleRepaint());

const pad = new Pad(studio.drawing, drawn);
const samples = new Samples(
  (picture, position) => {
    pad.lay(picture);
    samples.mark(position);
    params.sample = position;
    writeParams(params);
  },
  (position) => attempt(() => samples.pick(position)),
);
const tray = new Tray(studio, { choose, chooseEnd, lock });
const front = new Front(studio);
const blend = new Blend(studio);
const status = new Status(studio);
const problem = new Problem(studio, { retry, useCpu: () => compute("cpu") });
const device = new DeviceChoice(params.device, compute);
const direction = new DirectionChoice((value) => {
  params.direction = value;
  writeParams(params);
  studio.turn(value);
  pad.repaint();
  samples.mark(-1);
});
const keep = new Keep(studio, { params, sample: () => samples.shown });
const models = new ModelChoice((name) => {
  params.model = name;
  params.sample = 0;
  params.direction = undefined;
  studio.direction = "a2b";
  writeParams(params);
  void open();
});

/* Painting: many changes, one repaint a frame. */

let scheduled = false;

function scheduleRepaint(): void {
  keep.touch();
  // The state is told at once, for whoever watches it, and an error with its words; a hidden tab paints no frames.
  if (studio.state === "error") problem.repaint();
  document.documentElement.dataset.state = studio.state;
  if (scheduled) return;
  scheduled = true;
  const paint = () => {
    if (!scheduled) return;
    scheduled = false;
    repaint();
  };
  requestAnimationFrame(paint);
  setTimeout(paint, 100);
}

function repaint(): void {
  const info = studio.translator?.info;
  tray.repaint();
  front.repaint();
  blend.repaint();
  status.repaint();
  problem.repaint();
  document.documentElement.dataset.styles = studio.kind;
  byId("style-image").hidden = !studio.takesStyles;
  direction.repaint(info, studio.direction, models.several);
  describeModel(info, models.current, samples.first);
  const pixels = studio.front?.pixels;
  for (const id of ["copy-picture", "share", "download", "download-large", "contact-sheet"]) byId<HTMLButtonElement>(id).disabled = !pixels;
  if (pixels) {
    const factor = factorFor(pixels);
    byId("download-size").textContent = `${pixels.width} px`;
    byId("download-large-size").textContent = `${pixels.width * factor} px`;
  }
}

/* The drawing. */

let settling: number | undefined;

/** What the sheet showed when the page was left: a sample's position, or -1. Undefined once it is seen to. */
let restored: number | undefined;

function drawn(stroke: boolean, sampled = false): void {
  if (!sampled) samples.mark(-1);
  front.preview(byId<HTMLCanvasElement>("canvas"));
  clearTimeout(settling);
  studio.expectDrawing();
  if (stroke) settling = window.setTimeout(() => studio.drawingChanged(), SETTLE);
  else studio.drawingChanged();
}

async function openPicture(file: File | undefined): Promise<void> {
  await attempt(async () => {
    if (!file) throw new MunitError("bad-image", "There is no picture in that.");
    pad.lay(await readPicture(file), true);
  });
}

async function openStyle(file: File | undefined): Promise<void> {
  await attempt(async () => {
    if (!file) throw new MunitError("bad-image", "There is no picture in that.");
    studio.takeStyle(file.name || "a picture", await readPicture(file));
  });
}

/** Does something that can fail without touching the translation, and says how it failed. */
async function attempt(act: () => Promise<void>): Promise<void> {
  problem.say(undefined);
  studio.expectDrawing();
  try {
    await act();
  } catch (error) {
    problem.say(error);
  }
  studio.begin();
}

/* The styles. */

function choose(slot: Slot): void {
  studio.styles.choose(slot, blend.armed);
  if (blend.armed) blend.arm();
  studio.stylesChanged();
}

function chooseEnd(slot: Slot): void {
  if (studio.kind !== "codes") return choose(slot); // nothing lies between two
  studio.styles.choose(slot, "b");
  blend.arm();
  studio.stylesChanged();
}

function lock(slot: Slot): void {
  slot.locked = !slot.locked;
  scheduleRepaint();
}

const seedField = byId<HTMLInputElement>("seed");

function useSeed(seed: bigint): void {
  problem.say(undefined);
  seedField.value = String(seed);
  seedField.removeAttribute("aria-invalid");
  params.seed = seed;
  writeParams(params);
  studio.styles.reseed(seed);
  studio.stylesChanged();
}

function more(): void {
  studio.styles.more(MORE);
  params.styles += MORE;
  writeParams(params);
  studio.stylesChanged();
}

/* The model and where it runs. */

function compute(where: Device): void {
  device.set(where);
  params.device = where;
  writeParams(params);
  void open();
}

function retry(): void {
  if (studio.translator) studio.retry();
  else void open();
}

async function open(): Promise<void> {
  problem.say(undefined);
  try {
    studio.open(await models.address(params.model), params.device);
  } catch (error) {
    return studio.fail(error);
  }
  await attempt(furnish);
}

/** Lays out the samples of the model, one of them on the sheet unless there is something of the visitor's own. */
async function furnish(): Promise<void> {
  const content = models.samples && (await samples.open(models.samples));
  if (!content) return;
  const materials = content.materials ?? INK_ON_PAPER;
  const others = pad.equip(materials);
  if (restored === undefined && studio.drawing.hasStrokes && others) {
    studio.say("Your drawing is as it was, made for another model. Clear the sheet, or take a sample, to draw with what goes with this one.");
  }
  if (restored !== undefined) {
    samples.mark(restored);
    restored = undefined;
    drawn(false, true);
  } else if (!studio.drawing.isOwn) await samples.pick(params.sample);
}

/* The buttons. */

function pictureName(): string {
  return `${byId("result-title").textContent?.toLowerCase() ?? "picture"}-seed${params.seed}`;
}

const download = (large: boolean) => attempt(async () => {
  const pixels = studio.front?.pixels;
  if (!pixels) return;
  const size = byId(large ? "download-large-size" : "download-size").textContent!.replace(" ", "");
  save(await (large ? largePng : exactPng)(pixels), `${pictureName()}-${size}.png`);
});

const downloadSheet = () => attempt(async () => {
  const pictures = studio.styles.slots.flatMap(({ shown }) => (shown ? [shown.pixels] : []));
  const text = `webmunit · seed ${params.seed} · ${models.current?.name ?? ""}`;
  save(await contactSheet(studio.drawing.pixels(), pictures, text), `${pictureName()}-sheet.png`);
});

const copyFront = () => attempt(async () => {
  const pixels = studio.front?.pixels;
  if (!pixels) return;
  await copyPicture(pixels);
  studio.say("The picture is on the clipboard.");
});

const shareFront = () => attempt(async () => {
  const pixels = studio.front?.pixels;
  // Whoever closes the list of apps has changed their mind, which is no error.
  if (pixels) await sharePicture(pixels, `${pictureName()}.png`).catch((e: Error) => e.name === "AbortError" || Promise.reject(e));
});

byId("copy-picture").hidden = !canCopy;
byId("share").hidden = !canShare;
byId("copy-picture").addEventListener("click", copyFront);
byId("share").addEventListener("click", shareFront);

const picker = (button: string, input: string, take: (file: File | undefined) => void) => {
  const field = byId<HTMLInputElement>(input);
  byId(button).addEventListener("click", () => field.click());
  field.addEventListener("change", () => {
    if (field.files?.length) take(field.files[0]);
    field.value = ""; // so that the same file can be taken again
  });
};

picker("open", "file", openPicture);
picker("style-image", "style-file", openStyle);
acceptDrops(document.body, openPicture);
acceptDrops(byId("tray").parentElement!, openStyle);
document.addEventListener("paste", (event) => {
  const file = pictureIn(event.clipboardData);
  if (file) void openPicture(file);
});
byId("new-seed").addEventListener("click", () => useSeed(newSeed()));
byId("more").addEventListener("click", more);
byId("download").addEventListener("click", () => download(false));
byId("download-large").addEventListener("click", () => download(true));
byId("contact-sheet").addEventListener("click", downloadSheet);
seedField.addEventListener("change", () => {
  const seed = parseSeed(seedField.value);
  if (seed !== undefined) return useSeed(seed);
  seedField.setAttribute("aria-invalid", "true");
  problem.say(new Slip("A seed is a whole number from 0 to 18446744073709551615.", `The styles are still those of seed ${params.seed}.`));
});

setUpCredits(() => ({ info: studio.translator?.info, entry: models.current, samples: samples.folder }));
setUpCopy();
setUpReport();
setUpAnew(keep);
setUpKeys({
  pen: () => pad.use("pen"),
  eraser: () => pad.use("eraser"),
  bucket: () => pad.useBucket(),
  widen: (by) => pad.widen(by),
  undo: () => pad.undo(),
  redo: () => pad.redo(),
  escape: () => blend.arm(),
});
byId("canvas").addEventListener("keydown", (event) => {
  const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!by || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  void attempt(() => samples.step(by));
});

/* The beginning. */

async function begin(): Promise<void> {
  restored = await keep.restore(location.search !== "");
  if (params.direction) studio.direction = params.direction;
  seedField.value = String(params.seed);
  device.set(params.device);
  writeParams(params);
  pad.repaint();
  scheduleRepaint();
  await open();
}

// For the console and for tests, such as of a device that is lost: webmunit.translator?.loseDevice().
Object.assign(globalThis, { webmunit: studio, webmunitKeep: keep });

repaint();
void begin();
// Offline afterwards. Where service workers are not allowed the page needs the network each time, and that is all.
void worksOffline();

/** The folder of the page gets a service worker, unless the host has one of its own there or above, which might not be content with another. */
async function worksOffline(): Promise<void> {
  try {
    const ours = new URL("sw.js", document.baseURI).href;
    const found = await navigator.serviceWorker?.getRegistration();
    const script = found && (found.active ?? found.waiting ?? found.installing)?.scriptURL;
    if (script === undefined || script === ours) await navigator.serviceWorker?.register(ours);
  } catch {
    // not allowed here
  }
}
