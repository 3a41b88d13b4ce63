import { expect, test } from "vitest";
import { reportBody } from "../../src/report/body.ts";
import { exceptedVerdict, exceptionRemarks } from "../../src/report/exceptions.ts";
import { exceptedSection } from "../../src/report/exceptions-markdown.ts";
import { findingsText } from "../../src/report/findings.ts";
import { scanJson } from "../../src/report/json.ts";
import { fitting } from "../../src/report/ladder.ts";
import { scanSummary } from "../../src/report/summary.ts";
import type { Exception, ExceptionsState } from "../../src/types/exception.ts";
import type { HeldItem } from "../../src/types/plan.ts";
import type { Finding } from "../../src/types/scan.ts";
import { exception } from "../support/exceptions.ts";
import { bucketItem, coverageOf, finding, heldItem, POLICIES, planOf } from "./sample.ts";
import { expectFit } from "./terminal.ts";

const POLICY = "s3_bucket_public_access_block";
const wide = { width: 110, colour: false, policies: POLICIES };

function failing(number: number, by?: Exception): Finding {
  const plain = finding(number, "fail", POLICY);
  if (by === undefined) return plain;
  const { reason, owner, expires, file, line, ticket } = by;
  return { ...plain, excepted: { reason, owner, expires, file, line, ...(ticket === undefined ? {} : { ticket }) } };
}

const BY = exception({ resource: "x" }, { policy: POLICY, ticket: "SEC-1", line: 3 });
const OLD = exception({ resource: "y" }, { policy: POLICY, id: "old-one", expires: "2025-12-31", line: 9 });
const STATE: ExceptionsState = {
  excepted: 2,
  expiring: [{ exception: BY, findings: 2 }],
  expired: [{ exception: OLD, findings: 1 }],
  unused: [{ exception: exception({ resource: "z" }, { line: 20 }), why: "there is no such resource" }],
  unreadable: [{ exception: exception({ tag: { a: "b" } }, { line: 30 }), findings: 1, message: "AccessDenied" }],
};
const SCAN = {
  findings: [failing(1, BY), failing(2, BY), failing(3), finding(4, "pass", POLICY)],
  coverage: coverageOf([]),
  exceptions: STATE,
};
const section = (scan: Parameters<typeof exceptedSection>[0]): string =>
  fitting(100_000, (detail) => exceptedSection(scan, detail));

test("what is excepted is counted among what fails", () => {
  expect(exceptedVerdict(SCAN.findings)).toBe("2 of 3 failing findings are excepted");
  expect(exceptedVerdict([failing(1, BY)])).toBe("1 of 1 failing finding is excepted");
  expect(exceptedVerdict([failing(1)])).toBe("");
});

test("where a renewal is proposed it is said, and in Markdown the number is a link", () => {
  const noted = STATE.expiring.map((note) => ({ ...note, renewal: 12 }));
  const ended = STATE.expired.map((note) => ({ ...note, renewal: 13 }));
  const scan = { ...SCAN, exceptions: { ...STATE, expiring: noted, expired: ended } };
  expect(section(scan)).toContain("it covers 2 failing resources; renewal proposed in #12\n");
  expect(section(scan)).toContain("1 resource fails without it again; renewal proposed in #13\n");
  expect(findingsText(scan, wide)).toContain("renewal proposed in #12");
  expect(section(SCAN)).not.toContain("renewal proposed");
});

test("every exception that somebody should look at is told with its place, what matters most first", () => {
  expect(exceptionRemarks(STATE)).toEqual([
    {
      file: "exceptions/a.yaml",
      line: 9,
      message: `exception old-one from ${POLICY} (team-a) expired after 2025-12-31: 1 resource fails without it again`,
    },
    {
      file: "exceptions/a.yaml",
      line: 30,
      message:
        "exception from x_thing_blocked (team-a) not counted for 1 failing resource, whose tags could not be read: AccessDenied",
    },
    {
      file: "exceptions/a.yaml",
      line: 3,
      message: `exception from ${POLICY} (team-a) expires after 2026-03-01; it covers 2 failing resources`,
    },
    {
      file: "exceptions/a.yaml",
      line: 20,
      message: "exception from x_thing_blocked (team-a) unused: there is no such resource; delete it",
    },
  ]);
  expect(exceptionRemarks(undefined)).toEqual([]);
});

test("the terminal shows excepted resources as failing, and by which exception", () => {
  const text = findingsText(SCAN, wide);
  expect(text).toContain("3 of 148 resources fail 1 policy");
  expect(text).toContain("acme-logs-1  111111111111 eu-west-1  (excepted until 2026-03-01)\n");
  expect(text).toMatch(/acme-logs-3 {2}111111111111 eu-west-1\n/);
  expect(text).toContain("  2 of 3 failing findings are excepted: they fail, and are left as they are.\n");
  expect(text).toContain(`  ${POLICY}: 2 resources until 2026-03-01, team-a\n`);
  expect(text).toContain("    the vendor's bucket, replaced in spring (SEC-1)\n");
  expect(text).toContain("exceptions/a.yaml:9: exception old-one");
  expectFit((width, colour) => findingsText(SCAN, { ...wide, width, colour }));
});

test("without exceptions there is no word of them", () => {
  const { exceptions: _, ...rest } = { ...SCAN, findings: [failing(3)] };
  expect(findingsText(rest, wide)).not.toMatch(/except/i);
  expect(section(rest)).toBe("");
  expect(section(undefined)).toBe("");
  expect(scanSummary(rest, POLICIES)).not.toMatch(/excepted/i);
  expect("exceptions" in scanJson(rest)).toBe(false);
});

test("the pull request has a section with owner and day, and does not tell the same twice", () => {
  const held: HeldItem[] = [{ ...heldItem(1), outcome: "excepted", reason: "excepted until 2026-03-01" }, heldItem(2)];
  const input = { plan: planOf([bucketItem(1)], held), planPath: "plans/payments.jsonl", policies: POLICIES };
  const body = reportBody({ ...input, scan: SCAN });
  expect(body).toContain("### Excepted\n\n2 of 3 failing findings are excepted: they fail, and are left as they are.");
  expect(body).toContain("| Policy | Resources | Owner | Until | Why | Which |");
  expect(body).toMatch(
    /\| 2 \| team-a \| 2026-03-01 \| the vendor's bucket, replaced in spring \(SEC-1\) \| `acme-logs-1`/,
  );
  expect(body).toContain("- `exceptions/a.yaml:9`: exception old-one");
  expect(body).toContain("Left out: 1 fix held back");
  const bare = reportBody(input);
  expect(bare).not.toContain("### Excepted");
  expect(bare).toContain("Left out: 2 fixes held back");
});

test("the summary has the same section, and marks the resources", () => {
  const summary = scanSummary(SCAN, POLICIES);
  expect(summary).toContain("### Excepted");
  expect(summary).toContain("(excepted until 2026-03-01)");
});

test("owner, reason and ticket cannot break out of the section", () => {
  const hostile = "a | b\n# @all <img src=x> `x` [l](http://e.vil)";
  const by = exception({ resource: "x" }, { policy: POLICY, owner: hostile, reason: hostile, ticket: hostile });
  const text = section({
    findings: [failing(1, by)],
    exceptions: { ...STATE, expiring: [{ exception: by, findings: 1 }] },
  });
  const row = text.split("\n").find((line) => line.includes("acme-logs-1")) ?? "";
  expect(row.split(/(?<!\\)\|/)).toHaveLength(8);
  expect(text).not.toMatch(/^# /m);
  expect(text).not.toMatch(/<img|@all|http:/);
});

test("a tight budget still gives a body", () => {
  const many = Array.from({ length: 300 }, (_, index) =>
    failing(index, exception({ resource: "x" }, { line: index, reason: "x".repeat(900) })),
  );
  const state = { ...STATE, unused: many.map((_, line) => ({ exception: exception({}, { line }), why: "unused" })) };
  const input = { plan: planOf([bucketItem(1)]), planPath: "p", policies: POLICIES };
  const body = reportBody({ ...input, scan: { ...SCAN, findings: many, exceptions: state } }, 20_000);
  expect(Buffer.byteLength(body)).toBeLessThanOrEqual(20_000);
  expect(body).toContain("300 of 300 failing findings are excepted");
  expect(body).toMatch(/showing \d+ of 300 exceptions/);
});

test("the machine form gives the exceptions and what they cover", () => {
  const json = scanJson(SCAN);
  expect(json).toMatchObject({ version: 1, exceptions: { excepted: 2, expired: [{ findings: 1 }] } });
  expect(JSON.stringify(json["findings"])).toContain('"ticket":"SEC-1"');
});
