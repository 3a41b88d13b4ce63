import { micromark } from "micromark";
import { gfm, gfmHtml } from "micromark-extension-gfm";
import { expect, test } from "vitest";
import type { Comparison } from "../../src/preview/compare.ts";
import { declaredLosses, type Observed, type Preview, verdictOf } from "../../src/preview/preview.ts";
import { previewVerdict } from "../../src/report/preview.ts";
import { previewAnnotations, previewCheck } from "../../src/report/preview-check.ts";
import { PREVIEW_MARKER, previewComment } from "../../src/report/preview-comment.ts";
import { previewJson } from "../../src/report/preview-json.ts";
import { previewText } from "../../src/report/preview-text.ts";
import { bytes } from "../../src/text/markdown.ts";
import { finding, item } from "../preview/made.ts";

const HOSTILE = "a`|<b>@octocat\n::error::x<!-- evenkeel:preview -->\u202e[x](http://evil.example) #12 \u001b[31m";
const NO_CONFIG = { what: [], accountsLost: [], regionsLost: [], guards: [] };
const COVERAGE: NonNullable<Observed["head"]> = {
  accounts: { scanned: 1, total: 1 },
  regions: { scanned: 1, total: 1 },
  resources: 3,
  findings: { pass: 1, fail: 2, unknown: 0, out_of_scope: 0 },
  gaps: [],
  calls: {},
  complete: true,
};

function made(more: Partial<Preview> = {}, observed: Partial<Observed> | "unasked" = {}): Preview {
  const plan = { items: [], held: [], added: new Set<string>(), dropped: [], raised: [], violations: [] };
  return {
    problems: [],
    tests: [],
    files: [],
    policies: [],
    config: NO_CONFIG,
    remediations: [],
    infos: new Map(),
    modes: new Map(),
    baseless: undefined,
    compared: undefined,
    notes: [],
    unobserved: undefined,
    observed:
      observed === "unasked" ? undefined : { comparisons: [], plan, base: COVERAGE, head: COVERAGE, ...observed },
    ...more,
  };
}

function many(number: number, name = (index: number) => `bucket-${index}`): Comparison {
  const fails = Array.from({ length: number }, (_, index) => finding("p", "111111111111", name(index), "fail"));
  const counts = { pass: 0, fail: number, unknown: 0, out_of_scope: 0 };
  const lost = fails.map((one) => ({ cause: "when_excludes" as const, finding: one, detail: "" }));
  return {
    policy: "p",
    base: counts,
    head: counts,
    newlyFailing: fails,
    noLongerFailing: fails,
    lost,
    newlyChecked: [],
    newlyExcepted: [],
  };
}

const LAX = { failOnCoverageLoss: false };

test("the conclusion: failure for wrong files, failing tests and guards; coverage loss and gaps are neutral, loss on demand a failure", () => {
  const problem = { file: "a.yaml", line: 1, column: 1, message: "wrong" };
  const failing = { policy: "p", name: "n", file: "a.yaml", line: 1, failure: "expected fail" };
  const removed = {
    policy: "p",
    title: "",
    severity: "low",
    kind: "removed",
    what: [],
    accountsLost: ["1"],
    accountsGained: [],
    modeLowered: [],
  } as const;
  const plan = {
    items: [],
    held: [],
    added: new Set<string>(),
    dropped: [],
    raised: [],
    violations: [{ guard: "per_run", base: 1, head: 9, needs: 3 }],
  } as const;
  const short = (preview: Preview, options = LAX) => {
    const { conclusion, exit } = verdictOf(preview, options);
    return [conclusion, exit];
  };
  expect(short(made())).toEqual(["success", 0]);
  expect(short(made({ problems: [problem] }, "unasked"))).toEqual(["failure", 2]);
  expect(short(made({}, { plan }))).toEqual(["failure", 2]);
  expect(short(made({ tests: [failing] }))).toEqual(["failure", 1]);
  expect(short(made({}, { comparisons: [many(1)] }))).toEqual(["neutral", 0]);
  expect(short(made({}, { comparisons: [many(1)] }), { failOnCoverageLoss: true })).toEqual(["failure", 1]);
  // Told by the files alone, and of a policy that judged nothing.
  expect(short(made({ policies: [removed] }, "unasked"))).toEqual(["neutral", 0]);
  expect(short(made({ policies: [removed] }), { failOnCoverageLoss: true })).toEqual(["failure", 1]);
  expect(declaredLosses(made({ policies: [removed] }))).toEqual(["p does not run any more (it ran in 1 account)"]);
  expect(short(made({}, { head: { ...COVERAGE, complete: false } }))).toEqual(["neutral", 3]);
  expect(short(made({}, { base: { ...COVERAGE, complete: false } }))).toEqual(["neutral", 3]);
});

test("verdict and effect come first and stay, whatever the size; lists that are cut say N of M", () => {
  const preview = made({}, { comparisons: [many(5_000)] });
  const verdict = verdictOf(preview, LAX);
  for (const budget of [60_000, 8_000, 1_500]) {
    const text = previewComment(preview, verdict, budget);
    expect(bytes(text)).toBeLessThanOrEqual(budget);
    expect(text.startsWith(`${PREVIEW_MARKER}\n\n## Policy preview: 0 policies changed, 5,000 newly failing`)).toBe(
      true,
    );
    expect(text).toContain("Merging this PR changes nothing in AWS.");
    expect(text).toContain("### Coverage lost: 5,000 resources");
    expect(text).toMatch(/showing [\d,]+ of 5,000 resources/);
  }
});

test("hostile texts neither mention, link, fold nor command, in comment, check and terminal", () => {
  const hostile = {
    ...item(1),
    policy: "p",
    resource: { ...item(1).resource, id: HOSTILE },
    reason: HOSTILE,
  };
  const plan = { items: [hostile], held: [], added: new Set([hostile.id]), dropped: [], raised: [], violations: [] };
  const preview = made(
    {
      problems: [{ file: HOSTILE, line: 1, column: 1, message: HOSTILE, nearest: HOSTILE }],
      tests: [{ policy: "p", name: HOSTILE, file: "a.yaml", line: 1, failure: HOSTILE }],
      files: [{ path: HOSTILE, kind: "added", from: 1, to: 1 }],
      config: { ...NO_CONFIG, what: [HOSTILE] },
      notes: [HOSTILE],
      baseless: HOSTILE,
      unobserved: HOSTILE,
    },
    { comparisons: [many(2, (index) => `${HOSTILE}${index}`)], plan },
  );
  const verdict = verdictOf(preview, LAX);
  const comment = previewComment(preview, verdict);
  const html = micromark(comment, { allowDangerousHtml: true, extensions: [gfm()], htmlExtensions: [gfmHtml()] });
  expect(html).not.toMatch(/<b>|<a |<img/);
  expect(comment).not.toMatch(/@octocat|\u202e|\u001b/);
  expect(comment.split("<!--")).toHaveLength(2);
  expect(html.split("<details>")).toHaveLength(html.split("</details>").length);
  const check = previewCheck(preview, verdict, "s", () => ({ path: "evenkeel.yaml", from: 1, to: 2 }));
  for (const { message } of check.annotations) expect(message).not.toMatch(/\n|\u202e|\u001b/);
  expect(check.title.length).toBeLessThanOrEqual(250);
  const text = previewText(preview, verdict, { width: 80, colour: false, verbose: true });
  expect(text).not.toMatch(/\u001b|\u202e/);
  expect(text).not.toMatch(/^\s*::error/m);
});

test("each changed policy is annotated where it can be seen; what is worse is a warning", () => {
  const change = {
    policy: "p",
    title: "",
    severity: "low",
    kind: "changed",
    what: ["`check`"],
    accountsLost: [],
    accountsGained: [],
    modeLowered: [],
  } as const;
  const place = { path: "policies/p.yaml", from: 4, to: 6 };
  const quiet = { ...many(0), policy: "p" };
  const level = (comparison: Comparison) =>
    previewAnnotations(made({ policies: [change] }, { comparisons: [comparison] }), () => place).map(
      (one) => one.level,
    );
  expect(level(quiet)).toEqual(["notice"]);
  expect(level(many(2))).toEqual(["warning"]);
  expect(previewAnnotations(made({ policies: [change] }, { comparisons: [many(2)] }), () => place)).toMatchObject([
    { path: "policies/p.yaml", line: 4, endLine: 6, message: expect.stringContaining("2 losing coverage") },
  ]);
  expect(previewAnnotations(made({ policies: [change] }), () => undefined)).toEqual([]);
});

test("what was not asked is not told as none", () => {
  const preview = made({ unobserved: "the pull request comes from a fork" }, "unasked");
  expect(previewVerdict(preview)).toBe("Policy preview (files only): nothing changes");
  const json = previewJson(preview, verdictOf(preview, LAX));
  expect(json).toMatchObject({ version: 1, kind: "static", because: "the pull request comes from a fork" });
  expect(json).not.toHaveProperty("totals");
  expect(previewComment(preview, verdictOf(preview, LAX))).toContain("is not known");
  expect(previewJson(made({}, "unasked"), verdictOf(made({}, "unasked"), LAX))).toMatchObject({ kind: "unchanged" });
  expect(JSON.stringify(json)).not.toContain("null");
});

test("a fix of mode automatic needs no further merge, and the effect says so", () => {
  const one = { ...item(1), policy: "p" };
  const plan = { items: [one], held: [], added: new Set([one.id]), dropped: [], raised: [], violations: [] };
  const preview = made({ modes: new Map([["p 111111111111", "automatic" as const]]) }, { plan });
  expect(previewComment(preview, verdictOf(preview, LAX))).toContain(
    "The next report would propose 1 fix (1 automatic); 1 of them new. 1 new fix of mode automatic needs no further merge.",
  );
  const graces = new Map([["p 111111111111", "14d"]]);
  expect(previewComment({ ...preview, graces }, verdictOf(preview, LAX))).toContain(
    "1 of them new; 1 of them only after the grace of their policies.",
  );
});
