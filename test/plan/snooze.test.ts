import fc from "fast-check";
import { expect, test } from "vitest";
import { itemHash } from "../../src/plan/file.ts";
import { holdBack } from "../../src/plan/held.ts";
import {
  closingNoted,
  closingsToAskFor,
  minute,
  postponedBy,
  snoozedIn,
  snoozesAt,
  snoozeWords,
} from "../../src/plan/snooze.ts";
import type { JournalNote, SnoozeNote } from "../../src/types/journal.ts";
import { bucketItem, heldItem, planOf, volumeItem } from "../report/sample.ts";

const DAY = 86_400_000;
const NOW = Date.parse("2026-03-10T12:00:00.000Z");
const iso = (at: number): string => new Date(at).toISOString();
const A = "a".repeat(32);
const B = "b".repeat(32);

/** Days from now. */
function note(since: number, until: number, more: Partial<SnoozeNote> = {}): SnoozeNote {
  return {
    record: "snooze",
    at: iso(NOW + since * DAY),
    run: "42-1",
    since: iso(NOW + since * DAY),
    items: [A],
    until: iso(NOW + until * DAY),
    pull: 7,
    how: "command",
    by: "alice",
    reason: "",
    ...more,
  };
}
const grace: JournalNote = {
  record: "grace",
  at: iso(NOW),
  run: "r",
  stage: "started",
  policy: "p",
  account: "111111111111",
  findings: [A],
};

test("an item is put off until its time, to the millisecond", () => {
  const one = note(-1, 1);
  const [start, end] = [Date.parse(one.since), Date.parse(one.until)];
  expect([...snoozesAt([one, grace], start)]).toEqual([[A, one]]);
  expect(snoozesAt([one], end - 1).size).toBe(1);
  expect(snoozesAt([one], end).size).toBe(0);
});

test("the note asked for last holds, whenever it was written, and one that ends ends all before it", () => {
  const long = note(-5, 20);
  const short = note(-3, 2, { at: iso(NOW - 9 * DAY) });
  const end = note(-1, -1);
  expect(snoozesAt([short, long], NOW).get(A)).toBe(short);
  expect(snoozesAt([end, long, short], NOW).size).toBe(0);
  // Within one second of GitHub's clock: the one that was written last.
  const same = { ...long, since: short.since, at: iso(NOW - 8 * DAY) };
  expect(snoozesAt([same, short], NOW).get(A)).toBe(same);
});

test("a closing counts while it stands: not when the pull request is open, merged, or was closed anew", () => {
  const closed = note(-2, 12, { how: "closed", items: [A, B] });
  const asked = note(-3, 5, { items: [B] });
  const at = (closing: string | undefined) => [...snoozesAt([closed, asked], NOW, new Map([[7, closing]])).keys()];
  expect(at(closed.since)).toEqual([B, A]);
  expect(at(closed.since.replace(".000Z", "Z"))).toEqual([B, A]);
  // What somebody asked for by name before stays.
  for (const other of [undefined, iso(NOW - DAY)]) expect(at(other)).toEqual([B]);
  // A command counts whatever becomes of its report; a pull request that nobody was asked about is taken as it was noted.
  expect(snoozesAt([asked], NOW, new Map([[7, undefined]])).size).toBe(1);
  expect(snoozesAt([closed], NOW, new Map([[8, undefined]])).size).toBe(2);
});

test("only closings with something still put off are worth a question, and a closing is noted once", () => {
  const notes = [note(-2, 12, { how: "closed" }), note(-30, -16, { how: "closed", pull: 3 }), note(-1, 9, { pull: 4 })];
  expect([...closingsToAskFor(notes, NOW)]).toEqual([7]);
  expect(closingNoted(notes, 7, iso(NOW - 2 * DAY).replace(".000Z", "Z"))).toBe(true);
  expect(closingNoted(notes, 7, iso(NOW - DAY))).toBe(false);
  expect(closingNoted(notes, 4, iso(NOW - DAY))).toBe(false);
});

test("whatever the severity, a snoozed item is held with until, by and why; in a plan already, it goes", () => {
  const [item, other, gone] = [{ ...bucketItem(1), severity: "critical" as const }, bucketItem(2), volumeItem(1)];
  const by = note(-1, 12, { items: [item.id, gone.id], how: "closed", pull: 12 });
  const snoozes = snoozesAt([by], NOW);
  const postponed = postponedBy(snoozes);
  const reason = "snoozed until 2026-03-22 12:00Z by alice, who closed pull request 12";
  expect(postponed(item)).toEqual({ outcome: "snoozed", reason });
  expect(postponed(other)).toBeUndefined();
  const plan = planOf([item, other, gone], [heldItem(1)]);
  const left = holdBack(plan, postponed);
  expect(left.items).toEqual([other]);
  expect(left.header.items).toEqual([itemHash(other)]);
  expect(left.header.held.map(({ id, outcome }) => [id, outcome])).toEqual(
    [[item.id, "snoozed"] as const, [gone.id, "snoozed"] as const, [heldItem(1).id, "capped"] as const].sort((a, b) =>
      a[0] < b[0] ? -1 : 1,
    ),
  );
  expect(snoozedIn(left)).toBe(2);
  expect(holdBack(left, postponed)).toBe(left);
});

test("words", () => {
  expect(snoozeWords(note(0, 3))).toBe("snoozed until 2026-03-13 12:00Z by alice on pull request 7");
  expect(snoozeWords(note(0, 3, { reason: "moves soon" }))).toContain(" by alice on pull request 7: moves soon");
  expect(minute("never")).toBe("never");
});

const notes = fc.array(
  fc.record({
    since: fc.integer({ min: -40, max: 0 }),
    days: fc.integer({ min: 0, max: 30 }),
    items: fc.subarray([A, B], { minLength: 1 }),
    how: fc.constantFrom("closed" as const, "command" as const),
    pull: fc.integer({ min: 1, max: 3 }),
  }),
  { maxLength: 12 },
);

test("whatever the journal holds: nothing outlasts its longest note, the order of lines is nothing, and opening a report again only lifts", () => {
  fc.assert(
    fc.property(notes, fc.infiniteStream(fc.nat()), (made, random) => {
      // Written one after the other, so that no two are equal in time.
      const all = made.map(({ since, days, ...rest }, index) =>
        note(since, since + days, { ...rest, at: iso(NOW + index) }),
      );
      const now = snoozesAt(all, NOW);
      for (const [id, one] of now) {
        expect(one.items).toContain(id);
        expect(Date.parse(one.until)).toBeGreaterThan(NOW);
        for (const later of all) {
          const after = Date.parse(later.since) > Date.parse(one.since);
          if (after) expect(later.items).not.toContain(id);
        }
      }
      const keyed = all.map((one) => ({ one, key: random.next().value }));
      const shuffled = keyed.sort((a, b) => a.key - b.key).map(({ one }) => one);
      expect(new Map(snoozesAt(shuffled, NOW))).toEqual(now);
      const reopened = new Map([1, 2, 3].map((pull) => [pull, undefined]));
      for (const one of snoozesAt(all, NOW, reopened).values()) expect(one.how).toBe("command");
    }),
  );
});
