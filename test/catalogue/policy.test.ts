import { expect, test } from "vitest";
import { at, edit, load, POLICY, problemsOf, REMEDIATION, TEXTS, TYPE } from "../support/catalogue-texts.ts";

/** Every problem after one edit of the policy; `@` for the place of the marked text. */
function after(from: string, to: string, marked: string, base = TEXTS): string[] {
  const texts = edit(POLICY, from, to, base);
  return problemsOf(texts).map((line) => line.replace(`${at(texts, POLICY, marked)}: `, "@ "));
}

const LAST = "remediation: { id: x.block-thing }\n";
const tests = (text: string) => `${LAST}tests:\n  - ${text}\n`;

test.each([
  ["resource: x.thing", "resource: x.thnig", "x.thnig", "unknown resource type `x.thnig` (did you mean x.thing?)"],
  [
    "id: x.block-thing",
    "id: x.blokc-thing",
    "x.blokc-thing",
    "unknown remediation `x.blokc-thing` (did you mean x.block-thing?)",
  ],
  ["params.wanted\n", "params.watned\n", "watned", "has no member watned (did you mean wanted?)"],
  [
    "resource.Block.BlockPublicAcls &&",
    "resource.Blokc.BlockPublicAcls &&",
    "Blokc",
    "has no member Blokc (did you mean Block?)",
  ],
  ["severity: high", "severity: high\nwhen: resource.Name", "resource.Name", "expected"],
  [
    "severity: high",
    "severity: high\nreason: resource.Block.BlockPublicAcls",
    "resource.Block.BlockPublicAcls\nresource",
    "expected text",
  ],
  ["check: |", "check: resource.Name\nrationale: |", "resource.Name", "expected"],
  ["default: true }", 'default: "yes" }', '"yes"', 'parameter `wanted` is "yes"; expected boolean'],
  [
    "id: x.block-thing }",
    "id: x.block-thing, params: { BlokcPublicPolicy: true } }",
    "BlokcPublicPolicy",
    "unknown parameter `BlokcPublicPolicy`; expected BlockPublicPolicy (did you mean BlockPublicPolicy?)",
  ],
  ["id: x.block-thing }", "id: x.block-thing, params: { BlockPublicPolicy: 7 } }", "7 }", "expected boolean"],
  ["id: x.block-thing }", 'id: x.block-thing, params: { BlockPublicPolicy: "${region}" } }', "region", "region"],
  [
    "severity: high",
    'severity: high\nreason: "resource.Secret"',
    '"resource.Secret"',
    "`resource.Secret` may hold something secret, and a reason is read by many people",
  ],
  [LAST, tests("{ name: a, resource: { Nmae: x }, expect: fail }"), "Nmae", "has no member Nmae (did you mean Name?)"],
  [LAST, tests("{ name: a, resource: { Name: 7 }, expect: fail }"), "7 }", "expected text"],
  [
    LAST,
    tests("{ name: a, resource: {}, expect: fail, params: { watned: true } }"),
    "watned",
    "unknown parameter `watned`; expected wanted (did you mean wanted?)",
  ],
  [
    LAST,
    tests("{ name: a, resource: {}, expect: fail, remediation_params: { X: true } }"),
    "X: true",
    "unknown parameter `X`",
  ],
  [
    LAST,
    tests("{ name: a, resource: {}, expect: pass, plan: [] }"),
    "plan:",
    "`plan` has an effect with `expect: fail` only",
  ],
  [LAST, tests("{ name: a, resource: {}, expect: pass, blocked: x }"), "blocked: x", "`blocked` needs `expect: fail`"],
  [
    LAST,
    tests("{ name: a, resource: {}, expect: fail, blocked: x, plan: [] }"),
    "plan:",
    "`plan` has no effect beside `blocked`",
  ],
  [
    LAST,
    tests("{ name: a, resource: {}, expect: fail, undo: [] }"),
    "undo:",
    "`undo` has an effect beside `plan` only",
  ],
  [
    LAST,
    tests("{ name: a, resource: {}, expect: fail, now: yesterday }"),
    "yesterday",
    "`yesterday` is not a time of ISO 8601",
  ],
  [
    LAST,
    tests("{ name: a, resource: {}, expect: fail, plan: [{ call: s3:PutPublicAccesBlock }] }"),
    "s3:PutPublicAccesBlock",
    "`x.block-thing` has no step `s3:PutPublicAccesBlock` (did you mean s3:PutPublicAccessBlock?)",
  ],
  [
    LAST,
    tests("{ name: a, resource: {}, expect: fail }\n  - { name: a, resource: { Name: x }, expect: fail }"),
    "a, resource: { Name",
    "two tests are named `a`",
  ],
  [LAST, "tests: [{ name: a, resource: {}, expect: fail, plan: [] }]\n", "plan:", "the policy has no remediation"],
])("%#: an edit that breaks a rule is told at its place: %s", (from, to, marked, message) => {
  const found = after(from, to, marked);
  expect(found, found.join("\n")).toEqual([expect.stringContaining("@ ")]);
  expect(found[0]).toContain(message);
});

test("a remediation of another type, and a destructive one that would run by itself, are refused", () => {
  const other = edit(
    POLICY,
    "resource: x.thing\ncheck: |\n  resource.Block.BlockPublicAcls &&\n  resource.Block.BlockPublicPolicy",
    "resource: x.account\ncheck: |\n  resource.Block.BlockPublicPolicy",
  );
  expect(problemsOf(other)).toEqual([
    `${at(other, POLICY, "x.block-thing")}: \`x.block-thing\` changes \`x.thing\`, but the policy checks \`x.account\``,
  ]);
  const automatic = edit(
    POLICY,
    "id: x.block-thing",
    "id: x.block-thing, mode: automatic",
    edit(REMEDIATION, "risk: disruptive", "risk: destructive"),
  );
  expect(problemsOf(automatic)).toEqual([
    `${at(automatic, POLICY, "automatic")}: \`x.block-thing\` is destructive and never runs automatically`,
  ]);
});

test("a member that AWS marks as secret gets into no reason, however deep and through whatever list it stands", () => {
  const base = edit(
    TYPE,
    "  Policies: {",
    '  Fn:\n    call: lambda:GetFunctionConfiguration\n    with: { FunctionName: "${id}" }\n    value: output\n  Policies: {',
  );
  expect(problemsOf(base)).toEqual([]);
  const reason = (text: string) => after("severity: high", `severity: high\nreason: ${text}`, text, base);
  expect(reason("string(resource.Fn.Environment.Variables.size())")).toEqual([
    expect.stringContaining("`resource.Fn.Environment.Variables` may hold something secret"),
  ]);
  expect(reason('resource.Fn.Handler + "."')).toEqual([]);
  expect(reason("string(resource.Fn == resource.Fn)")).toEqual([expect.stringContaining("may hold something")]);
});

test("a policy names what it needs: region, partition, id, arn, account and time have their types", () => {
  const check =
    '  resource.Name == id && arn.startsWith(partition) && account.labels.size() > 0 && region != "" && now > timestamp("2026-01-01T00:00:00Z") &&\n  resource.Block.BlockPublicAcls &&';
  expect(problemsOf(edit(POLICY, "  resource.Block.BlockPublicAcls &&", check))).toEqual([]);
  const compiled = load(TEXTS).catalogue.policies.get("x_thing_blocked");
  expect(compiled?.check.reads).toContainEqual(["resource", "Block", "BlockPublicAcls"]);
  expect(compiled?.remediation?.file.id).toBe("x.block-thing");
});
