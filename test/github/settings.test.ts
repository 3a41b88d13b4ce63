import { expect, test } from "vitest";
import { diagnose } from "../../src/doctor/doctor.ts";
import { readBranchFacts, readSettings } from "../../src/github/settings.ts";
import { FACTS, OWNERS, WORKFLOWS } from "../doctor/facts.ts";
import { assertCleanAfterEach, start } from "../support/github/harness.ts";
import { connect, writes } from "./client-under-test.ts";

assertCleanAfterEach();
const names = { environment: "remediate", journal: "evenkeel/journal" };

const PULL_REQUEST = {
  type: "pull_request" as const,
  parameters: {
    required_approving_review_count: 1,
    dismiss_stale_reviews_on_push: true,
    require_code_owner_review: true,
    require_last_push_approval: true,
    required_review_thread_resolution: false,
  },
};
const CHECK = {
  type: "required_status_checks" as const,
  parameters: {
    strict_required_status_checks_policy: false,
    required_status_checks: [{ context: "preview", integration_id: 7 }, { context: "lint" }],
  },
};
const KEEP = [{ type: "non_fast_forward" as const }, { type: "deletion" as const }];

/** A repository in order, by rulesets. */
async function inOrder(options: Parameters<typeof start>[0] = {}) {
  const started = await start({ repositories: [{ actionsMayCreatePulls: false }], ...options });
  const { repo } = started;
  repo.commit("main", {
    ".github/CODEOWNERS": OWNERS,
    ...Object.fromEntries(WORKFLOWS.map(({ path, text }) => [path, text])),
  });
  repo.ruleset({ name: "main", rules: [PULL_REQUEST, CHECK, ...KEEP] });
  repo.ruleset({ name: "journal", include: ["refs/heads/evenkeel/journal"], rules: KEEP });
  repo.environment("remediate", { branches: ["main"], canAdminsBypass: false });
  return started;
}

test("a repository in order, read by an administrator's token, is in order; nothing is written", async () => {
  const { github } = await inOrder();
  const { client } = await connect(github, { token: "ghp_admin" });
  const settings = await readSettings(client, names);
  const { checks } = diagnose({ ...FACTS, settings });
  expect(checks.filter(({ status }) => status !== "ok")).toEqual([]);
  expect(settings.branch.protectors).toEqual([
    {
      name: 'ruleset "main"',
      pullRequest: { approvals: 1, codeOwners: true, dismissStale: true, lastPush: true },
      noForcePush: true,
      noDeletion: true,
      checks: [
        { name: "preview", pinned: true },
        { name: "lint", pinned: false },
      ],
      bypass: { known: true, value: [] },
    },
  ]);
  expect(writes(github)).toEqual([]);
  expect(github.log.length).toBeLessThanOrEqual(20);
});

test("a bare repository: everything is wrong, nothing is unknown to an administrator", async () => {
  const { github } = await start({ repositories: [{ private: false }] });
  const { client } = await connect(github, { token: "ghp_admin" });
  const settings = await readSettings(client, names);
  expect(settings).toMatchObject({
    private: false,
    branch: { protectors: [], unread: [] },
    codeOwners: { known: true, value: undefined },
    actions: { known: true, value: { canApprove: true, defaultWrite: false } },
    environment: { known: true, value: undefined },
    workflows: { known: true, value: { files: [], total: 0 } },
  });
  expect(github.calls("repos/get-branch-protection")).toEqual([]);
});

test("classic protection is read with everybody who passes it by", async () => {
  const { github, repo } = await start();
  repo.protect("main", {
    approvals: 2,
    codeOwners: true,
    dismissStale: true,
    lastPushApproval: true,
    checks: [{ context: "a" }, { context: "b", app: 3 }],
    allowDeletions: true,
  });
  const { client } = await connect(github, { token: "ghp_admin" });
  const { protectors, unread } = await readBranchFacts(client, "main");
  expect(unread).toEqual([]);
  expect(protectors).toEqual([
    {
      name: "branch protection",
      pullRequest: { approvals: 2, codeOwners: true, dismissStale: true, lastPush: true },
      noForcePush: true,
      noDeletion: false,
      checks: [
        { name: "a", pinned: false },
        { name: "b", pinned: true },
      ],
      bypass: { known: true, value: ["administrators"] },
    },
  ]);
  repo.protect("main", { enforceAdmins: true });
  expect((await readBranchFacts(client, "main")).protectors).toMatchObject([
    { pullRequest: undefined, noDeletion: true, checks: [], bypass: { value: [] } },
  ]);
});

test("what a job's token may not see is unknown, with the permission that is missing", async () => {
  const { github, repo } = await inOrder();
  repo.protect("main", { approvals: 1 });
  github.addToken("ghs_job", {
    login: "github-actions[bot]",
    permissions: { contents: "write", pull_requests: "write" },
  });
  const { client } = await connect(github, { token: "ghs_job" });
  const settings = await readSettings(client, names);
  expect(settings.branch.unread).toEqual([
    { name: "branch protection", because: expect.stringContaining("not accessible"), needs: "administration: read" },
  ]);
  expect(settings.branch.protectors).toMatchObject([{ name: 'ruleset "main"', bypass: { known: false } }]);
  expect(settings.actions).toMatchObject({ known: false, needs: "administration: read" });
  expect(settings.environment).toMatchObject({ known: false, needs: "actions: read" });
  const unknown = diagnose({ ...FACTS, settings }).checks.filter(({ status }) => status === "unknown");
  expect(unknown.map(({ id }) => id)).toEqual([
    "branch-bypass",
    "actions-approve",
    "environment-exists",
    "environment-branches",
    "environment-admins",
    "workflow-default-permissions",
  ]);
});

test("a disabled ruleset protects nothing; who may bypass is said by name of the role", async () => {
  const { github, repo } = await start();
  repo.ruleset({ rules: KEEP, enforcement: "evaluate" });
  repo.ruleset({
    name: "loose",
    rules: [PULL_REQUEST],
    bypassActors: [
      { actor_id: 5, actor_type: "RepositoryRole", bypass_mode: "always" },
      { actor_id: 12, actor_type: "Integration", bypass_mode: "pull_request" },
    ],
  });
  const { client } = await connect(github, { token: "ghp_admin" });
  const { protectors } = await readBranchFacts(client, "main");
  expect(protectors).toMatchObject([
    {
      name: 'ruleset "loose"',
      noForcePush: false,
      bypass: { known: true, value: ["administrators", "Integration 12"] },
    },
  ]);
});

test("environments: every branch, protected ones, patterns", async () => {
  const { github, repo } = await start();
  const { client } = await connect(github, { token: "ghp_admin" });
  const read = async () => {
    const { environment } = await readSettings(client, names);
    return environment.known ? environment.value : environment;
  };
  repo.environment("remediate");
  expect(await read()).toMatchObject({ branches: "all", adminsBypass: true });
  repo.environment("remediate", { branches: "protected" });
  expect(await read()).toMatchObject({ branches: "protected" });
  repo.environment("remediate", { branches: ["main", "release/*"], canAdminsBypass: false });
  expect(await read()).toEqual({
    name: "remediate",
    adminsBypass: false,
    branches: {
      known: true,
      value: [
        { name: "main", kind: "branch" },
        { name: "release/*", kind: "branch" },
      ],
    },
  });
});

test("plans without branch protection have none, and say so; GitHub failing says nothing of a setting, nor does a bad token", async () => {
  const { github, repo } = await start();
  repo.protect("main", {});
  const { client } = await connect(github, { token: "ghp_admin" });
  const upgrade = {
    status: 403,
    body: { message: "Upgrade to GitHub Pro or make this repository public to enable this feature." },
  };
  github.fault({ route: "repos/get-branch-protection", times: 1 }, upgrade);
  github.fault({ route: "repos/get-branch-rules", times: 1 }, upgrade);
  expect(await readBranchFacts(client, "main")).toEqual({
    branch: "main",
    protectors: [],
    unread: [],
    notOffered: true,
  });
  github.fault({ route: "repos/get-branch-rules", times: 9 }, { status: 503, body: { message: "busy" } });
  await expect(readBranchFacts(client, "main")).rejects.toThrow("busy");
  const { client: wrong } = await connect(github, { token: "ghs_nobody" });
  await expect(readSettings(wrong, names)).rejects.toThrow("because of the token");
});

test("a job's own token is not asked for what it never may read; the words are GitHub's", async () => {
  const { github } = await inOrder();
  github.addToken("ghs_job", { login: "github-actions[bot]", permissions: { contents: "write", actions: "read" } });
  const { client } = await connect(github, { token: "ghs_job" });
  const asked = await readSettings(client, names);
  expect(asked.actions.known).toBe(false);
  const operation = "actions/get-github-actions-default-workflow-permissions-repository";
  expect(github.calls(operation)).toHaveLength(1);
  expect(await readSettings(client, { ...names, jobToken: true })).toEqual(asked);
  expect(github.calls(operation)).toHaveLength(1);
});

test("of many workflows twenty are read, and how many there are is told; the first CODEOWNERS counts", async () => {
  const { github, repo } = await start();
  repo.commit("main", {
    CODEOWNERS: "* @a\n",
    "docs/CODEOWNERS": "* @b\n",
    ".github/workflows/notes.md": "x",
    ...Object.fromEntries(Array.from({ length: 23 }, (_, n) => [`.github/workflows/${n}.yml`, `name: w${n}\n`])),
  });
  const { client } = await connect(github, { token: "ghp_admin" });
  const { workflows, codeOwners } = await readSettings(client, names);
  expect(workflows).toMatchObject({ known: true, value: { total: 23 } });
  expect(workflows.known ? workflows.value.files : []).toHaveLength(20);
  expect(codeOwners).toEqual({ known: true, value: { path: "CODEOWNERS", text: "* @a\n" } });
});

test("what a checkout holds is not asked for, if it is what the branch holds; a file that was edited in it counts for nothing", async () => {
  const { github, repo } = await inOrder();
  const { client: before } = await connect(github, { token: "ghp_admin" });
  const { client } = await connect(github, { token: "ghp_admin" });
  const asked: string[] = [];
  const local = (path: string): Buffer | undefined => {
    asked.push(path);
    if (path.endsWith("evenkeel-report.yml")) return Buffer.from("on: pull_request_target\njobs: {}\n");
    return repo.files("main").get(path);
  };
  const bare = await readSettings(before, { environment: "remediate" });
  expect(github.calls("git/get-blob")).toHaveLength(WORKFLOWS.length + 1);
  github.log.length = 0;
  expect(await readSettings(client, { environment: "remediate", local })).toEqual(bare);
  expect(asked.sort()).toEqual([".github/CODEOWNERS", ...WORKFLOWS.map(({ path }) => path).sort()]);
  expect(github.calls("git/get-blob")).toHaveLength(1);
  expect(github.calls("repos/get-branch")).toHaveLength(1);
  expect(bare.journal).toBeUndefined();
  repo.commit("main", { ".github/CODEOWNERS": null, "docs/CODEOWNERS": "* @b\n" });
  expect((await readSettings(client, { environment: "remediate", local })).codeOwners).toEqual({
    known: true,
    value: { path: "docs/CODEOWNERS", text: "* @b\n" },
  });
});
