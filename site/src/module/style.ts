// Style codes without the worker: runtime/style.go says what these compute, and a test holds both to the same values.

import { MunitError, describe } from "./error";
import type * as api from "./types";

const golden = 0x9e3779b97f4a7c15n;
const u64 = (z: bigint) => BigInt.asUintN(64, z);

/** The finaliser of splitmix64. */
function mix(z: bigint): bigint {
  z = u64((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n);
  z = u64((z ^ (z >> 27n)) * 0x94d049bb133111ebn);
  return z ^ (z >> 31n);
}

export function randomStyle(seed: number | bigint, index: number, dim: number): api.Style {
  if (typeof seed === "number" ? !Number.isSafeInteger(seed) || seed < 0 : typeof seed !== "bigint" || seed !== u64(seed)) {
    throw new MunitError("bad-option", `The seed must be a whole number from 0 (beyond 2^53 as a bigint), not ${describe(seed)}.`);
  }
  if (!Number.isInteger(index) || index < 0 || index >= 2 ** 31) {
    throw new MunitError("bad-option", `The index of a style must be a whole number from 0, not ${describe(index)}.`);
  }
  const base = mix(BigInt(seed));
  const draw = (k: bigint) => mix(u64(base + (k + 1n) * golden)) >> 11n;
  return Float32Array.from({ length: dim }, (_, j) => {
    const k = (BigInt(index) << 32n) + 2n * BigInt(j);
    const u = Number(draw(k) + 1n) / 2 ** 53;
    const v = Number(draw(k + 1n)) / 2 ** 53;
    return Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * v);
  });
}

/** In float32 throughout, as Go computes it. */
export const interpolate: typeof api.interpolate = (from, to, t) => {
  if (!(from instanceof Float32Array && to instanceof Float32Array)) {
    throw new MunitError("bad-style", "interpolate takes two styles, each a Float32Array.");
  }
  if (typeof t !== "number" || !Number.isFinite(t)) throw new MunitError("bad-option", `interpolate takes a finite number, not ${describe(t)}.`);
  if (from.length !== to.length) {
    throw new MunitError("bad-style", `Styles of ${from.length} and ${to.length} values are not of one model.`);
  }
  const f = Math.fround;
  const b = f(t);
  const a = f(1 - b);
  return from.map((x, i) => f(a * x) + f(b * to[i]!));
};
