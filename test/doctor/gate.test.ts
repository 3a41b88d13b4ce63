import { expect, test } from "vitest";
import { isSecurityId, nearestCheck, securityIds } from "../../src/doctor/allow.ts";
import { diagnose } from "../../src/doctor/doctor.ts";
import { gateOf } from "../../src/doctor/gate.ts";
import { FACTS, PROTECTOR, SETTINGS, settings, unread } from "./facts.ts";

const ids = (checks: readonly { readonly id: string }[]) => checks.map(({ id }) => id);

test("what is wrong stops; what is not known, or not of security, does not", () => {
  const bypass = { ...PROTECTOR, bypass: unread("administration: write") };
  const report = diagnose({
    ...settings({
      private: false,
      actions: unread("administration: read"),
      branch: { ...SETTINGS.branch, protectors: [bypass] },
    }),
    node: "20.0.0",
    problems: 3,
  });
  const { wrong, unread: notKnown, allowed } = gateOf(report, []);
  expect([ids(wrong), ids(notKnown), allowed]).toEqual([
    ["repository-private"],
    ["branch-bypass", "actions-approve"],
    [],
  ]);
  const lenient = gateOf(report, ["repository-private", "branch-bypass"]);
  expect([ids(lenient.wrong), ids(lenient.unread), ids(lenient.allowed)]).toEqual([
    [],
    ["actions-approve"],
    ["repository-private", "branch-bypass"],
  ]);
});

test("the journal's branch is judged only where it was looked at", () => {
  const { journal: _, ...rest } = SETTINGS;
  const report = diagnose({ ...FACTS, settings: rest });
  expect(ids(report.checks)).not.toContain("journal-branch");
  expect(ids(diagnose(FACTS).checks)).toContain("journal-branch");
});

test("where GitHub's plan has no rules, the remedy says so, for all that only rules can give", () => {
  const branch = { branch: "main", protectors: [], unread: [], notOffered: true };
  const { wrong } = gateOf(diagnose(settings({ branch })), []);
  expect(ids(wrong)).toHaveLength(9);
  for (const { id, mend } of wrong) expect(mend, id).toContain("does not offer this to private repositories");
});

test("only checks on security can be allowed", () => {
  expect(securityIds).toHaveLength(22);
  expect(isSecurityId("code-owners")).toBe(true);
  expect(isSecurityId("node-version")).toBe(false);
  expect(nearestCheck("code-owner")).toBe("code-owners");
});
