import fc from "fast-check";
import { expect, test } from "vitest";
import type { CheckId } from "../../src/doctor/check.ts";
import { diagnose } from "../../src/doctor/doctor.ts";
import { type Gate, gateOf } from "../../src/doctor/gate.ts";
import { applyJson } from "../../src/report/json.ts";
import { resultComment } from "../../src/report/result.ts";
import { applySummary } from "../../src/report/summary.ts";
import { gateWords, type Trust, trustText } from "../../src/report/trust.ts";
import { bytes } from "../../src/text/markdown.ts";
import { known, PROTECTOR, settings } from "../doctor/facts.ts";
import { cellCounts, html, prose, structure } from "../text/github-markdown.ts";
import { hostileText } from "../text/hostile.ts";
import { appliedOf, bucketItem, planOf } from "./sample.ts";
import { expectFit } from "./terminal.ts";

const plan = planOf(Array.from({ length: 5 }, (_, index) => bucketItem(index)));
const wide = { width: 200, colour: false };

/** A public repository without code owners' reviews, where somebody bypasses the rules, by names that others chose. */
function gate(allowed: readonly CheckId[], twist: (text: string) => string = (text) => text): Gate {
  const pullRequest = { approvals: 1, codeOwners: false, dismissStale: true, lastPush: true };
  const protector = { ...PROTECTOR, name: twist("main"), pullRequest, bypass: known([twist("team a")]) };
  return gateOf(
    diagnose(
      settings({
        repository: "acme/policies",
        private: false,
        branch: { branch: "main", protectors: [protector], unread: [] },
        actions: { known: false, because: twist("denied"), needs: "administration: read" },
      }),
    ),
    allowed,
  );
}

const trustOf = (twist: (text: string) => string = (text) => text): Trust => ({
  gate: gate(["repository-private"], twist),
  signature: { tier: "provenance", words: twist("commit 1234 of evenkeel[bot]") },
  approval: { by: ["alice"], words: twist("reviewed by alice") },
});

test("wrong settings stand first, each with its remedy and how to allow it; what is not known and what is allowed are named", () => {
  const comment = resultComment(appliedOf(), plan, 55_000, trustOf());
  const parts = [
    "`approved 5 = ",
    "### Settings to mend first",
    "| `branch-code-owners` | no review by code owners is required on main | Settings &gt; Rules",
    "`allow_unsafe: [branch-code-owners, branch-bypass]`",
    "### Not done",
    "### What this rests on",
    "- signature: provenance (tier 3): commit 1234 of evenkeel\\[bot\\]",
    "- approval: reviewed by alice",
    "- weaker: not known with this token: actions-approve (Actions cannot approve pull requests)",
    "- allowed though unsafe: repository-private (acme/policies is public)",
  ];
  const places = parts.map((part) => comment.indexOf(part));
  expect(places, comment).not.toContain(-1);
  expect(places).toEqual([...places].sort((a, b) => a - b));
  expect(applySummary(appliedOf(), plan, trustOf())).toContain("### What this rests on");
  const text = trustText(trustOf(), wide);
  expect(text.split("\n").map((line) => line.split(":")[0])).toEqual(
    expect.arrayContaining(["signature", "approval", "weaker", "allowed though unsafe", "wrong"]),
  );
  expect(text).toMatch(/mend +Settings > Rules > Rulesets.*Require review from Code Owners/);
});

test("where nothing is wrong, not known or allowed, nothing is said of settings", () => {
  const trust: Trust = { gate: { wrong: [], unread: [], allowed: [] } };
  const without = resultComment(appliedOf(), plan);
  expect(resultComment(appliedOf(), plan, 55_000, trust)).toBe(without);
  expect(trustText(trust, wide).trim()).toBe("");
  expect(applyJson(appliedOf(), trust)).toMatchObject({ trust: { wrong: [], not_known: [], allowed: [] } });
  expect(applyJson(appliedOf())).not.toHaveProperty("trust");
});

test("an allowed check that is right is named too, and never said to be wrong", () => {
  const { wrong, allowed } = gate(["branch-code-owners", "branch-bypass", "repository-private", "branch-deletion"]);
  expect(wrong).toEqual([]);
  expect(allowed.map(({ id, status }) => [id, status])).toEqual([
    ["repository-private", "wrong"],
    ["branch-code-owners", "wrong"],
    ["branch-deletion", "ok"],
    ["branch-bypass", "wrong"],
  ]);
  expect(trustText({ gate: { wrong: [], unread: [], allowed } }, wide)).toContain(
    "branch-deletion (as it should be now)",
  );
  expect(gateWords(gate([]).wrong)).toBe(
    "3 settings of the repository make a merge no approval: repository-private, branch-code-owners, branch-bypass",
  );
});

test("whatever the texts are, the structure is the same, nobody is mentioned, no line is too long, and it fits", () => {
  const made = (twist?: (text: string) => string) => resultComment(appliedOf(), plan, 1_000_000, trustOf(twist));
  const [expected, cells] = [structure(made()), cellCounts(made())];
  fc.assert(
    fc.property(hostileText, (text) => {
      const comment = made((own) => text + own);
      expect(structure(comment)).toEqual(expected);
      expect(cellCounts(comment)).toEqual(cells);
      expect(prose(html(comment))).not.toMatch(/@[\w-]/);
      const trust = trustOf((own) => text + own);
      expectFit((width, colour) => trustText(trust, { width, colour }));
      expect(bytes(resultComment(appliedOf(), plan, 6_000, trust))).toBeLessThanOrEqual(6_000);
    }),
    { numRuns: 40 },
  );
});
