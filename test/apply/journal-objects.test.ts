import fc from "fast-check";
import { expect, test } from "vitest";
import { objectJournal } from "../../src/apply/journal-objects.ts";
import { JournalError } from "../../src/errors.ts";
import type { JournalLine } from "../../src/types/journal.ts";
import { type MemoryStore, memoryStore } from "./object-store.ts";

let clock = Date.parse("2026-03-01T00:00:00.000Z");
const line = (name: string, run = "7-1"): JournalLine => {
  clock += 1000;
  return {
    record: "grace",
    at: new Date(clock).toISOString(),
    run,
    stage: "started",
    policy: "p",
    account: "111111111111",
    findings: [name],
  };
};
const open = (store: MemoryStore, run = "7-1") => objectJournal(store, { run, debug: () => undefined });
const standing = async (store: MemoryStore) => (await open(store, "reader").read()).notes;

test("each write is an object of its own, by month and number; what may wait goes with the next", async () => {
  const store = memoryStore();
  const journal = open(store);
  const [one, two, three] = [line("1"), line("2"), line("3")];
  await journal.append([one]);
  await journal.append([two], "later");
  expect(await standing(store)).toEqual([one]);
  expect((await journal.read()).notes).toEqual([one, two]);
  await journal.append([three]);
  expect([...store.objects.keys()]).toEqual(["journal/2026-03/7-1-0001.jsonl", "journal/2026-03/7-1-0002.jsonl"]);
  expect(await standing(store)).toEqual([one, two, three]);
  expect(store.objects.get("journal/2026-03/7-1-0002.jsonl")).toBe(
    `${JSON.stringify(two)}\n${JSON.stringify(three)}\n`,
  );
});

test("two processes of one run never write over each other, and each knows its own write again", async () => {
  const store = memoryStore();
  const lines = Array.from({ length: 6 }, (_, index) => line(`${index}`));
  const [a, b] = [open(store), open(store)];
  await Promise.all(lines.map((one, index) => (index % 2 === 0 ? a : b).append([one])));
  expect(await standing(store)).toEqual(lines);
});

test("whatever write fails, before or after it took effect: what was safe stands once, and the next run goes on", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ urgent: fc.boolean(), fails: fc.constantFrom("no", "before", "after") }), { maxLength: 12 }),
      fc.boolean(),
      async (appends, flushed) => {
        const store = memoryStore();
        const journal = open(store);
        const safe: JournalLine[] = [];
        let waiting: JournalLine[] = [];
        for (const { urgent, fails } of appends) {
          const one = line("x");
          if (fails !== "no") {
            store[fails] = () => {
              throw new Error("reset");
            };
          }
          try {
            await journal.append([one], urgent ? "now" : "later");
            if (urgent) safe.push(...waiting, one);
            waiting = urgent ? [] : [...waiting, one];
          } catch {
            // Not known to be safe: it may stand there, or not.
          }
          store.before = () => undefined;
          store.after = () => undefined;
        }
        if (flushed) {
          await journal.flush();
          safe.push(...waiting);
        }
        const read = (await standing(store)).map((one) => JSON.stringify(one));
        expect(new Set(read).size).toBe(read.length);
        for (const one of safe) expect(read).toContain(JSON.stringify(one));
      },
    ),
    { numRuns: 60 },
  );
});

test("a year of objects is rolled up: reading takes few calls, nothing is deleted, nothing is lost or stands twice", async () => {
  const store = memoryStore();
  const all: JournalLine[] = [];
  for (let run = 1; run <= 500; run += 1) {
    const journal = open(store, `${run}-1`);
    await journal.read();
    const own = [line(`${run}`, `${run}-1`), line(`${run}`, `${run}-1`)];
    for (const one of own) await journal.append([one]);
    all.push(...own);
  }
  const before = { ...store.calls };
  expect(await standing(store)).toEqual(all);
  expect(store.calls.names - before.names).toBe(1);
  expect(store.calls.get - before.get).toBeLessThan(115);
  const names = [...store.objects.keys()];
  expect(names.filter((name) => name.startsWith("journal/"))).toHaveLength(1000);
  expect(names.filter((name) => name.startsWith("rolled-up/")).length).toBeGreaterThan(5);
});

test("two runs that roll up at once, and a roll-up that fails, lose nothing", async () => {
  const store = memoryStore();
  const all: JournalLine[] = [];
  const first = open(store, "0-1");
  for (let index = 0; index < 120; index += 1) {
    const one = line(`${index}`, "0-1");
    await first.append([one]);
    all.push(one);
  }
  const failing = open(store, "1-1");
  await failing.read();
  store.before = (name) => {
    if (name.startsWith("rolled-up/")) throw new Error("reset");
  };
  all.push(line("failing", "1-1"));
  await failing.append(all.slice(-1));
  expect([...store.objects.keys()].some((name) => name.startsWith("rolled-up/"))).toBe(false);
  store.before = () => undefined;
  const both = [open(store, "2-1"), open(store, "3-1")];
  await Promise.all(both.map((journal) => journal.read()));
  all.push(line("a", "2-1"), line("b", "3-1"));
  await Promise.all(both.map((journal, index) => journal.append(all.slice(-2 + index, index === 0 ? -1 : undefined))));
  expect(await standing(store)).toEqual(all);
});

test("an object that was listed and is gone, or that is no journal, stops the reading", async () => {
  const store = memoryStore();
  await open(store).append([line("1")]);
  const gone: MemoryStore = { ...store, get: async () => undefined };
  await expect(open(gone).read()).rejects.toThrow(JournalError);
  store.objects.set("rolled-up/ab.jsonl", "{}\n");
  await expect(open(store).read()).rejects.toThrow(
    "s3://bucket/evenkeel/rolled-up/ab.jsonl does not say what it holds",
  );
  store.objects.delete("rolled-up/ab.jsonl");
  store.objects.set("journal/2026-03/8-1-0001.jsonl", "{}\n{}\n");
  await expect(open(store).read()).rejects.toThrow("8-1-0001.jsonl:1:1: not a journal record");
});

test("what is no part of the journal is left alone, and a run's name cannot lead elsewhere", async () => {
  const store = memoryStore();
  for (const name of ["claim.json", "notes.txt", "journal/README.md"]) store.objects.set(name, "x");
  expect(await standing(store)).toEqual([]);
  expect(() => open(store, "../x")).toThrow("letters, digits");
});
