/**
 * Texts that somebody who may only open a pull request or comment can choose: names of files, branches and accounts, titles and tests of policies, words
 * of remediations and exceptions, logins, commit authors. (What AWS's texts can do is asked beside each report.)
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { blockedPlan } from "../../src/commands/approved.ts";
import { type Preview, verdictOf } from "../../src/preview/preview.ts";
import { type ReportInput, reportBody, reportTitle } from "../../src/report/body.ts";
import { dashboardBody } from "../../src/report/dashboard.ts";
import { findingsText } from "../../src/report/findings.ts";
import { outcomesText } from "../../src/report/outcomes.ts";
import { planText } from "../../src/report/plan.ts";
import { previewCheck } from "../../src/report/preview-check.ts";
import { previewComment, previewSummary } from "../../src/report/preview-comment.ts";
import { previewText } from "../../src/report/preview-text.ts";
import { problemsText } from "../../src/report/problems.ts";
import { resultComment } from "../../src/report/result.ts";
import { applySummary, planSummary } from "../../src/report/summary.ts";
import { command } from "../../src/text/workflow-command.ts";
import type { Exception, ExceptionsState } from "../../src/types/exception.ts";
import type { PlanItem } from "../../src/types/plan.ts";
import type { Finding } from "../../src/types/scan.ts";
import { exception } from "../support/exceptions.ts";
import { readLog } from "../support/runner.ts";
import { cellCounts, html, prose, structure } from "../text/github-markdown.ts";
import { hostileText } from "../text/hostile.ts";
import { bucketItem, coverageOf, finding, heldItem, POLICIES, planOf, volumeItem } from "./sample.ts";

type Twist = (text: string) => string;
const POLICY = "s3_bucket_public_access_block";
const MANY = 10_000_000;
const WIDE = { width: 100, colour: false, verbose: true } as const;

function titles(twist: Twist): ReportInput["policies"] {
  return new Map([...POLICIES].map(([id, info]) => [id, { ...info, title: twist(info.title) }]));
}

/** An item of a policy and a remediation that the pull request brings. */
function item(twist: Twist, made: PlanItem = bucketItem(1)): PlanItem {
  const words = { impact: twist(made.impact), cost: twist(made.cost), undo_note: twist("the old grants stay lost") };
  return { ...made, ...words, reason: `not so: ${twist("S3 buckets block public access")}` };
}

function excepted(twist: Twist): { finding: Finding; exceptions: ExceptionsState } {
  const texts = { owner: twist("team-a"), reason: twist("a good reason"), ticket: twist("SEC-1") };
  const by: Exception = exception({ resource: "x" }, { policy: POLICY, ...texts, file: twist("exceptions/a.yaml") });
  const { reason, owner, ticket, expires, file, line } = by;
  const found = {
    ...finding(10, "fail", POLICY),
    excepted: { reason, owner, expires, file, line, ticket: `${ticket}` },
  };
  const note = { exception: by, findings: 1 };
  const unreadable = [{ ...note, message: "AccessDenied" }];
  const unused = [{ exception: by, why: twist("there is no such resource") }];
  return { finding: found, exceptions: { excepted: 1, expiring: [note], expired: [note], unused, unreadable } };
}

function report(twist: Twist): ReportInput {
  const { finding: found, exceptions } = excepted(twist);
  const plan = planOf([item(twist), item(twist, volumeItem(1))], [heldItem(1, twist)]);
  return {
    // Groups are named by labels of accounts.
    plan: { ...plan, header: { ...plan.header, scope: twist("payments") } },
    planPath: twist("plans/payments.jsonl"),
    scan: { findings: [found, finding(11, "fail", POLICY)], coverage: coverageOf([]), exceptions },
    policies: titles(twist),
    repositoryUrl: "https://github.com/acme/policies",
    tier: twist("signed by a key"),
    weaker: [twist("Made with the job's own token.")],
  };
}

function preview(twist: Twist): Preview {
  const made = item(twist);
  const found = { ...finding(1, "fail", POLICY), reason: twist("not so") };
  const counts = { pass: 0, fail: 2, unknown: 0, out_of_scope: 0 };
  const place = { file: twist("policies/a.yaml"), line: 3 };
  const change = {
    ...{ policy: POLICY, title: twist("a title"), severity: "high" as const, kind: "changed" as const },
    ...{ what: [twist("`check`")], accountsLost: [twist("prod")], accountsGained: [], modeLowered: [twist("prod")] },
  };
  const comparison = {
    ...{ policy: POLICY, base: counts, head: counts, newlyChecked: [] },
    ...{ newlyFailing: [found], noLongerFailing: [found], newlyExcepted: [excepted(twist).finding] },
    lost: [{ cause: "account_removed" as const, finding: found, detail: twist("taken out") }],
  };
  const remediation = {
    ...{ id: "r", title: twist("Block"), risk: "disruptive" as const, impact: twist("some"), cost: twist("none") },
    ...{ undo: twist("no way back"), policies: [POLICY] },
  };
  const plan = { items: [made], held: [heldItem(1, twist)], added: new Set([made.id]), dropped: [] };
  return {
    problems: [{ ...place, column: 1, message: twist("a wrong key"), nearest: twist("check") }],
    tests: [{ policy: POLICY, name: twist("no block"), ...place, failure: twist("expected fail") }],
    files: [{ path: twist("policies/a.yaml"), kind: "added", from: 1, to: 1 }],
    policies: [change],
    config: { what: [twist("guards")], accountsLost: [twist("prod")], regionsLost: [twist("eu-1")], guards: [] },
    remediations: [remediation],
    infos: titles(twist),
    modes: new Map([[`${POLICY} 111111111111`, "approve" as const]]),
    baseless: twist("no base"),
    compared: { base: twist("main"), head: twist("topic") },
    notes: [twist("a branch of that name")],
    unobserved: undefined,
    observed: {
      comparisons: [comparison],
      plan: { ...plan, raised: [], violations: [] },
      base: coverageOf(),
      head: coverageOf([]),
    },
  };
}

const LAX = { failOnCoverageLoss: false };
const verdict = (one: Preview) => verdictOf(one, LAX);
/** As apply blocks a plan of which it says whose commit it is, who approved it, and from which branch. */
function blocked(twist: Twist) {
  const words = `commit 0123456789ab by ${twist("somebody")} belongs to no GitHub account`;
  return blockedPlan(planOf([bucketItem(1)]), words, `settle it with ${twist("alice")}`);
}

const PAGES: Readonly<Record<string, (twist: Twist) => string>> = {
  "the preview's comment": (twist) => previewComment(preview(twist), verdict(preview(twist)), MANY),
  "the preview's summary": (twist) => previewSummary(preview(twist), verdict(preview(twist)), MANY),
  "the preview's check": (twist) => previewCheck(preview(twist), verdict(preview(twist)), "s", () => undefined).summary,
  "a report": (twist) => reportBody(report(twist), MANY),
  "a plan's summary": (twist) => {
    const { plan, scan } = report(twist);
    return planSummary(plan, { coverage: coverageOf([]), findings: [], ...scan }, titles(twist));
  },
  "the dashboard": (twist) => {
    const { plan, scan, policies } = report(twist);
    const frozen = `${twist("mallory")} changed ${twist("policies/a.yaml")} on it`;
    const reports = [{ plan, pullRequest: 7, since: "2026-03-01", declined: [], frozen }];
    const coverage = coverageOf([]);
    const scanned = { findings: scan?.findings ?? [], coverage, ...excepted(twist) };
    return dashboardBody({ scan: scanned, policies, reports, scannedAt: "2026-03-08T05:17:00.000Z" }, MANY);
  },
  "the result": (twist) => resultComment(blocked(twist), planOf([item(twist)]), MANY),
  "the result's summary": (twist) => applySummary(blocked(twist), planOf([item(twist)])),
};

const OURS = new Set([`https://github.com/acme/policies/commit/${"d".repeat(40)}`]);

test.each(Object.entries(PAGES))(
  "%s keeps its structure, mentions nobody, links nothing, holds one marker at most",
  (_, page) => {
    const plainly = page((text) => text);
    const [expected, cells] = [structure(plainly), cellCounts(plainly)];
    // Its texts do come from where they are said to come from.
    expect(page((own) => `${own} Xyzzy`)).toContain("Xyzzy");
    fc.assert(
      fc.property(hostileText, (text) => {
        const shown = page((own) => own + text);
        expect(structure(shown)).toEqual(expected);
        expect(cellCounts(shown)).toEqual(cells);
        expect(shown.match(/<!--/g)?.length ?? 0).toBeLessThanOrEqual(1);
        expect(shown.lastIndexOf("<!--")).toBeLessThanOrEqual(0);
        // The dashboard's own reference to its report.
        expect(prose(shown).replace("#7", "")).not.toMatch(/@[a-z0-9]|#\d|\bGH-\d|https?:|www\.|mailto:|:tada:/i);
        const links = [...html(shown).matchAll(/(?:href|src)="([^"]*)"/g)].map(([, to = ""]) => to);
        expect(links.filter((to) => !OURS.has(to))).toEqual([]);
        expect(html(shown)).not.toMatch(/<(img|script|h1)\b/);
      }),
      { numRuns: 25 },
    );
  },
);

const LOGS: Readonly<Record<string, (twist: Twist) => string>> = {
  preview: (twist) => previewText(preview(twist), verdict(preview(twist)), WIDE),
  problems: (twist) => {
    const { problems } = preview(twist);
    return problemsText(problems, new Map([[twist("policies/a.yaml"), twist("id: a\nwhen: b\ncheck: c")]]), WIDE);
  },
  plan: (twist) => planText(report(twist).plan, WIDE),
  findings: (twist) => {
    const { scan, policies } = report(twist);
    const { findings = [], coverage = coverageOf([]) } = scan ?? {};
    return findingsText({ findings, coverage, ...excepted(twist) }, { ...WIDE, policies });
  },
  outcomes: (twist) => outcomesText(blocked(twist), WIDE),
};

/** Anything that steers a terminal or does not show. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{DI}]/u;

test.each(Object.entries(LOGS))("the log of %s holds no control character and no workflow command", (_, log) => {
  fc.assert(
    fc.property(hostileText, (text) => {
      const said = log((own) => own + text);
      expect(said.replaceAll("\n", "")).not.toMatch(HIDDEN);
      // Commands are stopped while anything is printed (src/action.ts); the form that begins a line could not even start one.
      expect(readLog(said.replaceAll("##[", "")).commands).toEqual([]);
    }),
    { numRuns: 25 },
  );
});

test("a report's title is one line that mentions nobody", () => {
  fc.assert(
    fc.property(hostileText, (text) => {
      const title = reportTitle(report((own) => own + text).plan);
      expect(title).not.toMatch(/[@#]\w|\p{Cc}/u);
      expect([...title].length).toBeLessThanOrEqual(256);
    }),
    { numRuns: 100 },
  );
});

test("an annotation is one command on its file and line, whatever the file's name and the words are", () => {
  fc.assert(
    fc.property(hostileText, (text) => {
      const { annotations } = previewCheck(
        preview((own) => own + text),
        verdict(preview((own) => own)),
        "s",
        () => ({ path: `policies/${text}`, from: 1, to: 2 }),
      );
      expect(annotations).toHaveLength(3);
      for (const { path, line, message } of annotations) {
        expect(message).not.toMatch(HIDDEN);
        // As @actions/core writes it: workflow commands are the same encoding.
        const { commands, text: rest } = readLog(command("error", { file: path, line }, message));
        expect(commands).toEqual([{ name: "error", properties: { file: path, line: String(line) }, data: message }]);
        expect(rest).toBe("");
      }
    }),
    { numRuns: 100 },
  );
});
