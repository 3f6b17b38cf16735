// Runs the Go program.

import "wasm_exec"; // Go's own loader, from GOROOT; defines globalThis.Go and globalThis.fs
import { MunitError, type Failure } from "./error";

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
  /** How large its memory has become. */
  bytes(): number;
}

/** Starts the program at url, which may call imports, and gives what it exports. It should run for ever: onEnd says why it did not. */
export async function startGo<Exports>(url: string, imports: object, onEnd: (why: Failure) => void): Promise<Program<Exports>> {
  const go = new scope.Go();
  const instance = await WebAssembly.instantiate(await compile(url), go.importObject);
  const output = logLines();
  const exports = { ...imports };
  scope.munit = exports;
  const ended = () => onEnd(crash(output.join("\n")));
  go.run(instance).then(ended, ended);
  const memory = instance.exports.mem as WebAssembly.Memory;
  return { exports: exports as Exports, bytes: () => memory.buffer.byteLength }; // complete: Go's main has run up to its first wait
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

async function compile(url: string): Promise<WebAssembly.Module> {
  try {
    const answer = await fetch(url);
    if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
    if (answer.headers.get("content-type") === "application/wasm") return await WebAssembly.compileStreaming(answer);
    return await WebAssembly.compile(await answer.arrayBuffer()); // a static host that does not know the type
  } catch (e) {
    throw new MunitError("worker", `The runtime at ${url} could not be loaded (${(e as Error).message}): check the network and reload.`);
  }
}
