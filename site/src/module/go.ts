// Runs the Go program.

import "wasm_exec"; // Go's own loader, from GOROOT; defines globalThis.Go and globalThis.fs
import { MunitError, type Failure } from "./error";
import { Watch, reach, stalled } from "./reach";

interface GoProgram {
  importObject: WebAssembly.Imports;
  /** Resolves when the program ends. */
  run(instance: WebAssembly.Instance): Promise<void>;
}

const scope = globalThis as unknown as {
  Go: new () => GoProgram;
  fs: { writeSync(fd: number, bytes: Uint8Array): number };
  munit?: object;
};

/** A Go program that runs. */
export interface Program<Exports> {
  exports: Exports;
  /** Its buffer is another one each time that it has grown. */
  memory: WebAssembly.Memory;
}

/** Starts a program, which may call imports, and gives what it exports. It should run for ever: onEnd says why it did not. */
export async function startGo<Exports>(module: WebAssembly.Module, imports: object, onEnd: (why: Failure) => void): Promise<Program<Exports>> {
  const go = new scope.Go();
  const instance = await WebAssembly.instantiate(module, go.importObject);
  const output = logLines();
  const exports = { breathe: breather(), ...imports };
  scope.munit = exports;
  const ended = () => onEnd(crash(output.join("\n")));
  go.run(instance).then(ended, ended);
  return { exports: exports as Exports, memory: instance.exports.mem as WebAssembly.Memory }; // complete: Go's main has run up to its first wait
}

/** What the program calls while it computes, to let in the events that wait. A message to itself takes tens of microseconds, a timer 4 ms. */
function breather(): () => Promise<void> {
  const { port1, port2 } = new MessageChannel();
  const waiting: (() => void)[] = [];
  port1.onmessage = () => waiting.shift()?.();
  return () => new Promise((done) => {
    waiting.push(done);
    port2.postMessage(0);
  });
}

/** Sends what the program prints to the console, line by line, and keeps the first lines: of a crash they tell most. */
function logLines(): string[] {
  const first: string[] = [];
  const decoder = new TextDecoder();
  let rest = "";
  scope.fs.writeSync = (_fd, bytes) => {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      console.error(line);
      if (first.length < 20) first.push(line);
    }
    return bytes.length;
  };
  return first;
}

function crash(output: string): Failure {
  if (/out of memory|cannot allocate/.test(output)) {
    return { code: "out-of-memory", message: "The browser has too little memory for this: load the model again and use a smaller size." };
  }
  const why = output.split("\n", 1)[0] || "it gave no reason";
  return { code: "internal", message: `The runtime ended unexpectedly (${why}): load the model again.` };
}

/** The smallest module with a vector in it: a function that gives i8x16.splat of 0. */
const WITH_VECTORS = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 8, 1, 6, 0, 65, 0, 253, 15, 11);

/** Compiles the program at url while it comes. */
export async function compile(url: string, timeout: number): Promise<WebAssembly.Module> {
  if (!WebAssembly.validate(WITH_VECTORS)) {
    throw new MunitError("worker", "This browser's WebAssembly has no SIMD: Chrome and Edge have it since 91, Firefox since 89, Safari since 16.4, on processors with SSE 4.1 or NEON.");
  }
  const watch = new Watch(timeout);
  try {
    const answer = await reach(url, {}, "the runtime", "worker", watch);
    const type = answer.headers.get("content-type") ?? "";
    if (type.startsWith("text/html")) throw new Error("there is a web page; a bundler or a host has left munit.wasm out");
    const body = answer.body?.pipeThrough(new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, out) {
        watch.alive();
        out.enqueue(chunk);
      },
    }));
    // In the type that compiling while it comes needs, which not every static host knows.
    return await WebAssembly.compileStreaming(new Response(body, { headers: { "content-type": "application/wasm" } }));
  } catch (e) {
    if (watch.signal.aborted) throw stalled(url, "the runtime");
    if (e instanceof MunitError) throw e;
    throw new MunitError("worker", `The runtime at ${url} could not be started: ${whyNot(e as Error)}.`);
  } finally {
    watch.end();
  }
}

function whyNot({ message }: Error): string {
  if (/Content.Security.Policy|unsafe-eval|\bCSP\b/i.test(message)) return "the Content-Security-Policy forbids it; its script-src must allow 'wasm-unsafe-eval'";
  if (/magic|expected 4 bytes|section/.test(message)) return `what is there is no wasm (${message}); check the address, or reload`;
  return message;
}
