import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { journalFile, parseJournal } from "../../src/apply/journal-file.ts";
import { UserError } from "../../src/errors.ts";
import type { JournalRecord } from "../../src/types/outcome.ts";
import { bucketItem } from "../report/sample.ts";

const folder = mkdtempSync(join(tmpdir(), "evenkeel-journal-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const intent: JournalRecord = { record: "intent", at: "", run: "r", plan: "p", approval: "", item: bucketItem(1) };
const step = (name: string): JournalRecord => ({
  record: "step",
  at: "",
  run: "r",
  plan: "p",
  approval: "",
  item: "i",
  step: name,
  output: { text: "line\nbreak \u2028" },
  request_id: "",
});

test("what was appended is read, in order; the folder is made, the file is ours alone", async () => {
  const path = join(folder, "deep", "er", "j.jsonl");
  const journal = journalFile(path);
  expect((await journal.read()).records).toEqual([]);
  await journal.append([intent, step("one")]);
  await journalFile(path).append([step("two")]);
  expect((await journal.read()).records).toEqual([intent, step("one"), step("two")]);
  expect(readFileSync(path, "utf8").trimEnd().split("\n")).toHaveLength(3);
  expect(statSync(path).mode & 0o077).toBe(0);
});

test("a last line that a killed run left half written says nothing, wherever it was cut", async () => {
  const path = join(folder, "half.jsonl");
  const journal = journalFile(path);
  await journal.append([intent]);
  const whole = readFileSync(path, "utf8");
  const line = `${JSON.stringify(step("one"))}`;
  for (let length = 1; length < line.length; length += 7) {
    writeFileSync(path, whole + line.slice(0, length));
    expect((await journal.read()).records, String(length)).toEqual([intent]);
  }
  writeFileSync(path, whole + line.slice(0, 20));
  await journal.append([step("two")]);
  expect((await journal.read()).records).toEqual([intent, step("two")]);
});

test("a whole last record without its line end was never said to be safe: appending drops it", async () => {
  const path = join(folder, "unended.jsonl");
  writeFileSync(path, `${JSON.stringify(intent)}\n${JSON.stringify(step("one"))}`);
  await journalFile(path).append([step("two")]);
  expect((await journalFile(path).read()).records).toEqual([intent, step("two")]);
});

test("anything else that is broken stops us, with its line", () => {
  const good = JSON.stringify(intent);
  for (const bad of ["{", "[]", "7", "{}", '{"record":"intent"}', good.slice(0, -1)]) {
    const read = () => parseJournal("j.jsonl", `${good}\n${bad}\n${good}\n`);
    expect(read, bad).toThrow(UserError);
    expect(read, bad).toThrow("j.jsonl:2:1: not a journal record; a journal is only ever appended to");
  }
  expect(() => parseJournal("j.jsonl", `${good}\n{\n`)).toThrow("j.jsonl:2:1");
});

test("empty lines and an empty file are nothing", () => {
  expect(parseJournal("j", "")).toEqual([]);
  expect(parseJournal("j", `\n${JSON.stringify(intent)}\n\n`)).toEqual([intent]);
});

test("a file that cannot be read is no empty journal", async () => {
  await expect(journalFile(folder).read()).rejects.toThrow("EISDIR");
});
