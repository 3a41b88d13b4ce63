import fc from "fast-check";
import { expect, test } from "vitest";
import { holds } from "../../src/catalogue/exceptions-match.ts";
import { exceptFindings } from "../../src/plan/exceptions.ts";
import { exceptionKey, newlyEnded, renewalsDue } from "../../src/plan/renewals.ts";
import type { Exception } from "../../src/types/exception.ts";
import { FakeAws } from "../support/catalogue-aws.ts";
import { edit, load, POLICY, TEXTS } from "../support/catalogue-texts.ts";
import { NOW, scanInput, scanned } from "../support/catalogue-world.ts";
import { exception, exceptionsOf } from "../support/exceptions.ts";

/** NOW is 2026-01-01. Three buckets fail. */
const SOON = "2026-01-11";
const world = { aws: new FakeAws([{ Name: "logs" }, { Name: "data" }, { Name: "bare" }]), texts: TEXTS };
const found = await scanned(world);
const { policies: configured } = scanInput(world);
const scanWith = (exceptions: readonly Exception[], now = NOW) =>
  exceptFindings(found, exceptions, { scanned: configured, configured, allRegions: true }, now);
const { policies } = load(TEXTS).catalogue;
const critical = load(edit(POLICY, "severity: high", "severity: critical")).catalogue.policies;
const due = (exceptions: readonly Exception[], days = 90, of = policies) =>
  renewalsDue(scanWith(exceptions), of, NOW, days);

test("renewal_days is how far a renewal reaches, never beyond what an exception may; 0 proposes none", () => {
  const one = exception({ resource: "logs" }, { expires: SOON });
  expect(due([one])).toMatchObject([{ exception: one, until: "2026-04-11" }]);
  expect(due([one], 30)).toMatchObject([{ until: "2026-02-10" }]);
  expect(due([one], 0)).toEqual([]);
  // 180 days from today, or 90.
  expect(due([one], 180)).toMatchObject([{ until: "2026-06-30" }]);
  expect(due([one], 90, critical)).toMatchObject([{ until: "2026-04-01" }]);
});

test("whatever the days, the new last day is one that the catalogue takes, and later than the old one", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 14 }), fc.integer({ min: 1, max: 180 }), fc.boolean(), (in_, days, most) => {
      const one = exception({ resource: "logs" }, { expires: `2026-01-${String(1 + in_).padStart(2, "0")}` });
      const [renewal] = due([one], days, most ? critical : policies);
      if (renewal === undefined) throw new Error("not due");
      expect(renewal.until > one.expires).toBe(true);
      const { line: _, file: __, ...entry } = one;
      const texts = most ? edit(POLICY, "severity: high", "severity: critical") : TEXTS;
      expect(exceptionsOf(JSON.stringify({ ...entry, expires: renewal.until }), { texts }).lines).toEqual([]);
    }),
    { numRuns: 60 },
  );
});

test("what is needed: it ends soon, and something fails that it alone covers", () => {
  const soon = (resource: string, more: Partial<Exception> = {}) => exception({ resource }, { expires: SOON, ...more });
  expect(due([soon("logs")]).map(({ findings }) => findings.map(({ resource }) => resource.id))).toEqual([["logs"]]);
  expect(due([exception({ resource: "logs" }, { expires: "2026-01-16" })])).toEqual([]);
  expect(due([soon("logs", { expires: "2025-12-31" })])).toEqual([]);
  expect(due([soon("gone")])).toEqual([]);
  // Another one that holds longer covers the same.
  expect(due([soon("logs"), exception({ resource: "logs" }, { line: 7 })])).toEqual([]);
  const [first, second] = due([soon("data", { line: 9 }), soon("logs", { expires: "2026-01-05", line: 20 })]);
  expect([first?.exception.line, second?.exception.line]).toEqual([20, 9]);
});

test("a key names the exception as it stands: any edit makes another, moving it about in its file does not", () => {
  const one = exception({ resource: "logs" }, { ticket: "T-1", id: "a" });
  const key = (more: Partial<Exception>): string => exceptionKey(more.file ?? one.file, { ...one, ...more });
  expect(key({ line: 99 })).toBe(key({}));
  const edits: Partial<Exception>[] = [
    { file: "exceptions/b.yaml" },
    { id: "b" },
    { policy: "x_other" },
    { match: { resource: "data" } },
    { reason: "another reason" },
    { owner: "team-b" },
    { ticket: "T-2" },
    { expires: SOON },
  ];
  expect(new Set([{}, ...edits].map(key)).size).toBe(edits.length + 1);
  expect(key({})).toMatch(/^[0-9a-f]{16}$/);
});

test("what ended lately and is missed, and was not told yet; the last to end first", () => {
  const ended = (resource: string, expires: string, line: number) => exception({ resource }, { expires, line });
  const all = [
    ended("logs", "2025-12-20", 1),
    ended("data", "2025-12-31", 2),
    ended("bare", "2025-12-01", 3),
    ended("gone", "2025-12-31", 4),
    ended("logs", "2026-01-01", 5),
  ];
  expect(all.map((one) => holds(one, NOW))).toEqual([false, false, false, false, true]);
  const lines = (told: readonly string[], some = all) =>
    newlyEnded(scanWith(some), new Set(told), NOW).map(({ exception: { line } }) => line);
  // The first is covered by the last one; the third ended too long ago.
  expect(lines([])).toEqual([2]);
  expect(lines([], all.slice(0, 4))).toEqual([2, 1]);
  const [key = ""] = newlyEnded(scanWith(all), new Set(), NOW).map((one) => one.key);
  expect(lines([key])).toEqual([]);
});
