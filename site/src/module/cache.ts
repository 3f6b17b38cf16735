// Fetches model files, and keeps in the browser's Cache those that proved good.

import { MunitError } from "./error";
import { Watch, reach, stalled } from "./reach";
import type { Models, Progress } from "./types";

const cacheName = "munit-models-1";
const hashHeader = "x-munit-sha256";
const guessedSize = 8 << 20; // of a model whose server does not say
const maxReserve = 1 << 30; // on a server's word
const maxHeader = 16 << 20; // of the safetensors header, as the Go reader has it

export interface ModelFile {
  bytes: Uint8Array<ArrayBuffer>;
  /** Rejected if this is not the file that was promised, and must not be used. */
  verified: Promise<void>;
  /** Stores the file for the next time. To be called once the runtime has accepted it, so that nothing bad is ever kept. */
  keep(): Promise<void>;
}

type Report = (p: Progress) => void;

/**
 * Gives the model at url, from the cache if it is the very file that is expected there. Where nobody says what
 * to expect, the server is asked first (its 304 makes that cheap) and the cache serves when there is no network, or
 * no model at that address.
 */
export async function fetchModel(url: string, sha256: string, timeout: number, report: Report): Promise<ModelFile> {
  const want = (sha256 || (await promisedHash(url, timeout))).toLowerCase();
  if (want) {
    const cached = await fromCache(url, want, report);
    if (cached) return cached;
  }
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    bytes = await download(url, timeout, report);
  } catch (e) {
    const cached = !want && e instanceof MunitError && ["model-http", "model-format", "stalled"].includes(e.code) ? await fromCache(url, want, report) : undefined;
    if (cached) return cached;
    throw e;
  }
  report({ stage: "verify", loaded: bytes.length, total: bytes.length });
  const digesting = digest(bytes); // beside what the runtime does with them
  const verified = digesting.then((sum) => {
    if (want && sum && sum !== want) {
      throw new MunitError("model-hash", `The model at ${url} is not the one expected (SHA-256 ${sum.slice(0, 12)}…, not ${want.slice(0, 12)}…): reload, or tell the site's owner.`);
    }
  });
  verified.catch(() => {}); // for whoever uses the bytes to hear
  return { bytes, verified, keep: async () => void (await store(url, bytes, await digesting)) };
}

/** The hash in the models.json beside the model, or "" if there is none or it does not list the model. */
async function promisedHash(url: string, timeout: number): Promise<string> {
  const watch = new Watch(timeout / 2); // the rest is for the model
  try {
    const list = new URL("models.json", url);
    const answer = await fetch(list, { cache: "no-cache", signal: watch.signal });
    if (!answer.ok) return "";
    const { models } = (await answer.json()) as Models;
    const bare = url.replace(/[?#].*$/, "");
    return models.find((m) => new URL(m.file, list).href === bare)?.sha256 ?? "";
  } catch {
    return "";
  } finally {
    watch.end();
  }
}

async function openCache(): Promise<Cache | undefined> {
  // Both exist in secure contexts only. Private windows may refuse storage.
  if (!globalThis.caches || !globalThis.crypto?.subtle) return undefined;
  return caches.open(cacheName).catch(() => undefined);
}

/** Gives the cached file if it has the hash wanted (or, none being known, the hash it was stored with), and evicts it otherwise. */
async function fromCache(url: string, want: string, report: Report): Promise<ModelFile | undefined> {
  const cache = await openCache();
  const hit = await cache?.match(url);
  if (!cache || !hit) return undefined;
  const bytes = new Uint8Array(await hit.arrayBuffer());
  report({ stage: "cached", loaded: bytes.length, total: bytes.length });
  if ((await digest(bytes)) !== (want || hit.headers.get(hashHeader))) {
    await cache.delete(url);
    return undefined;
  }
  return { bytes, verified: Promise.resolve(), keep: async () => {} };
}

/** Keeps a model that was made in this browser as if it had come from url, where no server need have it. Says whether there was room. */
export async function keepModel(url: string, bytes: Uint8Array<ArrayBuffer>): Promise<boolean> {
  return store(url, bytes, await digest(bytes));
}

async function store(url: string, bytes: Uint8Array<ArrayBuffer>, sum: string): Promise<boolean> {
  const headers = { "content-type": "application/octet-stream", [hashHeader]: sum };
  // A full disk costs the next visit a download, and nothing else.
  return Boolean(await (await openCache())?.put(url, new Response(bytes, { headers })).then(() => true, () => false));
}

async function digest(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  if (!globalThis.crypto?.subtle) return "";
  const sum = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(sum, (b) => b.toString(16).padStart(2, "0")).join("");
}

async function download(url: string, timeout: number, report: Report): Promise<Uint8Array<ArrayBuffer>> {
  let [loaded, total] = [0, 0];
  const watch = new Watch(timeout, () => report({ stage: "download", loaded, total, stalled: true }));
  try {
    report({ stage: "download", loaded, total });
    const answer = await reach(url, { cache: "no-cache" }, "the model", "model-http", watch);
    if (!answer.body) throw truncated(url, 0, 0);
    if (answer.headers.get("content-type")?.startsWith("text/html")) {
      void answer.body.cancel();
      throw new MunitError("model-format", `There is a web page, not a model, at ${url}: check the address.`);
    }
    // A compressed body's length says nothing about what arrives here.
    total = answer.headers.has("content-encoding") ? 0 : Number(answer.headers.get("content-length") ?? 0);
    const reader = answer.body.getReader();
    let bytes = new Uint8Array(0 < total && total < maxReserve ? total : guessedSize);
    for (;;) {
      watch.alive();
      report({ stage: "download", loaded, total });
      const { done, value } = await reader.read().catch(() => {
        throw watch.signal.aborted ? stalled(url, "the model") : truncated(url, loaded, total);
      });
      if (done) break;
      if (loaded === 0 && !looksLikeModel(value)) {
        void reader.cancel();
        throw new MunitError("model-format", `The file at ${url} is not a munit model: check the address, or convert the checkpoint with munit convert.`);
      }
      if (loaded + value.length > bytes.length) {
        const larger = new Uint8Array(2 * (loaded + value.length));
        larger.set(bytes);
        bytes = larger;
      }
      bytes.set(value, loaded);
      loaded += value.length;
    }
    if (loaded < total) throw truncated(url, loaded, total);
    bytes = bytes.subarray(0, loaded);
    const full = modelLength(bytes);
    if (loaded < full) throw truncated(url, loaded, full);
    return bytes;
  } finally {
    watch.end();
  }
}

function truncated(url: string, loaded: number, total: number): MunitError {
  const of = total ? ` of ${total}` : "";
  return new MunitError("model-truncated", `The download of ${url} ended after ${loaded}${of} bytes: try again.`);
}

/** Tells early that a download is no safetensors file, however long it is. A first chunk too short to tell passes. */
function looksLikeModel(start: Uint8Array): boolean {
  return start.length < 9 || (headerLength(start) <= maxHeader && start[8] === 0x7b);
}

function headerLength(bytes: Uint8Array): number {
  return Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
}

/** The length in bytes of a safetensors file, as its header has it; 0 if that cannot be read, which the runtime will explain. */
function modelLength(bytes: Uint8Array): number {
  if (bytes.length < 9) return 9;
  const end = 8 + headerLength(bytes);
  if (bytes.length < end) return end;
  try {
    const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, end))) as Record<string, { data_offsets?: number[] }>;
    return Object.values(header).reduce((max, t) => Math.max(max, end + (t.data_offsets?.[1] ?? 0)), end);
  } catch {
    return 0;
  }
}
