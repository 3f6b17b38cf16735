// The service worker: the page works without a network once it was seen with one. The network comes first, so that
// nobody sees an old page by accident; models are not its business (see cache.ts).

/** What the builder wrote to dist, models left out, and a hash over all of it. */
declare const SHELL: string[];
declare const VERSION: string;

interface ExtendableEvent extends Event {
  waitUntil(p: Promise<unknown>): void;
}
interface FetchEvent extends ExtendableEvent {
  readonly request: Request;
  respondWith(p: Promise<Response>): void;
}
const scope = globalThis as unknown as {
  addEventListener(type: "install" | "activate", listener: (e: ExtendableEvent) => void): void;
  addEventListener(type: "fetch", listener: (e: FetchEvent) => void): void;
  skipWaiting(): Promise<void>;
  registration: { scope: string };
  clients: { claim(): Promise<void> };
};

/** What this one answers for: pages of others below its folder are none of its business. */
const ours = new Set(SHELL.map((path) => new URL(path, scope.registration.scope).href));

const prefix = "munit-shell-";
const cacheName = `${prefix}${VERSION} ${scope.registration.scope}`;

scope.addEventListener("install", (e) => {
  const fresh = SHELL.map((path) => new Request(path, { cache: "no-cache" }));
  e.waitUntil(caches.open(cacheName).then((c) => c.addAll(fresh)).then(() => scope.skipWaiting()));
});

scope.addEventListener("activate", (e) => {
  // Other sub-paths of this origin may hold other copies of the site.
  const old = (name: string) => name.startsWith(prefix) && name.endsWith(` ${scope.registration.scope}`) && name !== cacheName;
  e.waitUntil(
    caches.keys()
      .then((names) => Promise.all(names.filter(old).map((n) => caches.delete(n))))
      .then(() => scope.clients.claim()),
  );
});

scope.addEventListener("fetch", (e) => {
  if (e.request.method !== "GET" || !ours.has(e.request.url.replace(/[?#].*$/, ""))) return;
  e.respondWith(fetch(e.request).catch((error) => fromShell(e.request).then((hit) => hit ?? Promise.reject(error))));
});

async function fromShell(request: Request): Promise<Response | undefined> {
  const shell = await caches.open(cacheName);
  return shell.match(request, { ignoreSearch: true });
}
