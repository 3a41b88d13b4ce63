import fc from "fast-check";
import { expect, test } from "vitest";
import { type Comparison, compareFindings, type Judged } from "../../src/preview/compare.ts";
import type { Finding, FindingStatus, Gap } from "../../src/types/scan.ts";
import { configOf, finding, run } from "./made.ts";

const A = "111111111111";
const B = "222222222222";
const STATUSES = ["pass", "fail", "unknown", "out_of_scope"] as const satisfies readonly FindingStatus[];

function judged(findings: readonly Finding[], more: Partial<Judged> = {}): Judged {
  const pairs = new Map(findings.map((one) => [`${one.policy} ${one.account}`, run(one.policy, one.account)]));
  return { findings, gaps: [], policies: [...pairs.values()], config: configOf([A, B]), ...more };
}

const world = fc
  .uniqueArray(
    fc.record({
      policy: fc.constantFrom("p", "q"),
      account: fc.constantFrom(A, B),
      id: fc.constantFrom("a", "b", "c"),
      status: fc.constantFrom(...STATUSES),
    }),
    { selector: ({ policy, account, id }) => `${policy} ${account} ${id}` },
  )
  .map((entries) => entries.map(({ policy, account, id, status }) => finding(policy, account, id, status)));

const sum = (all: readonly Comparison[], of: (one: Comparison) => number): number =>
  all.reduce((total, one) => total + of(one), 0);
const KNOWN: Readonly<Record<FindingStatus, number>> = { pass: 2, fail: 2, unknown: 1, out_of_scope: 0 };

test("a world compared with itself differs in nothing", () => {
  fc.assert(
    fc.property(world, (findings) => {
      for (const one of compareFindings(judged(findings), judged(findings))) {
        expect([one.newlyFailing, one.noLongerFailing, one.lost, one.newlyChecked, one.newlyExcepted].flat()).toEqual(
          [],
        );
        expect(one.base).toEqual(one.head);
      }
    }),
  );
});

test("what one direction loses the other newly checks, and the order of findings makes no difference", () => {
  fc.assert(
    fc.property(world, world, (before, after) => {
      const there = compareFindings(judged(before), judged(after));
      const back = compareFindings(judged(after), judged(before));
      const lost = there.flatMap((one) => one.lost.map((loss) => loss.finding.id)).sort();
      expect(back.flatMap((one) => one.newlyChecked.map(({ id }) => id)).sort()).toEqual(lost);
      expect(compareFindings(judged(before.toReversed()), judged(after.toReversed()))).toEqual(there);
    }),
  );
});

test("every failing resource is accounted for: nothing that stops being looked at counts as mended", () => {
  fc.assert(
    fc.property(world, world, (before, after) => {
      const all = compareFindings(judged(before), judged(after));
      const now = new Map(after.map((one) => [one.id, one]));
      const failing = before.filter(({ status }) => status === "fail");
      const still = failing.filter(({ id }) => now.get(id)?.status === "fail").length;
      const lostFailing = sum(all, (one) => one.lost.filter((loss) => loss.finding.status === "fail").length);
      expect(sum(all, ({ noLongerFailing }) => noLongerFailing.length) + lostFailing + still).toBe(failing.length);
      expect(sum(all, ({ newlyFailing }) => newlyFailing.length) + still).toBe(
        after.filter(({ status }) => status === "fail").length,
      );
      for (const { lost } of all) {
        for (const { finding: was } of lost) {
          const is = now.get(was.id);
          expect(is === undefined ? 0 : KNOWN[is.status]).toBeLessThan(KNOWN[was.status]);
        }
      }
    }),
  );
});

test("why coverage is lost", () => {
  const was = [finding("p", A, "a", "pass")];
  const base = judged(was, { policies: [run("p", A, { scope: "region" }), run("p", B, { scope: "region" })] });
  const cause = (head: Judged): string | undefined => compareFindings(base, head)[0]?.lost[0]?.cause;
  const running = [run("p", A, { scope: "region" })];
  const gap: Gap = {
    account: A,
    region: "eu-west-1",
    type: "s3.bucket",
    operation: "s3:ListBuckets",
    code: "AccessDenied",
    message: "denied",
    remedy: undefined,
    resources: undefined,
    policies: ["p"],
  };
  expect(cause(judged([]))).toBe("policy_removed");
  expect(cause(judged([], { policies: [run("p", B)], config: configOf([B]) }))).toBe("account_removed");
  expect(cause(judged([], { policies: [run("p", B)] }))).toBe("account_excluded");
  expect(cause(judged([], { policies: running, config: configOf([A], { regions: ["us-east-1"] }) }))).toBe(
    "region_removed",
  );
  expect(cause(judged([finding("p", A, "a", "out_of_scope")]))).toBe("when_excludes");
  expect(cause(judged([finding("p", A, "a", "unknown")]))).toBe("unreadable");
  expect(cause(judged([], { policies: running, gaps: [gap] }))).toBe("unreadable");
  expect(cause(judged([], { policies: running, gaps: [{ ...gap, policies: ["q"] }] }))).toBe("not_listed");
  expect(cause(judged(was, { policies: running }))).toBeUndefined();
});

test("a mode that goes down is lost coverage of what is in scope; one that goes up is none", () => {
  const findings = [finding("p", A, "a", "fail"), finding("p", A, "b", "out_of_scope")];
  const of = (mode: "report" | "approve" | "automatic"): Judged =>
    judged(findings, { policies: [run("p", A, { mode })] });
  const [down] = compareFindings(of("automatic"), of("approve"));
  expect(down?.lost.map(({ cause, detail, finding: { resource } }) => [cause, detail, resource.id])).toEqual([
    ["mode_lowered", "automatic → approve", "a"],
  ]);
  expect(compareFindings(of("report"), of("approve"))[0]?.lost).toEqual([]);
});

test("a failing resource that an exception newly covers is told", () => {
  const fails = finding("p", A, "a", "fail");
  const excepted = { reason: "legacy", owner: "ann", expires: "2026-04-01", file: "exceptions/a.yaml", line: 1 };
  const [one] = compareFindings(judged([fails]), judged([{ ...fails, excepted }]));
  expect(one?.newlyExcepted.map(({ id }) => id)).toEqual([fails.id]);
  expect(one?.newlyFailing).toEqual([]);
  expect(compareFindings(judged([{ ...fails, excepted }]), judged([fails]))[0]?.newlyExcepted).toEqual([]);
});
