import fc from "fast-check";
import { expect, test } from "vitest";
import { outcomesText } from "../../src/report/outcomes.ts";
import { hostileText } from "../text/hostile.ts";
import { appliedOf } from "./sample.ts";
import { expectFit } from "./terminal.ts";

const wide = { width: 120, colour: false };

test("verdict, a line for each item, and a sum that adds up", () => {
  const text = outcomesText(appliedOf(), wide);
  const lines = text.trimEnd().split("\n");
  expect(lines[0]).toBe(
    "Plan 41ab09cd77e1: 2 applied, 1 already fine, 1 skipped: changed since approval, 1 denied by AWS",
  );
  expect(lines.at(-1)).toBe("approved 5 = applied 2 + already_ok 1 + stale 1 + denied 1");
  expect(text).toContain("applied  s3_bucket_public_access_block\n");
  for (const { item, outcome, resource, account, region } of appliedOf().outcomes) {
    const alone =
      outcome === "applied" || outcome === "already_ok"
        ? "    "
        : `${outcome.padEnd(13)} s3_bucket_public_access_block  `;
    expect(lines).toContain(`${alone}${resource}  ${account} ${region}  [${item.slice(0, 12)}]`);
  }
  expect(text).toContain("next: review it in the next report");
  expect(text).toContain("~ PublicAccessBlock.BlockPublicAcls: false → true");
  expect(text).toContain('- Tags.owner = "team a"');
  expect(text).toContain("evenkeel undo --plan 41ab09cd77e1");
});

test("where nothing was applied there is nothing to take back", () => {
  const { outcomes, counts, plan } = appliedOf();
  const text = outcomesText(
    { plan, outcomes: outcomes.filter(({ outcome }) => outcome !== "applied"), counts: { ...counts, applied: 0 } },
    wide,
  );
  expect(text).not.toContain("undo");
  expect(text).toContain("approved 3 = already_ok 1 + stale 1 + denied 1");
});

test("hostile texts stay within their lines", () => {
  fc.assert(
    fc.property(hostileText, (text) => {
      const applied = appliedOf((own) => text + own);
      expectFit((width, colour) => outcomesText(applied, { width, colour }));
    }),
    { numRuns: 25 },
  );
});
