import { expect, test } from "vitest";
import { GitObjects } from "./git-objects.ts";
import { assertCleanAfterEach, here, refusal, start } from "./harness.ts";

assertCleanAfterEach();

test("tokens: unknown, too weak, people, bots", async () => {
  const { as, repo } = await start();
  expect(await refusal(as("ghs_wrong").repos.get(here))).toMatchObject({
    status: 401,
    text: expect.stringContaining("Bad credentials"),
  });
  const reader = as("ghs_reader");
  expect((await reader.repos.getContent({ ...here, path: "README.md" })).data).toMatchObject({
    type: "file",
    encoding: "base64",
  });
  expect(await refusal(reader.pulls.merge({ ...here, pull_number: 1 }))).toMatchObject({
    status: 403,
    text: expect.stringContaining("Resource not accessible by integration"),
  });
  expect((await refusal(reader.repos.getBranchProtection({ ...here, branch: "main" }))).status).toBe(403);
  expect(await refusal(as("ghp_admin").repos.getBranchProtection({ ...here, branch: "main" }))).toMatchObject({
    status: 404,
    text: expect.stringContaining("Branch not protected"),
  });
  expect((await as("ghp_alice").users.getAuthenticated()).data.login).toBe("alice");
  expect((await refusal(reader.users.getAuthenticated())).status).toBe(403);
  repo.collaborator("mallory", "read");
  const permission = async (username: string) =>
    (await reader.repos.getCollaboratorPermissionLevel({ ...here, username })).data.permission;
  expect([await permission("mallory"), await permission("alice"), await permission("root")]).toEqual([
    "read",
    "write",
    "admin",
  ]);
  // Author named by the caller: GitHub does not vouch for it.
  const tip = repo.history()[0];
  const claimed = await as("ghs_app").git.createCommit({
    ...here,
    message: "m",
    tree: tip?.tree ?? "",
    parents: [],
    author: { name: "x", email: "x@example.com" },
  });
  expect(claimed.data.verification).toMatchObject({ verified: false, reason: "unsigned" });
});

test("the settings doctor reads", async () => {
  const { github, repo, as } = await start({
    repositories: [{ ...{ variables: { EVENKEEL_PAUSED: "true" } }, actionsMayCreatePulls: false }],
  });
  const admin = as("ghp_admin");
  repo.protect("main", { approvals: 2, codeOwners: true, checks: [{ context: "preview" }] });
  const id = repo.ruleset({
    rules: [
      { type: "deletion" },
      {
        type: "pull_request",
        parameters: {
          ...{
            required_approving_review_count: 1,
            dismiss_stale_reviews_on_push: true,
            require_code_owner_review: true,
          },
          ...{ require_last_push_approval: true, required_review_thread_resolution: false },
        },
      },
    ],
  });
  repo.environment("remediate", { reviewers: ["alice"], branches: ["main"] });
  expect((await admin.repos.getBranchProtection({ ...here, branch: "main" })).data).toMatchObject({
    required_pull_request_reviews: { required_approving_review_count: 2, require_code_owner_reviews: true },
    required_status_checks: { checks: [{ context: "preview", app_id: null }] },
  });
  const rules = await admin.repos.getBranchRules({ ...here, branch: "main" });
  expect(rules.data).toMatchObject([
    { type: "deletion", ruleset_id: id },
    { type: "pull_request", parameters: { require_last_push_approval: true } },
  ]);
  expect((await admin.repos.getBranchRules({ ...here, branch: "other" })).data).toEqual([]);
  expect((await admin.repos.getRepoRulesets(here)).data).toHaveLength(1);
  expect((await admin.repos.getRepoRuleset({ ...here, ruleset_id: id })).data.conditions).toMatchObject({
    ref_name: { include: ["~DEFAULT_BRANCH"] },
  });
  expect((await admin.repos.getBranch({ ...here, branch: "main" })).data.protected).toBe(true);
  expect((await admin.repos.listBranches(here)).data.map((branch) => branch.name)).toEqual(["main"]);
  const environment = await admin.repos.getEnvironment({ ...here, environment_name: "remediate" });
  expect(environment.data.protection_rules?.map((rule) => rule.type)).toEqual(["required_reviewers", "branch_policy"]);
  const policies = await admin.repos.listDeploymentBranchPolicies({ ...here, environment_name: "remediate" });
  expect(policies.data.branch_policies.map((policy) => policy.name)).toEqual(["main"]);
  expect(
    (await admin.actions.getGithubActionsDefaultWorkflowPermissionsRepository(here)).data
      .can_approve_pull_request_reviews,
  ).toBe(false);
  expect((await admin.actions.getRepoVariable({ ...here, name: "evenkeel_paused" })).data.value).toBe("true");
  expect((await refusal(admin.actions.getRepoVariable({ ...here, name: "OTHER" }))).status).toBe(404);
  repo.commit("x", { "x.txt": "" });
  expect(await refusal(as("ghs_actions").pulls.create({ ...here, title: "t", head: "x", base: "main" }))).toMatchObject(
    { status: 403, text: expect.stringContaining("not permitted to create") },
  );
  await as("ghs_app").repos.createDispatchEvent({ ...here, event_type: "rescan", client_payload: { arn: "x" } });
  expect(repo.state.dispatches).toMatchObject([{ event: "rescan", payload: { arn: "x" }, actor: "evenkeel[bot]" }]);
  expect((await as("ghs_app").rateLimit.get()).data.rate.limit).toBe(5000);
  expect(github.calls("rate-limit/get")).toHaveLength(1);
});

test("contents, comparison, statuses and labels", async () => {
  const { repo, bot } = await start();
  repo.setBranch("work", "main");
  const content = Buffer.from("x: 1\n").toString("base64");
  const made = await bot.repos.createOrUpdateFileContents({
    ...here,
    path: "dir/new.yaml",
    message: "add",
    content,
    branch: "work",
  });
  expect(made.status).toBe(201);
  expect(
    (
      await refusal(
        bot.repos.createOrUpdateFileContents({
          ...here,
          path: "dir/new.yaml",
          message: "again",
          content,
          branch: "work",
        }),
      )
    ).status,
  ).toBe(422);
  const folder = await bot.repos.getContent({ ...here, path: "dir", ref: "work" });
  expect(folder.data).toMatchObject([{ name: "new.yaml", type: "file" }]);
  const raw = await bot.repos.getContent({ ...here, path: "dir/new.yaml", ref: "work", mediaType: { format: "raw" } });
  expect(raw.data).toBe("x: 1\n");
  await bot.repos.deleteFile({
    ...here,
    path: "README.md",
    message: "gone",
    sha: new GitObjects().putBlob("# Policies\n"),
    branch: "work",
  });
  repo.commit("main", { "other.txt": "o\n" });
  const compared = await bot.repos.compareCommitsWithBasehead({ ...here, basehead: "main...work" });
  expect(compared.data).toMatchObject({
    status: "diverged",
    ahead_by: 2,
    behind_by: 1,
    files: [{ filename: "README.md" }, { filename: "dir/new.yaml" }],
  });
  await bot.repos.createCommitStatus({ ...here, sha: repo.head("work"), state: "pending", context: "fresh" });
  await bot.repos.createCommitStatus({ ...here, sha: repo.head("work"), state: "success", context: "fresh" });
  expect((await bot.repos.getCombinedStatusForRef({ ...here, ref: "work" })).data).toMatchObject({
    state: "success",
    total_count: 1,
  });
  expect(
    (await bot.repos.listCommits({ ...here, sha: "work", path: "dir" })).data.map((one) => one.commit.message),
  ).toEqual(["add"]);
  await bot.issues.createLabel({ ...here, name: "drift", color: "ff0000" });
  repo.open({ head: "work" });
  await bot.issues.addLabels({ ...here, issue_number: 1, labels: ["drift"] });
  await bot.pulls.update({ ...here, pull_number: 1, state: "closed" });
  expect((await bot.issues.listForRepo({ ...here, state: "closed", labels: "drift" })).data).toMatchObject([
    { number: 1, pull_request: {} },
  ]);
  const listed = await bot.git.listMatchingRefs({ ...here, ref: "heads/w" });
  expect(listed.data.map((ref) => ref.ref)).toEqual(["refs/heads/work"]);
});
