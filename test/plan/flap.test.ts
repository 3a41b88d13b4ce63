import fc from "fast-check";
import { expect, test } from "vitest";
import { applications, FLAP_MS, heldAfterUndo, isFlapping } from "../../src/plan/flap.ts";
import type { JournalRecord } from "../../src/types/outcome.ts";
import type { PlanItem } from "../../src/types/plan.ts";
import { bucketItem } from "../report/sample.ts";

const START = Date.parse("2026-03-01T00:00:00.000Z");
const HOUR = 3_600_000;
const item: PlanItem = { ...bucketItem(1), id: "1".repeat(32) };
const back: PlanItem = { ...item, id: "f".repeat(32), undoes: item.id };

interface Event {
  readonly what: "applied" | "undone" | "stale";
  readonly at: number;
}

/** What applying and undoing one item leaves in a journal; each undo is a plan of its own. */
function journal(
  events: readonly Event[],
  approval = "commit/abcdef0123456789abcdef0123456789abcdef01",
): JournalRecord[] {
  return events.flatMap(({ what, at }, index): JournalRecord[] => {
    const undo = what === "undone" || (what === "stale" && index % 2 === 0);
    const of = undo ? back : item;
    const common = { at: new Date(at).toISOString(), run: "r", plan: `${undo ? "u" : "p"}${index}`, approval };
    return [
      { record: "intent", ...common, item: of },
      { record: "outcome", ...common, item: of.id, outcome: what, reason: "" },
    ];
  });
}

const events = fc
  .array(
    fc.record({
      what: fc.constantFrom<Event["what"]>("applied", "undone", "stale"),
      at: fc.integer({ min: 0, max: 30 * 24 }).map((hours) => START + hours * HOUR + 1_234),
    }),
    { maxLength: 12 },
  )
  .map((list) => [...list].sort((a, b) => a.at - b.at));

test("what was taken back is held for seven days to the millisecond and an hour at most beyond, whatever else was done to it", () => {
  fc.assert(
    fc.property(events, fc.integer({ min: 0, max: 45 * 24 * 60 }), fc.nat(), (list, minutes, pick) => {
      const undone = list.filter(({ what }) => what === "undone");
      const edge = (undone[pick % Math.max(1, undone.length)]?.at ?? START) + FLAP_MS;
      for (const now of [START + minutes * 60_000, edge - 1, edge, edge + HOUR]) {
        const past = list.filter(({ at }) => at <= now);
        const last = Math.max(...past.filter(({ what }) => what === "undone").map(({ at }) => at));
        const wait = heldAfterUndo(journal(past), now)(item);
        if (now < last + FLAP_MS) expect(wait?.outcome).toBe("waiting");
        if (now >= last + FLAP_MS + HOUR) expect(wait).toBeUndefined();
        // The item of the undo plan itself is none that could be proposed.
        expect(heldAfterUndo(journal(past), now)(back)).toBeUndefined();
      }
    }),
  );
});

test("the reason is the same bytes at any time while it holds, and says when, by what and until when", () => {
  const at = START + 1_234;
  const records = journal([{ what: "undone", at }]);
  const said = [0, 3, 7].map((days) => heldAfterUndo(records, at + days * 24 * HOUR)(item)?.reason);
  expect(new Set(said).size).toBe(1);
  expect(said[0]).toBe(
    "taken back on 2026-03-01 by undo plan u0 (approved by commit abcdef012345); proposed again from 2026-03-08 01:00 UTC",
  );
  expect(heldAfterUndo(journal([{ what: "undone", at }], ""), at)(item)?.reason).toContain(
    "(by a person at a terminal)",
  );
});

test("two applications within seven days flap; an undo's outcome is no application", () => {
  fc.assert(
    fc.property(events, (list) => {
      const now = Math.max(START, ...list.map(({ at }) => at));
      const fixed = list.filter(({ what, at }) => what === "applied" && now - at <= FLAP_MS).length;
      expect(isFlapping(applications(journal(list)).get(item.id) ?? [], now)).toBe(fixed >= 2);
      expect(applications(journal(list)).has(back.id)).toBe(false);
    }),
  );
});

test("what an undo plan waits to take back is held in its words, and no longer once it is taken back and the week is over", () => {
  const pending = new Map([[item.id, "undo plan #14"]]);
  expect(heldAfterUndo([], START, pending)(item)).toEqual({
    outcome: "waiting",
    reason: "undo plan #14 takes it back; not proposed until that is settled",
  });
  expect(heldAfterUndo([], START, pending)(back)).toBeUndefined();
});
