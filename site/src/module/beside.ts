// Where the worker and the wasm are, unless whoever loads a model says so. Bundlers look for new URL("./name", import.meta.url), word for
// word, copy the file and put its new address there; any other use of import.meta.url would make some of them write down where on their disk
// they found this module.

/** The builder's mark of this build, so that no cache pairs a new module with an old worker or runtime. */
declare const BUILD: string;

export function workerBeside(): URL {
  return marked(new URL("./munit-worker.js", import.meta.url));
}

export function wasmBeside(): URL {
  return marked(new URL("./munit.wasm", import.meta.url));
}

/** Makes an address of what may be a path only, as Turbopack's URLs are. Names that a bundler gave carry a hash already. */
function marked(found: URL): URL {
  const url = new URL(found, document.baseURI);
  if (/\/munit(-worker\.js|\.wasm)$/.test(url.pathname)) url.search = `?v=${BUILD}`;
  return url;
}
