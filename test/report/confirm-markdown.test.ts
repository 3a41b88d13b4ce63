import fc from "fast-check";
import { expect, test } from "vitest";
import { confirmations } from "../../src/plan/confirm.ts";
import { confirmationLine, readPlan, writePlan } from "../../src/plan/file.ts";
import { BODY_BYTES, reportBody } from "../../src/report/body.ts";
import { resultComment } from "../../src/report/result.ts";
import { bytes } from "../../src/text/markdown.ts";
import type { Plan, PlanItem } from "../../src/types/plan.ts";
import { html } from "../text/github-markdown.ts";
import { hostileText } from "../text/hostile.ts";
import { appliedOf, bucketItem, POLICIES, planOf, volumeItem } from "./sample.ts";

const PATH = "plans/payments-destructive.jsonl";
const MANY = 10_000_000;
const bodyOf = (plan: Plan, budget?: number): string =>
  reportBody({ plan, planPath: PATH, policies: POLICIES }, budget);
const volumes = (number: number): PlanItem[] => Array.from({ length: number }, (_, index) => volumeItem(index));

/** The lines of the block below the heading, as they come out on GitHub's page. */
function linesOnPage(body: string): string[] {
  const section = body.slice(body.indexOf("### To confirm"));
  const block = /<pre><code[^>]*>([\s\S]*?)<\/code><\/pre>/.exec(html(section))?.[1] ?? "";
  const text = block
    .replace(/&quot;/g, '"')
    .replace(/&lt;/g, "<")
    .replace(/&gt;/g, ">")
    .replace(/&amp;/g, "&");
  return text.trimEnd().split("\n");
}

test("a plan that destroys says for each resource which line to add, and that somebody else has to approve", () => {
  const body = bodyOf(planOf([...volumes(2), bucketItem(7)]));
  expect(linesOnPage(body)).toEqual(volumes(2).map(({ resource }) => confirmationLine(resource.arn)));
  expect(body).toContain(`at the end of \`${PATH}\` on this branch`);
  expect(body).toContain("somebody else has to approve it");
  const undo = volumes(1).map((item) => ({ ...item, undoes: "a".repeat(32) }));
  for (const plan of [planOf([bucketItem(1)]), planOf(undo), planOf([])])
    expect(bodyOf(plan)).not.toContain("To confirm");
});

test("property: whatever resources are called, the lines copied from the page confirm all of them", () => {
  fc.assert(
    fc.property(fc.array(hostileText, { minLength: 1, maxLength: 5 }), (texts) => {
      const plan = planOf(texts.map((text, index) => volumeItem(index, (own) => own + text)));
      const copied = linesOnPage(bodyOf(plan, MANY));
      const file = readPlan("p", `${writePlan(plan)}${copied.join("\n")}\n`);
      expect(confirmations(file)).toMatchObject({ idle: [], missing: new Set() });
    }),
    { numRuns: 60 },
  );
});

test("with 300 of them the budget holds, no line is cut, and what is not shown is counted", () => {
  const body = bodyOf(planOf(volumes(300)));
  expect(bytes(body)).toBeLessThanOrEqual(BODY_BYTES);
  const lines = linesOnPage(body);
  expect(lines.length).toBeGreaterThan(5);
  for (const line of lines) expect(line).toMatch(/^\{"confirm":"arn:[^"]+"\}$/);
  if (lines.length < 300) expect(body).toContain(`_showing ${lines.length} of 300 lines_`);
  expect(bodyOf(planOf(volumes(300)), 2_500)).toContain('Each of 300 destructive changes needs `{"confirm":"ARN"}`');
});

test("the comment on a merged plan has the lines to add as they are to be written", () => {
  const applied = appliedOf();
  const lines = [1, 2].map((n) =>
    confirmationLine(`arn:aws:ec2:us-east-1:111111111111:volume/vol-0123456789abcde0${n}`),
  );
  const outcomes = lines.map((add, index) => ({
    ...applied.outcomes[index],
    ...{ item: `${index}`.repeat(32), policy: "p_q", account: "1", region: "r", resource: "x" },
    outcome: "blocked" as const,
    reason: "nobody confirmed it",
    next: "add its line",
    add,
  }));
  const comment = resultComment({ ...applied, outcomes }, planOf(volumes(2)));
  expect(comment).toContain("- blocked (2): add its line");
  for (const line of lines) expect(html(comment)).toContain(line.replace(/"/g, "&quot;"));
});
