import { MunitError, toError, type Failure } from "./error";
import type { Answer, Args, Cancel, Method, Request, Value } from "./protocol";
import { Watch, WorkerDoctor, stalled } from "./reach";
import { startWorker } from "./spawn";
import type { Info, Progress } from "./types";

interface Waiting {
  resolve(value: unknown): void;
  reject(e: MunitError): void;
}

/** The page's end of a worker: one promise per request. */
export class Connection {
  onProgress: (p: Progress) => void = () => {};
  onInfo: (info: Info) => void = () => {};
  private readonly worker: Worker;
  private readonly waiting = new Map<number, Waiting>();
  private last = 0;
  private ended?: Failure;
  /** Ends with the worker's first word. */
  private readonly starting: Watch;

  /** Starts the worker at url, and ends if nothing is heard of it for `timeout` milliseconds. */
  constructor(url: URL, timeout: number) {
    const doctor = new WorkerDoctor();
    this.worker = startWorker(url);
    this.starting = new Watch(timeout);
    this.starting.signal.onabort = () => {
      const { code, message } = stalled(url.href, "the worker");
      this.end({ code, message });
    };
    this.worker.onmessage = ({ data }: MessageEvent<Answer>) => {
      this.starting.end();
      this.receive(data);
    };
    this.worker.onerror = async (e) => {
      e.preventDefault();
      this.starting.end();
      const why = e.message || (await doctor.diagnose(url));
      this.end({ code: "worker", message: `The worker ${url.href} could not be started: ${why}.` });
    };
  }

  /** Sends a request; an abort rejects the promise at once and tells the worker to stop. */
  request<M extends Method>(method: M, args: Args<M>, signal?: AbortSignal, transfer: Transferable[] = []): Promise<Value<M>> {
    if (this.ended) return Promise.reject(toError(this.ended));
    if (signal?.aborted) return Promise.reject(aborted());
    const id = ++this.last;
    const message: Request = { id, method, args };
    return new Promise<unknown>((resolve, reject) => {
      const onAbort = () => {
        this.waiting.delete(id);
        this.worker.postMessage({ cancel: id } satisfies Cancel);
        reject(aborted());
      };
      const done = () => signal?.removeEventListener("abort", onAbort);
      signal?.addEventListener("abort", onAbort, { once: true });
      this.waiting.set(id, {
        resolve: (v) => (done(), resolve(v)),
        reject: (e) => (done(), reject(e)),
      });
      this.worker.postMessage(message, transfer);
    }) as Promise<Value<M>>;
  }

  /** Frees the worker with all it holds, and rejects what is under way and all that comes. */
  end(why: Failure): void {
    if (this.ended) return;
    this.ended = why;
    this.starting.end();
    this.worker.terminate();
    for (const { reject } of this.waiting.values()) reject(toError(why));
    this.waiting.clear();
  }

  private receive(answer: Answer): void {
    if ("alive" in answer) return;
    if ("progress" in answer) return this.onProgress(answer.progress);
    if ("info" in answer) return this.onInfo(answer.info);
    if ("dead" in answer) return this.end(answer.dead);
    const waiting = this.waiting.get(answer.id);
    this.waiting.delete(answer.id);
    if ("failure" in answer) waiting?.reject(toError(answer.failure));
    else waiting?.resolve(answer.value);
  }
}

export function aborted(): MunitError {
  return new MunitError("aborted", "The call was aborted.");
}
