import fc from "fast-check";
import { expect, test } from "vitest";
import { resultComment, resultMarker } from "../../src/report/result.ts";
import { bytes } from "../../src/text/markdown.ts";
import { noOutcomes } from "../../src/types/outcome.ts";
import { cellCounts, html, prose, structure } from "../text/github-markdown.ts";
import { hostileText } from "../text/hostile.ts";
import { appliedOf, bucketItem, planOf } from "./sample.ts";

const plan = planOf(Array.from({ length: 5 }, (_, index) => bucketItem(index)));

test("verdict and sum first, then what was not done, why, and what to do", () => {
  const comment = resultComment(appliedOf(), plan);
  expect(
    comment.startsWith(
      `${resultMarker("41ab09cd77e1")}\n\n## 2 applied, 1 already fine, 1 skipped: changed since approval, 1 denied by AWS\n`,
    ),
  ).toBe(true);
  expect(comment).toContain("`approved 5 = applied 2 + already_ok 1 + stale 1 + denied 1`");
  const notDone = comment.slice(comment.indexOf("### Not done"), comment.indexOf("### Changed since"));
  expect(notDone).toContain("**stale**");
  expect(notDone).toContain("**denied**");
  expect(notDone).not.toContain("**applied**");
  expect(comment).toContain("- stale (1): review it in the next report");
  expect(comment).toContain("- denied (1): allow s3:PutBucketPublicAccessBlock");
});

test("a stale item shows what the plan saw and what is there now", () => {
  expect(html(resultComment(appliedOf(), plan))).toContain(
    "- PublicAccessBlock.BlockPublicAcls: false\n+ PublicAccessBlock.BlockPublicAcls: true\n- Tags.owner: &quot;team a&quot;\n",
  );
});

test("it tells how to take it back, and what cannot be", () => {
  const items = plan.items.map((item, index) =>
    index === 0 ? { ...item, undo: [], undo_note: "the data is gone" } : item,
  );
  const comment = resultComment(appliedOf(), { ...plan, items });
  expect(comment).toContain("`evenkeel undo --plan 41ab09cd77e1`");
  expect(comment).toContain("- 1 change cannot be taken back: the data is gone (`acme-logs-0`)");
  const { outcomes } = appliedOf();
  const none = {
    plan: appliedOf().plan,
    outcomes: outcomes.slice(3),
    counts: { ...noOutcomes(), stale: 1, denied: 1 },
  };
  expect(resultComment(none, plan)).not.toContain("undo");
});

test("what cannot be taken back whole is told once for all that it is about", () => {
  const items = Array.from({ length: 40 }, (_, index) => ({ ...bucketItem(index), undo_note: `note ${index % 2}` }));
  const [one] = appliedOf().outcomes;
  if (one === undefined) throw new Error("the sample is empty");
  const outcomes = items.map(({ id }) => ({ ...one, item: id }));
  const applied = { plan: "a".repeat(64), counts: { ...noOutcomes(), applied: 40 }, outcomes };
  const comment = resultComment(applied, planOf(items));
  const lines = comment.split("\n").filter((line) => line.includes("can be taken back in part"));
  expect(lines).toHaveLength(2);
  expect(lines[0]).toMatch(/^- 20 changes can be taken back in part: note 0 \(`acme-logs-0`, .* and 17 more\)$/);
});

test("whatever AWS's texts are, the structure is the same and nobody is mentioned", () => {
  const plainly = resultComment(appliedOf(), plan, 1_000_000);
  const [expected, cells] = [structure(plainly), cellCounts(plainly)];
  fc.assert(
    fc.property(hostileText, (text) => {
      const comment = resultComment(
        appliedOf((own) => text + own),
        plan,
        1_000_000,
      );
      expect(structure(comment)).toEqual(expected);
      expect(cellCounts(comment)).toEqual(cells);
      expect(comment.match(/<!--/g)).toHaveLength(1);
      expect(prose(comment)).not.toMatch(/@[a-z0-9]|#\d|https?:|www\./i);
      expect(html(comment)).not.toContain("<a ");
    }),
    { numRuns: 40 },
  );
});

test("the budget holds with thousands of outcomes, and the sum stays whole", () => {
  const [first] = appliedOf().outcomes.slice(3);
  if (first === undefined) throw new Error("the sample is empty");
  const outcomes = Array.from({ length: 3_000 }, (_, index) => ({
    ...first,
    item: String(index).padStart(32, "0"),
    resource: `acme-logs-${index}`,
  }));
  const comment = resultComment({ plan: "a".repeat(64), outcomes, counts: { ...noOutcomes(), stale: 3_000 } }, plan);
  expect(bytes(comment)).toBeLessThanOrEqual(55_000);
  expect(comment).toContain("approved 3,000 = stale 3,000");
  expect(comment).toMatch(/_showing [\d,]+ of 3,000 outcomes_/);
  expect(comment).toContain("- stale (3,000): review it in the next report");
});

test("many that ended alike are told once, and listed below; a few, or such that differ, are a table", () => {
  const [, , , sample] = appliedOf().outcomes;
  const blocked = (n: number, reason = "nobody approved it") =>
    sample === undefined ? [] : [{ ...sample, item: `${n}`, outcome: "blocked" as const, reason }];
  const text = (outcomes: ReturnType<typeof blocked>) =>
    resultComment({ ...appliedOf(), outcomes, counts: { ...noOutcomes(), blocked: outcomes.length } }, plan);
  const many = Array.from({ length: 6 }, (_, n) => blocked(n)).flat();
  expect(many).toHaveLength(6);
  expect(text(many)).toContain("### Not done\n\nAll 6 ended **blocked**: nobody approved it\n\n<details>");
  expect(text(many.slice(0, 5))).toContain("### Not done\n\n|");
  expect(text([...many, ...blocked(7, "another")])).toContain("### Not done\n\n|");
});
