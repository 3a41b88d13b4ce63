import type { ObjectStore } from "../../src/apply/object-store.ts";

export interface MemoryStore extends ObjectStore {
  readonly objects: Map<string, string>;
  /** How often each operation was called. */
  readonly calls: { names: number; get: number; put: number };
  /** Called before each write takes effect, and after: what it throws is what the caller hears. */
  before: (name: string) => void;
  after: (name: string) => void;
}

/** A bucket in memory, with S3's conditions. Each write is one turn of the event loop late, so that two can meet. */
export function memoryStore(): MemoryStore {
  const objects = new Map<string, string>();
  const versions = new Map<string, string>();
  let version = 0;
  const store: MemoryStore = {
    place: "s3://bucket/evenkeel/",
    objects,
    calls: { names: 0, get: 0, put: 0 },
    before: () => undefined,
    after: () => undefined,
    async names() {
      store.calls.names += 1;
      return [...objects.keys()].sort();
    },
    async get(name) {
      store.calls.get += 1;
      const text = objects.get(name);
      return text === undefined ? undefined : { text, version: versions.get(name) ?? "" };
    },
    async put(name, text, replaces) {
      store.calls.put += 1;
      await new Promise((resolve) => setImmediate(resolve));
      store.before(name);
      if (versions.get(name) !== replaces) return undefined;
      version += 1;
      objects.set(name, text);
      versions.set(name, `v${version}`);
      store.after(name);
      return `v${version}`;
    },
  };
  return store;
}
