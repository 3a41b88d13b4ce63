import { expect, test } from "vitest";
import { diagnose } from "../../src/doctor/doctor.ts";
import type { DoctorFacts } from "../../src/doctor/facts.ts";
import { readWorkflow } from "../../src/doctor/workflows.ts";
import { known, settings, WORKFLOWS, withWorkflow } from "./facts.ts";

const found = (facts: DoctorFacts): Record<string, string> =>
  Object.fromEntries(
    diagnose(facts).checks.flatMap(({ id, status, found: words }) =>
      status === "ok" ? [] : [[id, `${status}: ${words}`]],
    ),
  );
const APPLY = ".github/workflows/evenkeel-apply.yml";
const apply = WORKFLOWS.find(({ path }) => path === APPLY)?.text ?? "";
const edited = (from: string | RegExp, to: string): DoctorFacts => {
  expect(apply).toMatch(from);
  return withWorkflow(APPLY, apply.replace(from, to));
};
const other = (text: string): DoctorFacts => withWorkflow(".github/workflows/other.yml", text);
const SHA = "d23441a48e516b6c34aea4fa41551a30e30af803";

test("the example workflows pass, but for the commit that users must put in", () => {
  expect(found(edited(/zzz|$/, ""))).toEqual({});
  const placeholder = found(edited(new RegExp(`evenkeel/evenkeel@${SHA}`), `evenkeel/evenkeel@${"0".repeat(40)}`));
  expect(placeholder).toEqual({ "workflow-pins": expect.stringContaining("job apply") });
});

test("each way of weakening the apply workflow is found", () => {
  expect(found(edited("environment: remediate", "environment: none"))).toEqual({
    "environment-jobs": expect.stringContaining("outside of remediate"),
  });
  expect(found(edited("  workflow_dispatch:", "  issue_comment:"))).toEqual({
    "workflow-triggers": expect.stringContaining("issue_comment"),
  });
  expect(found(edited("  workflow_dispatch:", "  pull_request:"))).toEqual({
    "workflow-triggers": expect.stringContaining("pull_request"),
  });
  expect(found(edited("      id-token: write", "      packages: write\n      id-token: write"))).toEqual({
    "workflow-permissions": expect.stringContaining("packages: write"),
  });
  expect(found(edited(/actions\/checkout@\w+/, "actions/checkout@v6"))).toEqual({
    "workflow-pins": expect.stringContaining("actions/checkout@v6"),
  });
  expect(found(edited(/ {2}schedule:\n(.*\n){2}/, ""))).toEqual({
    "workflow-apply": expect.stringContaining("does not run on schedule"),
  });
  expect(found(edited("command: apply", "command: report"))).toMatchObject({
    "environment-jobs": expect.stringContaining("without applying plans"),
    "workflow-apply": expect.stringContaining("no workflow"),
  });
});

test("no permissions at all, or all of them, are more than is needed", () => {
  const job = (top: string) =>
    other(
      `on: push\n${top}\njobs:\n  a:\n    steps:\n      - uses: mirror/evenkeel@${SHA}\n        with: { command: scan }\n`,
    );
  expect(found(job("permissions: {}"))).toEqual({});
  expect(found(job("permissions: read-all"))).toEqual({});
  expect(found(job(""))).toEqual({ "workflow-permissions": expect.stringContaining("repository's setting") });
  expect(found(job("permissions: write-all"))).toEqual({
    "workflow-permissions": expect.stringContaining("write-all"),
  });
  expect(found(job("permissions: { contents: write }"))).toEqual({
    "workflow-permissions": expect.stringContaining("contents: write"),
  });
});

test("other workflows matter where they come near the role, and on pull_request_target", () => {
  expect(found(other("on: push\njobs: { a: { steps: [{ uses: x/y@v1 }] } }\n"))).toEqual({});
  expect(found(other("on: [push, pull_request_target]\njobs: { a: { steps: [] } }\n"))).toEqual({
    "workflow-pull-request-target": "wrong: .github/workflows/other.yml",
  });
  expect(
    found(other("on: push\njobs: { a: { permissions: { id-token: write }, steps: [{ uses: x/y@v1 }] } }\n")),
  ).toEqual({
    "workflow-pins": expect.stringContaining("x/y@v1"),
  });
  expect(found(other("on: push\njobs: { a: { environment: { name: Remediate }, steps: [{ run: x }] } }\n"))).toEqual({
    "environment-jobs": expect.stringContaining("other.yml, job a"),
  });
  expect(found(other("on: push\njobs: { a: { environment: '${{ inputs.where }}', steps: [{ run: x }] } }\n"))).toEqual({
    "environment-jobs": expect.stringContaining("worked out"),
  });
});

test("a workflow that cannot be read, or was not, leaves the checks unknown but never hides what is wrong", () => {
  const broken = found(other("on: [push\n"));
  expect(Object.keys(broken).sort()).toEqual([
    "environment-jobs",
    "token-reads",
    "workflow-permissions",
    "workflow-pins",
    "workflow-pull-request-target",
    "workflow-triggers",
  ]);
  expect(broken["workflow-pins"]).toMatch(/^unknown: .*other\.yml/);
  const many = settings({ workflows: known({ files: WORKFLOWS, total: 40 }) });
  expect(found(many)["workflow-pins"]).toContain("3 of 40 workflows were read");
  const wrong = settings({
    workflows: known({ files: [{ path: "w.yml", text: "on: pull_request_target\njobs: {}\n" }], total: 40 }),
  });
  expect(found(wrong)["workflow-pull-request-target"]).toBe("wrong: w.yml");
});

test("triggers are read in each of their forms, and nothing strange breaks the reader", () => {
  const of = (on: string) => {
    const read = readWorkflow({ path: "w", text: `${on}\njobs: {}\n` });
    return "triggers" in read ? read.triggers : read;
  };
  expect(of("on: push")).toEqual(["push"]);
  expect(of("on: [push, pull_request]")).toEqual(["push", "pull_request"]);
  expect(of("on: { push: { branches: [main] }, schedule: [] }")).toEqual(["push", "schedule"]);
  expect(of("name: x")).toEqual([]);
  for (const text of ["", "[]", "jobs: 1", "a: &a [*a]", "\0"])
    expect(readWorkflow({ path: "w", text })).toHaveProperty("because");
  const odd = readWorkflow({
    path: "w",
    text: "on: 1\njobs: { a: 1, b: { steps: 2, permissions: 3, environment: 4, uses: 5 } }\n",
  });
  expect(odd).toMatchObject({
    jobs: [
      { name: "a", uses: [] },
      { name: "b", rights: {}, environment: undefined },
    ],
  });
});
