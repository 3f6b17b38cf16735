// The worker of a checkup: runs the Go program that examines one device, and passes on what it tells.

import { compile, startGo } from "../module/go";
import type { Asked, Told } from "./checkup";

const scope = globalThis as unknown as {
  postMessage(message: Told): void;
  onmessage: (event: MessageEvent<Asked>) => void;
};

const STALLED = 60_000; // ms without a byte of the program

scope.onmessage = async ({ data: { device, seconds } }) => {
  const end = (why: string) => scope.postMessage({ ended: why });
  try {
    await startGo(await compile(new URL("./checkup.wasm", location.href).href, STALLED), {
      device, seconds,
      heard: (line: string) => scope.postMessage({ event: JSON.parse(line) }),
      ended: end,
    }, (dead) => end(dead.message));
  } catch (error) {
    end(error instanceof Error ? error.message : String(error));
  }
};
