// Starts workers: the page its one, and that one others.

import { MunitError } from "./error";

/** Browsers start no worker from another site's script, but one of our own may import it. */
export function startWorker(url: URL): Worker {
  if (url.origin === location.origin) return newWorker(url.href);
  const own = URL.createObjectURL(new Blob([`import ${JSON.stringify(url.href)};`], { type: "text/javascript" }));
  const worker = newWorker(own);
  worker.addEventListener("message", () => URL.revokeObjectURL(own), { once: true });
  return worker;
}

interface TrustedTypes {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): { createScriptURL(url: string): string };
}

/** Where pages want scripts' addresses vouched for, we do, for these only: the worker is the one script that the module starts. */
const trusted = (() => {
  try {
    return (globalThis as { trustedTypes?: TrustedTypes }).trustedTypes?.createPolicy("webmunit", { createScriptURL: (url) => url });
  } catch {
    return undefined; // the page does not want it; whether it insists on one shows when the worker is started
  }
})();

function newWorker(url: string): Worker {
  try {
    return new Worker(trusted?.createScriptURL(url) ?? url, { type: "module" });
  } catch (e) {
    const types = e instanceof TypeError && /Trusted/.test(e.message);
    const why = types ? "the Content-Security-Policy asks for Trusted Types, so it must also allow our policy: trusted-types webmunit" : (e as Error).message;
    throw new MunitError("worker", `The worker could not be started: ${why}.`);
  }
}
