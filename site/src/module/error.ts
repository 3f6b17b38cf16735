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
  return { code: "internal", message: `Something unexpected happened: ${e instanceof Error ? e.message : String(e)}` };
}

export function toError(f: Failure): MunitError {
  return new MunitError(f.code, f.message);
}
