import fc from "fast-check";
import { expect, test } from "vitest";
import {
  coverOf,
  daysUntil,
  holds,
  matchesPlace,
  matchesTags,
  type Subject,
} from "../../src/catalogue/exceptions-match.ts";
import type { Exception, ExceptionMatch } from "../../src/types/exception.ts";
import type { FieldState } from "../../src/types/scan.ts";
import { exception } from "../support/exceptions.ts";

const SUBJECT: Subject = {
  policy: "x_thing_blocked",
  account: "111111111111",
  region: "eu-west-1",
  resource: { id: "logs", arn: "arn:aws:s3:::logs" },
};
const tags = (value: Record<string, string>): FieldState => ({ state: "value", value });
const UNKNOWN: FieldState = { state: "unknown", code: "AccessDenied", message: "not allowed" };

// Few values, so that generated exceptions and subjects meet.
const few = (...values: string[]) => fc.constantFrom(...values);
const policy = few("x_thing_blocked", "x_other");
const account = few("111111111111", "222222222222");
const region = few("eu-west-1", "global");
const id = few("logs", "logs2", "log", "*", "");
const tagged = fc.dictionary(few("stage", "team", "__proto__", "toString"), few("old", "new", ""), { maxKeys: 3 });
const subjects: fc.Arbitrary<Subject> = fc.record({
  policy,
  account,
  region,
  resource: id.map((one) => ({ id: one, arn: one === "" ? "" : `arn:aws:s3:::${one}` })),
});
const matches: fc.Arbitrary<ExceptionMatch> = fc.record(
  {
    account,
    region,
    resource: fc.oneof(
      id,
      id.map((one) => `arn:aws:s3:::${one}`),
    ),
    tag: tagged,
  },
  { requiredKeys: [] },
);
const exceptions: fc.Arbitrary<Exception> = fc
  .tuple(matches, policy, few("2026-02-01", "2026-03-01"), fc.integer({ min: 1, max: 9 }))
  .map(([match, name, expires, line]) => exception(match, { policy: name, expires, line }));
const states: fc.Arbitrary<FieldState | undefined> = fc.oneof(
  tagged.map(tags),
  fc.constant<FieldState>({ state: "absent" }),
  fc.constant(UNKNOWN),
  fc.constant(undefined),
);

test("ID and ARN are compared letter by letter", () => {
  const covers = (resource: string) => matchesPlace(exception({ resource }), SUBJECT);
  expect(["logs", "arn:aws:s3:::logs"].map(covers)).toEqual([true, true]);
  expect(["log", "logs2", "Logs", " logs", "log?", "l*", ".*", "arn:aws:s3:::log", ""].map(covers)).not.toContain(true);
});

test("an exception covers only what has everything it gives, whatever else is there", () => {
  fc.assert(
    fc.property(exceptions, subjects, states, (one, subject, state) => {
      const cover = coverOf([one], subject, () => state);
      if (cover.kind !== "excepted") return;
      const { match } = one;
      expect(one.policy).toBe(subject.policy);
      if (match.account !== undefined) expect(match.account).toBe(subject.account);
      if (match.region !== undefined) expect(match.region).toBe(subject.region);
      if (match.resource !== undefined) expect([subject.resource.id, subject.resource.arn]).toContain(match.resource);
      for (const [key, value] of Object.entries(match.tag ?? {})) {
        expect(state?.state === "value" ? Object.entries(Object(state.value)) : []).toContainEqual([key, value]);
      }
    }),
  );
});

test("saying more never covers more", () => {
  fc.assert(
    fc.property(exceptions, matches, subjects, states, (one, more, subject, state) => {
      const tag = { ...more.tag, ...one.match.tag };
      const narrower = exception(
        { ...more, ...one.match, ...(one.match.tag === undefined && more.tag === undefined ? {} : { tag }) },
        one.policy === "x_other" ? { policy: "x_other" } : {},
      );
      if (coverOf([narrower], subject, () => state).kind === "excepted")
        expect(coverOf([one], subject, () => state).kind).toBe("excepted");
    }),
  );
});

test("of many exceptions the answer is that of one of them, in any order; taking it away leaves no more covered", () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(exceptions, { maxLength: 5, selector: ({ line }) => line }),
      subjects,
      states,
      (many, subject, state) => {
        const cover = coverOf(many, subject, () => state);
        expect(coverOf([...many].reverse(), subject, () => state)).toEqual(cover);
        const alone = many.map((one) => coverOf([one], subject, () => state).kind);
        if (cover.kind === "none") {
          expect(new Set(alone)).not.toContain("excepted");
          return;
        }
        expect(alone).toContain(cover.kind);
        expect(many).toContain(cover.exception);
        const without = coverOf(
          many.filter((one) => coverOf([one], subject, () => state).kind !== "excepted"),
          subject,
          () => state,
        );
        expect(without.kind).not.toBe("excepted");
      },
    ),
  );
});

test("tags that could not be read decide nothing, and are not asked for where they do not matter", () => {
  const byTag = exception({ tag: { stage: "old" } });
  expect(coverOf([byTag], SUBJECT, () => UNKNOWN)).toEqual({
    kind: "unknown",
    exception: byTag,
    message: "not allowed",
  });
  const byName = exception({ resource: "logs" });
  expect(coverOf([byTag, byName], SUBJECT, () => UNKNOWN)).toEqual({ kind: "excepted", exception: byName });
  const never = () => {
    throw new Error("asked");
  };
  expect(coverOf([byName], SUBJECT, never).kind).toBe("excepted");
  expect(coverOf([exception({ account: "222222222222", tag: { stage: "old" } })], SUBJECT, never).kind).toBe("none");
  expect(matchesTags({ toString: "x" }, tags({}))).toBe("no");
  expect(matchesTags({ stage: "old" }, undefined)).toBe("no");
  expect(matchesTags({ stage: "old", team: "a" }, tags({ stage: "old" }))).toBe("no");
});

test("the exception that holds longest is named", () => {
  const short = exception({ resource: "logs" }, { expires: "2026-02-01", line: 1 });
  const long = exception({ account: "111111111111" }, { expires: "2026-03-01", line: 9 });
  expect(coverOf([short, long], SUBJECT, () => undefined)).toEqual({ kind: "excepted", exception: long });
});

test("an exception holds to the end of its last day, in UTC", () => {
  const one = { expires: "2026-03-01" };
  expect(holds(one, "2026-03-01T00:00:00.000Z")).toBe(true);
  expect(holds(one, "2026-03-01T23:59:59.999Z")).toBe(true);
  expect(holds(one, "2026-03-02T00:00:00.000Z")).toBe(false);
  expect(daysUntil("2026-03-01", "2026-02-27T23:00:00.000Z")).toBe(2);
  expect(daysUntil("2026-03-01", "2026-03-04T01:00:00.000Z")).toBe(-3);
});
