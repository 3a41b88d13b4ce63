import fc from "fast-check";
import { expect, test } from "vitest";
import { applyCheck } from "../../src/report/apply-check.ts";
import { attentionComment, needsPerson, toldIn, toldKeys, toldLine } from "../../src/report/attention.ts";
import { begunComment, isBegun, isUntold, withoutUntold, withUntold } from "../../src/report/begun.ts";
import { resultComment, resultMarker } from "../../src/report/result.ts";
import { bytes } from "../../src/text/markdown.ts";
import { noOutcomes, OUTCOMES, type OutcomeCode } from "../../src/types/outcome.ts";
import { html, prose } from "../text/github-markdown.ts";
import { hostileText } from "../text/hostile.ts";
import { appliedOf, bucketItem, planOf } from "./sample.ts";

const plan = planOf(Array.from({ length: 5 }, (_, index) => bucketItem(index)));
/** The five items with these ends. */
function ended(...codes: readonly OutcomeCode[]) {
  const counts = noOutcomes();
  for (const code of codes) counts[code] += 1;
  const { outcomes, plan: digest } = appliedOf();
  return {
    plan: digest,
    counts,
    outcomes: codes.flatMap((outcome, at) => outcomes.slice(at, at + 1).map((one) => ({ ...one, outcome }))),
  };
}

test("who is needed: what failed, changed or was refused; not what waits for its time, or is covered", () => {
  const needed = OUTCOMES.filter((code) => needsPerson(ended(code)).length > 0);
  expect(needed.sort()).toEqual(["blocked", "denied", "failed", "stale", "unknown", "verify_failed"]);
});

test("it speaks of these items alone, and calls who approved only where something failed", () => {
  const applied = appliedOf();
  const comment = attentionComment(applied, ["alice", "bob-2", "evil](x) @team", "-x", "a--b_acme"]);
  expect(comment).toContain(
    "## 2 of 5 approved changes need a person: 1 skipped: changed since approval, 1 denied by AWS",
  );
  expect(comment).toContain("@alice @bob-2 @a--b_acme: you approved it.");
  expect(comment).not.toMatch(/evil|@team|@-x/);
  expect(comment).toContain("acme-logs-3");
  expect(comment).not.toContain("acme-logs-0");
  expect(comment).toContain("- denied (1): allow s3:PutBucketPublicAccessBlock");
  expect(attentionComment(ended("applied", "stale"), ["alice"])).not.toContain("alice");
  expect(attentionComment(ended("blocked"), ["alice"])).not.toContain("alice");
});

test("what was told is read back from the second line, and from no other place", () => {
  const keys = toldKeys(needsPerson(appliedOf()));
  expect(keys).toHaveLength(2);
  const marker = resultMarker("41ab09cd77e1");
  expect(toldIn(`${marker}\n${toldLine(keys)}\n\ntext`)).toEqual([...keys].sort());
  expect(toldIn(`${marker}\r\n${toldLine(keys)}\r\n\r\ntext`)).toEqual([...keys].sort());
  expect(toldIn(`${marker}\n\n${toldLine(keys)}`)).toEqual([]);
  expect(toldIn(`${marker}\n\ntext`)).toEqual([]);
  expect(toldLine([])).toBe("");
});

test("whatever AWS's texts are: one mention, ours; no text passes for a hidden line; it fits with the line of 500 items", () => {
  const long = toldLine(Array.from({ length: 500 }, (_, at) => `${at.toString(16).padStart(12, "0")}-verify_failed`));
  expect(bytes(long)).toBeLessThan(16_000);
  fc.assert(
    fc.property(hostileText, (text) => {
      const applied = appliedOf((own) => text + own);
      const comment = attentionComment(applied, ["alice"]);
      expect(prose(html(comment)).match(/@[\w-]+/g) ?? []).toEqual(["@alice"]);
      const result = resultComment(applied, plan);
      expect([isBegun(result), isUntold(result), toldIn(result)]).toEqual([false, false, []]);
    }),
    { numRuns: 60 },
  );
});

test("a result that is still to come, and one that is not told whole, are known by their last line", () => {
  const begun = begunComment(1, "https://github.com/acme/policies/actions/runs/1/attempts/1");
  expect(begun).toContain("## Applying 1 approved change\n");
  expect(begun).toContain("[this job](https://github.com/");
  expect(begunComment(2, "javascript:alert(1)")).toContain("Begun by a job");
  expect(isBegun(begun)).toBe(true);
  const result = resultComment(appliedOf(), plan);
  expect([isBegun(result), isUntold(result), isUntold(withUntold(result))]).toEqual([false, false, true]);
  expect(withoutUntold(withUntold(result))).toBe(result);
  expect(withoutUntold(result)).toBe(result);
});

test("the check: failure where something failed or was refused, neutral where not all was done, else success", () => {
  const conclusion = (...codes: OutcomeCode[]) =>
    applyCheck("a".repeat(40), ended(...codes), plan, undefined).conclusion;
  const alone = Object.fromEntries(OUTCOMES.map((code) => [code, conclusion("applied", code)]));
  expect(alone).toEqual({
    applied: "success",
    already_ok: "success",
    undone: "success",
    excepted: "success",
    policy_gone: "success",
    stale: "neutral",
    capped: "neutral",
    not_started: "neutral",
    blocked: "failure",
    denied: "failure",
    failed: "failure",
    verify_failed: "failure",
    unknown: "failure",
  });
  expect(conclusion("stale", "failed")).toBe("failure");
  const unconfirmed = ended("blocked");
  const lined = { ...unconfirmed, outcomes: unconfirmed.outcomes.map((one) => ({ ...one, add: "{}" })) };
  expect(applyCheck("a".repeat(40), lined, plan, undefined).conclusion).toBe("neutral");
  const all = { ...plan, header: { ...plan.header, scope: "all" } };
  expect(applyCheck("a".repeat(40), appliedOf(), all, undefined).name).toBe("evenkeel/apply");
  const check = applyCheck("a".repeat(40), appliedOf(), plan, undefined);
  expect(check).toMatchObject({ name: "evenkeel/apply (payments)", annotations: [] });
  expect(check.title).toBe(
    "2 applied, 1 already fine, 1 skipped: changed since approval, 1 denied by AWS [41ab09cd77e1]",
  );
  expect(check.summary).not.toContain("<!--");
});
