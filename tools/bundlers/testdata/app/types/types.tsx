// Compiled, never run: what TypeScript knows of the package.
import { load, MunitError, type Translator } from "webmunit/react";
import wares from "webmunit/models/wares";

const element = document.querySelector("munit-image");
element?.addEventListener("error", (e) => console.log(e.detail.code satisfies MunitError["code"]));
export const translator: Promise<Translator> = load({ ...wares, device: "cpu" });
export const inReact = <munit-image model={wares.model.href} src="face.png" styles={6} className="wide" ref={(e) => e?.remove()} />;
// @ts-expect-error: there is no such device
export const wrong = <munit-image device="tpu" />;
