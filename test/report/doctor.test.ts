import fc from "fast-check";
import { expect, test } from "vitest";
import { diagnose } from "../../src/doctor/doctor.ts";
import { doctorJson, doctorText } from "../../src/report/doctor.ts";
import { FACTS, known, PROTECTOR, protectedBy, settings, unread } from "../doctor/facts.ts";
import { hostileText } from "../text/hostile.ts";
import { expectFit } from "./terminal.ts";

const wide = { width: 120, colour: false };

test("all is well: a verdict, both groups, nothing to mend", () => {
  const text = doctorText(diagnose(FACTS), [], wide);
  expect(text.split("\n")[0]).toBe("acme/policies, main: nothing wrong in 22 security checks");
  expect(text).toMatch(/^Security\nSTATUS {2}CHECK/m);
  expect(text).toMatch(/^ok {6}repository-private/m);
  expect(text).toMatch(/^Operation$/m);
  expect(text).not.toContain("To mend");
});

test("what is wrong, unknown and allowed is told apart, with why and how to mend it", () => {
  const report = diagnose(
    settings({ private: false, actions: unread("administration: read"), codeOwners: known(undefined) }),
  );
  const text = doctorText(report, ["repository-private"], wide);
  expect(text.split("\n")[0]).toBe("acme/policies, main: of 22 security checks 1 wrong, 1 could not be made");
  expect(text).toContain("Allowed by name though unsafe: repository-private");
  expect(text).toMatch(/^allowed {2}repository-private/m);
  expect(text).toMatch(/^wrong {4}code-owners/m);
  expect(text).toMatch(/^unknown {2}actions-approve/m);
  expect(text).toMatch(/code-owners \(security, wrong\)[\s\S]*mend +add to \.github\/CODEOWNERS/);
  expect(text).toMatch(
    /actions-approve \(security, unknown\)[\s\S]*mend +give doctor a token with administration: read/,
  );
});

test("the machine form has every check; an allowed one keeps its status", () => {
  const report = diagnose(settings({ private: false }));
  expect(doctorJson(report, ["repository-private", "actions-approve"])).toMatchObject({
    version: 1,
    repository: "acme/policies",
    branch: "main",
    allowed: ["repository-private"],
    checks: expect.arrayContaining([
      expect.objectContaining({
        id: "repository-private",
        group: "security",
        status: "wrong",
        mend: expect.stringContaining("Settings"),
      }),
    ]),
  });
  const { checks } = doctorJson(report, []);
  expect(checks).toHaveLength(report.checks.length);
  expect(JSON.stringify(checks)).not.toContain('"mend":""');
});

test("hostile names of rulesets, checks and files stay within their lines", () => {
  fc.assert(
    fc.property(hostileText, (text) => {
      const facts = protectedBy({
        ...PROTECTOR,
        name: text,
        checks: [{ name: text, pinned: false }],
        bypass: known([text]),
      });
      const report = diagnose({ ...facts, configFile: text, planPath: text });
      expectFit((width, colour) => doctorText(report, [], { width, colour }));
    }),
    { numRuns: 20 },
  );
});
