import fc from "fast-check";
import { expect, test } from "vitest";
import { planDigest } from "../../src/plan/file.ts";
import { BODY_BYTES, type ReportInput, reportBody, reportMarker, reportTitle } from "../../src/report/body.ts";
import type { PolicyInfo } from "../../src/report/options.ts";
import { bytes } from "../../src/text/markdown.ts";
import type { Plan } from "../../src/types/plan.ts";
import { cellCounts, html, prose, structure } from "../text/github-markdown.ts";
import { hostileText } from "../text/hostile.ts";
import { bucketItem, heldItem, POLICIES, planOf, scanOf, volumeItem } from "./sample.ts";

const MANY = 10_000_000;

function sample(twist: (text: string) => string = (text) => text): ReportInput {
  const held = Array.from({ length: 7 }, (_, index) => heldItem(index, twist));
  const plan = planOf([bucketItem(1, twist), bucketItem(2, twist), volumeItem(1, twist)], held);
  return {
    plan,
    planPath: "plans/payments.jsonl",
    scan: scanOf(twist),
    policies: POLICIES,
    repositoryUrl: "https://github.com/acme/policies",
    tier: "signed by the scan role's key",
  };
}

const input = (plan: Plan): ReportInput => ({ plan, planPath: "plans/payments.jsonl", policies: POLICIES });

test("order: marker, verdict, what merging does, table, what needs the eye, the rest folded, left out, coverage, declining, digest", () => {
  const body = reportBody(sample());
  const parts = [
    "<!-- evenkeel:report v1 scope=payments -->\n",
    "## 3 changes in payments: 1 destructive, 2 disruptive; 7 held back",
    "**Merging this pull request makes 4 AWS calls that change 3 resources in 2 accounts",
    "| `ec2_security_group_ssh_open`<br>Security groups do not open SSH to the world | critical | 5 | 3 | 0 | 0 | approve |",
    "### Look at these first",
    "`vol-0abc1`",
    "### Changes",
    "<details><summary><code>s3_bucket_public_access_block</code>",
    "### Left out: 7 fixes held back",
    "### Coverage",
    "### To decline a change",
    `Plan \`${planDigest(sample().plan.header).slice(0, 12)}\` in \`plans/payments.jsonl\`; expires 2026-11-30T00:00:00.000Z`,
  ];
  const places = parts.map((part) => body.indexOf(part));
  expect(places).not.toContain(-1);
  expect(places).toEqual([...places].sort((a, b) => a - b));
  expect(places[0]).toBe(0);
  expect(body.startsWith(reportMarker("payments"))).toBe(true);
});

test("what is destructive or hard to undo is never folded, and says so", () => {
  const body = reportBody(sample());
  const first = body.slice(body.indexOf("### Look at these first"), body.indexOf("### Changes"));
  expect(first).not.toContain("<details>");
  expect(first).toContain("**the resource is deleted**");
  expect(first).toContain("**No undo:** a new volume can be made from the snapshot, but it has another ID.");
  const partly = planOf([{ ...bucketItem(1), undo_note: "the old grants stay lost" }]);
  expect(reportBody(input(partly))).toMatch(
    /### Look at these first[\s\S]*\*\*Undo is partial:\*\* the old grants stay lost/,
  );
});

test("what can be taken back in part says once what stays; a long list of it is folded, and what cannot be taken back is not", () => {
  const noted = Array.from({ length: 5 }, (_, index) => ({
    ...bucketItem(index),
    undo_note: "the old grants stay lost",
  }));
  const one = reportBody(input(planOf(noted)));
  expect(one.match(/\*\*Undo is partial:\*\*/g)).toHaveLength(1);
  expect(one).toMatch(/Undo is partial:\*\* the old grants stay lost\.\n\n<details><summary>5 resources<\/summary>/);
  for (const { resource } of noted) expect(one).toContain(`- \`${resource.id}\` in`);
  const [first, ...others] = noted;
  const differing = reportBody(input(planOf([...others, { ...bucketItem(0), ...first, undo_note: "something else" }])));
  expect(differing.match(/\*\*Undo is partial:\*\*/g)).toHaveLength(5);
  const grave = reportBody(input(planOf(noted.map((item) => ({ ...item, undo: [] })))));
  expect(grave.match(/\*\*No undo:\*\*/g)).toHaveLength(5);
  for (const body of [differing, grave]) expect(body).not.toContain("<details>");
});

test("a report of its own for what destroys has only that in its table", () => {
  const apart = { ...sample(), plan: planOf([volumeItem(1)]) };
  const rows = reportBody(apart).match(/^\| `\w+`<br>.*$/gm);
  expect(rows).toEqual([
    "| `ec2_volume_unattached`<br>EBS volumes are attached | low | 5 | 3 | 1 destructive | approve, report |",
  ]);
});

test("differences stand as a diff, with calls and undo", () => {
  const body = html(reportBody(sample()));
  expect(body).toMatch(/- PublicAccessBlock\.BlockPublicAcls: false\n\+ PublicAccessBlock\.BlockPublicAcls: true\n/);
  expect(body).toContain("  call s3:PutPublicAccessBlock Bucket=&quot;acme-logs-1&quot;");
  expect(body).toContain("  undo s3:DeletePublicAccessBlock");
});

test("whatever AWS's texts are, the structure is the same, nobody is mentioned, nothing is linked", () => {
  const plainly = reportBody(sample(), MANY);
  const [expected, cells] = [structure(plainly), cellCounts(plainly)];
  fc.assert(
    fc.property(hostileText, (text) => {
      const body = reportBody(
        sample((own) => text + own),
        MANY,
      );
      expect(structure(body)).toEqual(expected);
      expect(cellCounts(body)).toEqual(cells);
      expect(body.match(/<!--/g)).toHaveLength(1);
      expect(body.match(/evenkeel:report v1 scope=payments -->/g)?.length).toBeGreaterThanOrEqual(1);
      expect(prose(body)).not.toMatch(/@[a-z0-9]|#\d|\bGH-\d|https?:|www\.|mailto:|:tada:/i);
      // The one link is ours.
      expect([...html(body).matchAll(/href="([^"]*)"/g)].map(([, href]) => href)).toEqual([
        `https://github.com/acme/policies/commit/${"d".repeat(40)}`,
      ]);
      expect(html(body)).not.toMatch(/<(img|script|h1)\b/);
    }),
    { numRuns: 40 },
  );
});

test("hostile titles, paths and addresses of our own side do no harm either", () => {
  const policies = new Map([
    ["s3_bucket_public_access_block", { title: "</details> @acme/team | `x", severity: "high" as const, mode: "a|b" }],
  ]);
  const body = reportBody({
    ...sample(),
    policies,
    planPath: "plans/`|@x`.jsonl",
    repositoryUrl: "javascript:alert(1)//",
    tier: "<b>@x</b>",
  });
  const plainly = reportBody({
    ...sample(),
    policies: new Map([["s3_bucket_public_access_block", { title: "t", severity: "high" as const, mode: "m" }]]),
    repositoryUrl: "x",
    tier: "t",
  });
  const [expected, cells] = [structure(plainly), cellCounts(plainly)];
  expect(structure(body)).toEqual(expected);
  expect(cellCounts(body)).toEqual(cells);
  expect(html(body)).not.toContain("<a ");
});

test("checks that may be wrong are named above the foot, and nothing is said where none may", () => {
  expect(reportBody(sample())).not.toContain("Allowed though unsafe");
  const body = reportBody({ ...sample(), allowed: ["repository-private", "branch-bypass"] });
  const at = body.indexOf("**Allowed though unsafe:** `repository-private`, `branch-bypass`. Applying does not refuse");
  expect(at).toBeGreaterThan(0);
  expect(body.indexOf("\n---\n")).toBeGreaterThan(at);
});

test("the same world gives the same bytes", () => {
  expect(reportBody(sample())).toBe(reportBody(sample()));
});

const buckets = (number: number) => Array.from({ length: number }, (_, index) => bucketItem(index));

test("the budget holds with 300 items; values go first, then resources, and what is left out is counted", () => {
  const plan = planOf([...buckets(300), volumeItem(1)]);
  const whole = reportBody(input(plan), MANY);
  expect(whole).not.toContain("showing");
  expect(bytes(whole)).toBeGreaterThan(BODY_BYTES);
  const body = reportBody(input(plan));
  expect(bytes(body)).toBeLessThanOrEqual(BODY_BYTES);
  expect(body).toContain("_showing what changes in 20 of 300 resources; the plan file holds all_");
  for (const { resource } of plan.items) expect(body).toContain(`\`${resource.id}\``);
  // What needs the eye is still there.
  expect(body).toContain("`vol-0abc1`");
  expect(body).toContain("## 301 changes in payments: 1 destructive, 300 disruptive");
});

test("where not even the resources fit, they are counted", () => {
  const body = reportBody(input(planOf([...buckets(1_000), volumeItem(1)])));
  expect(bytes(body)).toBeLessThanOrEqual(BODY_BYTES);
  expect(body).toContain("_showing 10 of 1,000 resources_");
  expect(body).toContain("`vol-0abc1`");
});

test("the budget holds with 5,000 held items, all alike or all different", () => {
  const alike = Array.from({ length: 5_000 }, (_, index) => heldItem(index));
  const different = alike.map((item, index) => ({ ...item, reason: `reason ${index}` }));
  for (const held of [alike, different]) {
    const body = reportBody(input(planOf(buckets(3), held)));
    expect(bytes(body)).toBeLessThanOrEqual(BODY_BYTES);
    expect(body).toContain("### Left out: 5,000 fixes held back");
  }
  expect(reportBody(input(planOf(buckets(3), different)))).toContain("_showing 50 of 5,000 groups_");
});

test("every step of the ladder keeps verdict, effect, declining and digest, and its structure sound", () => {
  const plan = planOf(
    [...buckets(120), ...Array.from({ length: 60 }, (_, index) => volumeItem(index))],
    Array.from({ length: 500 }, (_, index) => ({ ...heldItem(index), reason: `reason ${index}` })),
  );
  const policies = new Map<string, PolicyInfo>(POLICIES);
  for (let index = 0; index < 200; index++) policies.set(`policy_${index}`, { title: "x", severity: "low" });
  const findings = Array.from({ length: 200 }, (_, index) => ({
    ...(scanOf().findings[0] ?? bug()),
    policy: `policy_${index}`,
  }));
  const report = { ...input(plan), policies, scan: { ...scanOf(), findings } };
  const sizes = new Set<number>();
  for (const budget of [MANY, 200_000, 60_000, 40_000, 25_000, 15_000, 8_000, 5_000, 2_500, 1_500]) {
    const body = reportBody(report, budget);
    sizes.add(bytes(body));
    expect(bytes(body)).toBeLessThanOrEqual(budget);
    expect(body.startsWith(reportMarker("payments"))).toBe(true);
    expect(body).toContain("## 180 changes in payments: 60 destructive, 120 disruptive; 500 held back");
    expect(body).toContain("**Merging this pull request makes ");
    expect(body).toContain("### To decline a change");
    expect(body).toContain(`Plan \`${planDigest(plan.header).slice(0, 12)}\``);
    const tags = structure(body);
    expect(tags.filter((tag) => tag === "details").length).toBe(tags.filter((tag) => tag === "/details").length);
    if (budget < 60_000) expect(body).toMatch(/showing [\d,]+ of 60 of these changes|showing [\d,]+ of [\d,]+/);
  }
  expect(sizes.size).toBeGreaterThan(5);
  expect(() => reportBody(report, 500)).toThrow(/does not fit/);
});

function bug(): never {
  throw new Error("the sample is empty");
}

test("a plan of which lines were deleted says so; one without items changes nothing", () => {
  const { plan } = sample();
  expect(reportBody(input({ ...plan, items: plan.items.slice(1) }))).toContain("1 planned change was declined.");
  const empty = reportBody(input(planOf([])));
  expect(empty).toContain("**Merging this pull request changes nothing.**");
  expect(empty).not.toContain("### To decline");
});

test("the title has numbers, what is not safe, and the digest", () => {
  const { plan } = sample();
  const digest = planDigest(plan.header).slice(0, 12);
  expect(reportTitle(plan)).toBe(`Fix 3 findings in payments, 1 destructive, 2 disruptive [${digest}]`);
  expect(reportTitle(planOf([{ ...bucketItem(1), risk: "safe" }]))).toMatch(
    /^Fix 1 finding in payments \[[0-9a-f]{12}\]$/,
  );
  const long = reportTitle(plan, `🙂\n${"x".repeat(400)}@team`);
  expect([...long].length).toBeLessThanOrEqual(256);
  expect(long.endsWith(`[${digest}]`)).toBe(true);
  expect(long).not.toMatch(/\n/);
  expect(reportTitle(plan, "@acme/team")).not.toMatch(/@[a-z]/);
  expect(reportTitle({ ...plan, header: { ...plan.header, kind: "undo" } })).toMatch(/^Undo 3 changes in payments/);
});
