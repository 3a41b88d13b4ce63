import { expect, test } from "vitest";
import { requiresReviews } from "../../src/doctor/branch.ts";
import { CHECKS, checkIds } from "../../src/doctor/check.ts";
import { diagnose, doctorExit, securityBlockers } from "../../src/doctor/doctor.ts";
import type { DoctorFacts, Protector } from "../../src/doctor/facts.ts";
import { FACTS, known, PROTECTOR, protectedBy, SETTINGS, settings, unread, withWorkflow } from "./facts.ts";

const bad = (facts: DoctorFacts): string[] =>
  diagnose(facts).checks.flatMap(({ id, status }) => (status === "ok" ? [] : [`${id} ${status}`]));

test("a repository in order has every check once, all of them ok", () => {
  const { checks } = diagnose(FACTS);
  expect(checks.map(({ id }) => id)).toEqual(checkIds);
  expect(bad(FACTS)).toEqual([]);
  expect(checks.every(({ mend, found }) => mend === "" && found !== "")).toBe(true);
  expect(doctorExit(diagnose(FACTS), [])).toBe(0);
});

const { pullRequest } = PROTECTOR;
const review = (change: Partial<NonNullable<Protector["pullRequest"]>>): DoctorFacts =>
  protectedBy({
    ...PROTECTOR,
    pullRequest: { approvals: 1, codeOwners: true, dismissStale: true, lastPush: true, ...pullRequest, ...change },
  });
const environment = (change: object): DoctorFacts =>
  settings({
    environment: known({
      name: "remediate",
      adminsBypass: false,
      branches: known([{ name: "main", kind: "branch" as const }]),
      ...change,
    }),
  });
const roles = (read: object, remediate: object): DoctorFacts => ({
  ...FACTS,
  roles: { read: { name: "r", ...read }, remediate: { name: "w", ...remediate } },
});

test.each<[string, DoctorFacts, string[]]>([
  ["public", settings({ private: false }), ["repository-private wrong"]],
  ["no approval", review({ approvals: 0 }), ["branch-approvals wrong", "branch-bypass wrong"]],
  ["no code owners", review({ codeOwners: false }), ["branch-code-owners wrong"]],
  ["stale approvals", review({ dismissStale: false }), ["branch-stale-approvals wrong"]],
  ["last push", review({ lastPush: false }), ["branch-last-push wrong"]],
  ["force push", protectedBy({ ...PROTECTOR, noForcePush: false }), ["branch-force-push wrong", "branch-bypass wrong"]],
  ["deletion", protectedBy({ ...PROTECTOR, noDeletion: false }), ["branch-deletion wrong", "branch-bypass wrong"]],
  ["no check", protectedBy({ ...PROTECTOR, checks: [] }), ["branch-required-check wrong"]],
  ["bypass", protectedBy({ ...PROTECTOR, bypass: known(["administrators"]) }), ["branch-bypass wrong"]],
  ["no CODEOWNERS", settings({ codeOwners: known(undefined) }), ["code-owners wrong"]],
  [
    "Actions approve",
    settings({ actions: known({ canApprove: true, defaultWrite: false }) }),
    ["actions-approve wrong"],
  ],
  [
    "default write",
    settings({ actions: known({ canApprove: false, defaultWrite: true }) }),
    ["workflow-default-permissions wrong"],
  ],
  [
    "no environment",
    settings({ environment: known(undefined) }),
    ["environment-exists wrong", "environment-branches wrong", "environment-admins wrong"],
  ],
  ["all branches", environment({ branches: "all" }), ["environment-branches wrong"]],
  ["protected branches", environment({ branches: "protected" }), ["environment-branches wrong"]],
  ["a pattern", environment({ branches: known([{ name: "ma*", kind: "branch" }]) }), ["environment-branches wrong"]],
  ["a tag", environment({ branches: known([{ name: "main", kind: "tag" }]) }), ["environment-branches wrong"]],
  ["no branch", environment({ branches: known([]) }), ["environment-branches wrong"]],
  ["admins pass", environment({ adminsBypass: true }), ["environment-admins wrong"]],
  ["admins not said", environment({ adminsBypass: undefined }), ["environment-admins wrong"]],
  ["one role", roles({ name: "x", external_id: "a" }, { name: "x", external_id: "b" }), ["roles-distinct wrong"]],
  ["no ExternalId", roles({ external_id: "a" }, {}), ["roles-external-ids wrong"]],
  ["one ExternalId", roles({ external_id: "a" }, { external_id: "a" }), ["roles-external-ids wrong"]],
  [
    "no configuration",
    { ...FACTS, roles: undefined },
    ["roles-distinct wrong", "roles-external-ids wrong", "configuration wrong"],
  ],
  ["problems", { ...FACTS, problems: 2 }, ["configuration wrong"]],
  [
    "the journal",
    settings({ journal: { branch: "evenkeel/journal", protectors: [], unread: [] } }),
    ["journal-branch wrong"],
  ],
  ["the job's token", { ...FACTS, token: "job" }, ["github-app wrong"]],
  ["old Node", { ...FACTS, node: "22.9.0" }, ["node-version wrong"]],
])("%s is found, and nothing else", (_, facts, expected) => {
  expect(bad(facts)).toEqual(expected);
  const [first] = diagnose(facts).checks.filter(({ status }) => status === "wrong");
  expect(first?.mend).not.toBe("");
});

test("a journal in a bucket needs no branch that is protected", () => {
  const unprotected = settings({ journal: { branch: "evenkeel/journal", protectors: [], unread: [] } });
  expect(bad({ ...unprotected, bucket: "s3://acme-journal/evenkeel/" })).toEqual([]);
});

test("an unprotected branch fails every check on it", () => {
  const ids = checkIds.filter((id) => id.startsWith("branch-"));
  expect(bad(protectedBy())).toEqual(ids.map((id) => `${id} wrong`));
  expect(ids).toHaveLength(9);
});

test("what could not be read is unknown, names the permission, and is never taken for absent", () => {
  const admin = { name: "branch protection", because: "denied", needs: "administration: read" };
  const report = diagnose(settings({ branch: { branch: "main", protectors: [], unread: [admin] } }));
  const branch = report.checks.filter(({ id }) => id.startsWith("branch-"));
  expect(new Set(branch.map(({ status }) => status))).toEqual(new Set(["unknown"]));
  expect(branch.every(({ mend }) => mend.includes("administration: read"))).toBe(true);
  expect(bad(settings({ actions: unread("administration: read") }))).toEqual([
    "actions-approve unknown",
    "workflow-default-permissions unknown",
    "token-reads wrong",
  ]);
  expect(bad(settings({ environment: unread("actions: read") }))).toHaveLength(4);
  expect(bad(settings({ codeOwners: unread("contents: read") }))).toEqual(["code-owners unknown", "token-reads wrong"]);
  expect(bad(settings({ workflows: unread("contents: read") }))).toHaveLength(9);
});

test("demands add up over protectors; a demand with a bypass counts where another one has none", () => {
  const nothing: Protector = {
    ...PROTECTOR,
    pullRequest: undefined,
    noForcePush: false,
    noDeletion: false,
    checks: [],
  };
  const loose = { ...PROTECTOR, bypass: known(["administrators"]) };
  expect(bad(protectedBy({ ...nothing, noForcePush: true }, { ...PROTECTOR, noForcePush: false }))).toEqual([]);
  expect(bad(protectedBy(loose, PROTECTOR))).toEqual([]);
  const found = diagnose(protectedBy(loose, { ...nothing, noForcePush: true })).checks.find(
    ({ id }) => id === "branch-bypass",
  );
  expect(found?.found).toContain('administrators (ruleset "main")');
  expect(found?.found).not.toContain("force pushes");
  // Who may bypass is not told to everybody.
  expect(bad(protectedBy({ ...PROTECTOR, bypass: unread("administration: write") }))).toContain(
    "branch-bypass unknown",
  );
  // Protection that could not be read does not put in doubt what a ruleset asks for.
  const admin = { name: "branch protection", because: "denied", needs: "administration: read" };
  expect(bad(settings({ branch: { ...SETTINGS.branch, unread: [admin] } }))).toEqual([]);
});

test("which reviews a branch asks for; where that is not known, the strict way", () => {
  expect(requiresReviews(SETTINGS.branch)).toBe(true);
  expect(requiresReviews({ ...SETTINGS.branch, protectors: [] })).toBe(false);
  const admin = { name: "branch protection", because: "denied", needs: "administration: read" };
  expect(requiresReviews({ ...SETTINGS.branch, protectors: [], unread: [admin] })).toBe(true);
});

test("blockers are security only, less what is allowed by name; exit codes follow", () => {
  const wrong = diagnose(settings({ private: false, actions: unread("administration: read") }));
  const ids = (...args: Parameters<typeof securityBlockers>) => securityBlockers(...args).map(({ id }) => id);
  expect(ids(wrong, [])).toEqual(["repository-private", "actions-approve"]);
  expect(ids(wrong, ["repository-private"])).toEqual(["actions-approve"]);
  expect(doctorExit(wrong, [])).toBe(1);
  expect(doctorExit(wrong, ["repository-private"])).toBe(3);
  expect(doctorExit(wrong, ["repository-private", "actions-approve"])).toBe(0);
  const operation = diagnose({ ...FACTS, node: "20.0.0", problems: 1 });
  expect(ids(operation, [])).toEqual([]);
  expect(doctorExit(operation, [])).toBe(0);
});

test("a workflow that gives report an app's token is enough for the check on the app", () => {
  const text =
    "on: { schedule: [{ cron: '1 2 * * *' }] }\njobs: { r: { permissions: { contents: write }, steps: [{ uses: acme/evenkeel@d23441a48e516b6c34aea4fa41551a30e30af803, with: { github-token: '${{ steps.app.outputs.token }}' } }] } }\n";
  expect(bad({ ...withWorkflow(".github/workflows/evenkeel-report.yml", text), token: "job" })).toEqual([]);
});

test("every check has a title and a reason that read as sentences", () => {
  for (const [group, title, why] of Object.values(CHECKS)) {
    expect(["security", "operation"]).toContain(group);
    expect(title).toMatch(/^[a-zA-Z].*[^.]$/);
    expect(why).toMatch(/^[a-zA-Z].*[^.]$/);
  }
});
