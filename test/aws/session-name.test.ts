import fc from "fast-check";
import { expect, test } from "vitest";
import { assumeRoleIdentity, sessionName } from "../../src/aws/session-name.ts";

test("names of runs stay as they are; what AWS does not take is replaced", () => {
  expect(sessionName("evenkeel-1234-1")).toBe("evenkeel-1234-1");
  expect(sessionName("run 12/3: main")).toBe("run-12-3-main");
  expect(sessionName("sha256:äöü")).toBe("sha256-");
});

test("a long name keeps both ends, where run and digest stand", () => {
  const name = sessionName(`run-42-${"x".repeat(80)}-deadbeef`);
  expect(name.length).toBeLessThanOrEqual(64);
  expect(name.startsWith("run-42-")).toBe(true);
  expect(name.endsWith("-deadbeef")).toBe(true);
});

test("any text becomes a name that AWS takes", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => {
      expect(sessionName(text)).toMatch(/^[\w+=,.@-]{2,64}$/);
    }),
  );
});

test("source identity and tags are sent only where they are set", () => {
  expect(assumeRoleIdentity({ name: "run-1" })).toEqual({ RoleSessionName: "run-1" });
  expect(assumeRoleIdentity({ name: "run-1", sourceIdentity: "gh 1", tags: { PlanDigest: "a;b" } })).toEqual({
    RoleSessionName: "run-1",
    SourceIdentity: "gh-1",
    Tags: [{ Key: "PlanDigest", Value: "a-b" }],
    TransitiveTagKeys: ["PlanDigest"],
  });
});
