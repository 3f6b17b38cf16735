// Keeps in the browser's IndexedDB what the runtime has found out about the GPU: a text for each key.

const database = "munit";
const table = "tuning";

export async function loadTuning(key: string): Promise<string | undefined> {
  return inTable("readonly", (kept) => kept.get(key) as IDBRequest<string | undefined>);
}

export async function saveTuning(key: string, text: string): Promise<void> {
  await inTable("readwrite", (kept) => kept.put(text, key));
}

/** Is rejected where the browser refuses storage, as private windows may. */
async function inTable<T>(mode: IDBTransactionMode, use: (kept: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const opening = indexedDB.open(database, 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(table);
  const opened = await done(opening);
  try {
    return await done(use(opened.transaction(table, mode).objectStore(table)));
  } finally {
    opened.close(); // once the transaction is over
  }
}

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("The browser refused storage."));
  });
}
