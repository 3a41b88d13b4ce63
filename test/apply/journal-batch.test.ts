import { expect, test } from "vitest";
import { batchWrites } from "../../src/apply/journal-batch.ts";
import type { JournalLine } from "../../src/types/journal.ts";

const line = (name: string): JournalLine => ({
  record: "grace",
  at: "2026-03-01T00:00:00.000Z",
  run: "1-1",
  stage: "started",
  policy: "p",
  account: "111111111111",
  findings: [name],
});
const names = (lines: readonly JournalLine[]) => lines.flatMap((one) => (one.record === "grace" ? one.findings : []));

/** A place whose writes end when they are told to. */
function slowly() {
  const writes: { readonly lines: string[]; end(error?: Error): void }[] = [];
  const batch = batchWrites(
    (lines) =>
      new Promise((resolve, reject) => {
        writes.push({ lines: names(lines), end: (error) => (error === undefined ? resolve() : reject(error)) });
      }),
  );
  return { batch, writes };
}
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("one write at a time; what comes meanwhile goes into one more, with what may wait in front", async () => {
  const { batch, writes } = slowly();
  await batch.append([line("patient")], "later");
  expect(names(batch.waiting)).toEqual(["patient"]);
  const first = batch.append([line("a")]);
  expect(writes.map(({ lines }) => lines)).toEqual([["patient", "a"]]);
  let safe = 0;
  const more = ["b", "c"].map((name) => batch.append([line(name)]).then(() => (safe += 1)));
  await batch.append([line("later")], "later");
  writes[0]?.end();
  await first;
  await turn();
  expect(writes[1]?.lines).toEqual(["later", "b", "c"]);
  expect(safe).toBe(0);
  writes[1]?.end();
  await Promise.all(more);
  expect(safe).toBe(2);
  // Nothing waits: nothing is written.
  await batch.flush();
  expect(writes).toHaveLength(2);
});

test("a write that fails is told to those who waited for it, and what could wait waits on", async () => {
  const { batch, writes } = slowly();
  await batch.append([line("patient")], "later");
  const failing = batch.append([line("a")]);
  writes[0]?.end(new Error("no answer"));
  await expect(failing).rejects.toThrow("no answer");
  const flushed = batch.flush();
  expect(writes[1]?.lines).toEqual(["patient"]);
  writes[1]?.end();
  await flushed;
  expect(batch.waiting).toEqual([]);
});
