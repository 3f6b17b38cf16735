import type * as api from "./types";

export class MunitError extends Error implements api.MunitError {
  readonly code: api.ErrorCode;
  constructor(code: api.ErrorCode, message: string) {
    super(message);
    this.name = "MunitError";
    this.code = code;
  }
}

/** A MunitError as it crosses between the worker and the page; classes do not survive postMessage. */
export interface Failure {
  code: api.ErrorCode;
  message: string;
}

/** What is not a failure already (ours, or one that came from Go) is a bug. */
export function failure(e: unknown): Failure {
  if (e instanceof MunitError) return { code: e.code, message: e.message };
  const f = e as Partial<Failure> | undefined;
  if (typeof f?.code === "string" && typeof f.message === "string") return { code: f.code, message: f.message };
  return { code: "internal", message: `Something unexpected happened: ${e instanceof Error ? e.message : describe(e)}.` };
}

/** A value, briefly, as somebody who wrote it would know it again. */
export function describe(value: unknown): string {
  switch (typeof value) {
    case "string":
      return JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}…` : value);
    case "object":
      return value === null ? "null" : `an object (${Object.prototype.toString.call(value).slice(8, -1)})`;
    case "function":
      return "a function";
    default:
      return String(value); // of a symbol too
  }
}

export function toError(f: Failure): MunitError {
  return new MunitError(f.code, f.message);
}

/** Runs the body of a public call, so that whatever it throws is a MunitError. */
export async function explained<T>(body: () => T | Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (e) {
    throw e instanceof MunitError ? e : toError(failure(e));
  }
}
