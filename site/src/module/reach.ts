// Fetching, with a reason where it fails: browsers tell that to their console only, and the message of every cause is the same.

import { MunitError } from "./error";
import type { ErrorCode } from "./types";

/** What a page's Content-Security-Policy has refused while something went on. */
class Refusals {
  private directive = "";
  private readonly hear = (e: Event) => (this.directive = (e as SecurityPolicyViolationEvent).effectiveDirective);

  constructor() {
    globalThis.addEventListener?.("securitypolicyviolation", this.hear);
  }

  /** The directive that refused something, or "". To be called once. */
  async last(): Promise<string> {
    await new Promise((r) => setTimeout(r, 50)); // the news may come after the failure
    globalThis.removeEventListener?.("securitypolicyviolation", this.hear);
    return this.directive;
  }
}

/** Calls off what has not given a sign of life for some time. */
export class Watch {
  private readonly stop = new AbortController();
  private timers: ReturnType<typeof setTimeout>[] = [];

  /** Zero milliseconds: never. `idle` is called when a sixth of the time is over. */
  constructor(
    private readonly patience: number,
    private readonly idle: () => void = () => {},
  ) {
    this.alive();
  }

  get signal(): AbortSignal {
    return this.stop.signal;
  }

  alive(): void {
    this.end();
    if (this.patience === 0 || this.stop.signal.aborted) return;
    this.timers = [setTimeout(this.idle, this.patience / 6), setTimeout(() => this.stop.abort(), this.patience)];
  }

  end(): void {
    this.timers.forEach(clearTimeout);
  }
}

/** The answer with what is at url, called `what` in errors, whose code is `code`. */
export async function reach(url: string, init: RequestInit, what: string, code: ErrorCode, watch?: Watch): Promise<Response> {
  const refusals = new Refusals();
  let answer: Response;
  try {
    answer = await fetch(url, { ...init, signal: watch?.signal });
  } catch (e) {
    if (watch?.signal.aborted) throw stalled(url, what);
    throw new MunitError(code, `${capital(what)} at ${url} could not be reached: ${await whyNot(url, e as Error, refusals)}.`);
  }
  void refusals.last();
  if (answer.ok) return answer;
  throw new MunitError(code, `The server answered ${answer.status} for ${what} at ${url}: check the address.`);
}

export function stalled(url: string, what: string): MunitError {
  return new MunitError("stalled", `The download of ${what} from ${url} has stalled: nothing more came for a while. Check the network, and try again.`);
}

async function whyNot(url: string, e: Error, refusals: Refusals): Promise<string> {
  const directive = await refusals.last();
  if (directive) return policy(directive, url);
  if (new URL(url).origin !== globalThis.location?.origin && (await answers(url))) {
    return "its server does not let other sites read it (CORS); it must send Access-Control-Allow-Origin";
  }
  return `check the network and the address (${e.message})`;
}

/** Whether there is something, which the page may not be allowed to read. */
function answers(url: string): Promise<boolean> {
  return fetch(url, { mode: "no-cors", method: "HEAD", cache: "no-store" }).then(() => true, () => false);
}

function policy(directive: string, url: string): string {
  return `the Content-Security-Policy forbids it; its ${directive} must allow ${new URL(url).origin}`;
}

/** Why a worker's script did not start, as far as a page can find out. */
export class WorkerDoctor {
  private readonly refusals = new Refusals();

  async diagnose(url: URL): Promise<string> {
    const directive = await this.refusals.last();
    const own = url.origin === location.origin;
    if (directive) return directive === "worker-src" && !own ? "the Content-Security-Policy forbids it; its worker-src must allow blob:" : policy(directive, url.href);
    let answer: Response;
    try {
      answer = await fetch(url, { cache: "no-store" });
    } catch (e) {
      return whyNot(url.href, e as Error, new Refusals());
    }
    void answer.body?.cancel();
    if (!answer.ok) return `the server answered ${answer.status}; check the address`;
    const type = answer.headers.get("content-type") ?? "";
    if (!/javascript|ecmascript/.test(type)) return `its server sends it as ${type || "nothing in particular"} (MIME type), and a script must be text/javascript`;
    if (globalThis.crossOriginIsolated && own && !answer.headers.has("cross-origin-embedder-policy")) {
      return "the page is cross-origin isolated, so the worker must come with the header Cross-Origin-Embedder-Policy too";
    }
    if (!own) return `it cannot be imported; a Content-Security-Policy must allow ${url.origin} in script-src and worker-src`;
    return "reload the page; if that does not help, this browser may be too old";
  }
}

function capital(words: string): string {
  return words.slice(0, 1).toUpperCase() + words.slice(1);
}
