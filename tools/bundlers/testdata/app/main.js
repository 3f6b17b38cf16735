import { load } from "webmunit";
import avatars from "webmunit/models/avatars";

/** What every bundler must bring about: a translation, with nothing said of worker, wasm and model but their names. */
export async function translate() {
  try {
    const m = await load({ ...avatars, device: "cpu" });
    const data = Uint8ClampedArray.from({ length: 4 * 64 * 64 }, (_, i) => (i % 4 === 3 ? 255 : (i * i) % 251));
    const picture = await m.translate(new ImageData(data, 64, 64), { seed: 7 });
    globalThis.outcome = { pixels: Array.from(picture.data) };
    m.dispose();
  } catch (e) {
    globalThis.outcome = { error: `${e.code}: ${e.message}` };
  }
}
