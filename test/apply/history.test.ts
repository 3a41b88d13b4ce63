import { expect, test } from "vitest";
import { finished, historyOf, usedUp } from "../../src/apply/history.ts";
import type { JournalRecord, OutcomeCode } from "../../src/types/outcome.ts";
import { bucketItem } from "../report/sample.ts";

const item = bucketItem(1);
const START = Date.parse("2026-01-01T12:00:00.000Z");
const at = (minutes: number) => new Date(START + minutes * 60_000).toISOString();
const base = (minutes: number, run = "r1", approval = "") => ({ at: at(minutes), run, plan: "p", approval });
const intent = (minutes: number, run = "r1", approval = ""): JournalRecord => ({
  record: "intent",
  ...base(minutes, run, approval),
  item,
});
const step = (minutes: number, name: string): JournalRecord => ({
  record: "step",
  ...base(minutes),
  item: item.id,
  step: name,
  output: { name },
  request_id: "",
});
const outcome = (minutes: number, code: OutcomeCode, approval = ""): JournalRecord => ({
  record: "outcome",
  ...base(minutes, "r1", approval),
  item: item.id,
  outcome: code,
  reason: "",
});

function history(records: readonly JournalRecord[], minutes: number, approval = "") {
  return historyOf(records, { plan: "p", approval }, START + minutes * 60_000).get(item.id);
}

test("an intent without an outcome is open, since then, with its steps", () => {
  const open = history([intent(0), step(1, "one"), step(2, "two")], 5);
  expect(open).toMatchObject({ open: true, since: at(0), last: undefined });
  expect([...(open?.steps.keys() ?? [])]).toEqual(["one", "two"]);
});

test("an outcome closes it, and the next try starts anew", () => {
  const closed = history([intent(0), step(1, "one"), outcome(2, "failed")], 5);
  expect(closed).toMatchObject({ open: false, since: undefined, last: { outcome: "failed", run: "r1" } });
  expect(closed?.steps.size).toBe(0);
  const again = history([intent(0), step(1, "one"), outcome(2, "failed"), intent(3, "r2")], 5);
  expect(again).toMatchObject({ open: true, since: at(3), last: { outcome: "failed" } });
  expect(again?.steps.size).toBe(0);
});

test("a second intent of a killed run keeps the steps and the first time", () => {
  const twice = history([intent(0), step(1, "one"), intent(3, "r2")], 5);
  expect(twice).toMatchObject({ open: true, since: at(0) });
  expect(twice?.steps.size).toBe(1);
});

test("a killed run is finished while it is fresh: a quarter of an hour, not a minute more", () => {
  const records = [intent(0), step(1, "one")];
  expect(history(records, 15)?.open).toBe(true);
  const late = history(records, 16);
  expect(late).toMatchObject({ open: false, since: undefined });
  expect(late?.steps.size).toBe(0);
});

test("what a killed run made is known for the undo, however long ago; not what a later run, which began anew, has no part in", () => {
  const records = [intent(0), step(1, "one")];
  const late = history(records, 5000);
  expect(late?.cutOff?.since).toBe(at(0));
  expect([...(late?.cutOff?.steps.keys() ?? [])]).toEqual(["one"]);
  // The second run found the first too old, and made its own.
  const anew = history([...records, intent(20, "r2"), step(21, "two")], 22);
  expect(anew).toMatchObject({ open: true, since: at(20) });
  expect([...(anew?.steps.keys() ?? [])]).toEqual(["two"]);
  expect([...(anew?.cutOff?.steps.keys() ?? [])]).toEqual(["two"]);
  expect(history([...records, outcome(30, "applied")], 31)?.cutOff).toBeUndefined();
});

test("other plans and other approvals are another matter", () => {
  expect(history([intent(0, "r1", "pull/1"), outcome(1, "applied", "pull/1")], 2)).toBeUndefined();
  expect(history([intent(0, "r1", "pull/1"), outcome(1, "applied", "pull/1")], 2, "pull/1")?.last?.outcome).toBe(
    "applied",
  );
  expect(historyOf([intent(0)], { plan: "q", approval: "" }, START).size).toBe(0);
});

test("an approval is used up by what was done, and by nothing else", () => {
  const done = (code: OutcomeCode) => {
    const known = history([intent(0), outcome(1, code)], 2);
    return known !== undefined && finished(known);
  };
  const codes = [
    "applied",
    "undone",
    "already_ok",
    "stale",
    "failed",
    "denied",
    "unknown",
    "verify_failed",
    "capped",
  ] as const;
  expect(codes.filter(done)).toEqual(["applied", "undone"]);
});

test("a plan is used up when everything it proposes came to an end, under whatever approval", () => {
  const records = [intent(0), outcome(1, "applied", "pull/1")];
  expect(usedUp(records, "p", [item.id])).toBe(true);
  expect(usedUp(records, "q", [item.id])).toBe(false);
  expect(usedUp(records, "p", [item.id, "other"])).toBe(false);
  expect(usedUp([outcome(1, "failed")], "p", [item.id])).toBe(false);
  // No run takes these up any more: what comes again as it was has to be proposed again.
  for (const code of ["stale", "already_ok", "policy_gone"] as const)
    expect(usedUp([outcome(1, code, "commit/1")], "p", [item.id])).toBe(true);
  expect(usedUp(records, "p", [])).toBe(false);
});
