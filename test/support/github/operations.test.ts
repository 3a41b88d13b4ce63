import { expect, test } from "vitest";
import { assertCleanAfterEach, here, refusal, start } from "./harness.ts";

assertCleanAfterEach();

test("git: read back, move and delete", async () => {
  const { repo, bot } = await start();
  const tree = await bot.git.getTree({ ...here, tree_sha: "main", recursive: "1" });
  expect(tree.data.tree.map((entry) => [entry.path, entry.type])).toEqual([
    ["README.md", "blob"],
    ["policies", "tree"],
    ["policies/s3.yaml", "blob"],
  ]);
  const blob = await bot.git.getBlob({ ...here, file_sha: tree.data.tree[0]?.sha ?? "" });
  expect(Buffer.from(blob.data.content, "base64").toString()).toBe("# Policies\n");
  const main = repo.head();
  const next = repo.commit("work", { "x.txt": "x\n" });
  repo.setBranch("moved", "main");
  const forward = await bot.git.updateRef({ ...here, ref: "heads/moved", sha: next });
  expect(forward.data.object.sha).toBe(next);
  const back = await refusal(bot.git.updateRef({ ...here, ref: "heads/moved", sha: main }));
  expect(back).toMatchObject({ status: 422, text: expect.stringContaining("Update is not a fast forward") });
  await bot.git.updateRef({ ...here, ref: "heads/moved", sha: main, force: true });
  expect(repo.head("moved")).toBe(main);

  const number = repo.open({ head: "work", actor: "alice" });
  await bot.git.deleteRef({ ...here, ref: "heads/work" });
  expect(repo.pull(number)).toMatchObject({ state: "closed", merged: false });
  expect((await refusal(bot.git.getRef({ ...here, ref: "heads/work" }))).status).toBe(404);
  const gone = await refusal(bot.pulls.update({ ...here, pull_number: number, state: "open" }));
  expect(gone.text).toContain("cannot be reopened");
});

test("reviews: asked for, read, taken back; commits and branch brought up to date", async () => {
  const { repo, bot, as } = await start();
  repo.commit("work", { "x.txt": "1\n" }, { author: "alice", message: "one" });
  repo.commit("main", { "other.txt": "o\n" });
  const pull_number = repo.open({ head: "work", actor: "alice" });
  repo.collaborator("bob", "write");
  const asked = await bot.pulls.requestReviewers({ ...here, pull_number, reviewers: ["bob"] });
  expect(asked.data.requested_reviewers?.map((one) => one.login)).toEqual(["bob"]);
  const made = await as("ghp_admin").pulls.createReview({
    ...here,
    pull_number,
    event: "REQUEST_CHANGES",
    body: "no",
    comments: [{ path: "x.txt", line: 1, body: "why" }],
  });
  const review_id = made.data.id;
  expect((await bot.pulls.getReview({ ...here, pull_number, review_id })).data.state).toBe("CHANGES_REQUESTED");
  const comments = await bot.pulls.listReviewComments({ ...here, pull_number });
  expect(comments.data).toMatchObject([{ path: "x.txt", line: 1, body: "why", pull_request_review_id: review_id }]);
  const dismissed = await bot.pulls.dismissReview({ ...here, pull_number, review_id, message: "done" });
  expect(dismissed.data.state).toBe("DISMISSED");

  expect((await bot.pulls.updateBranch({ ...here, pull_number })).status).toBe(202);
  const commits = await bot.pulls.listCommits({ ...here, pull_number });
  expect(commits.data.map((one) => one.commit.message)).toEqual(["one", "Merge branch 'main' into work"]);
  expect((await refusal(bot.pulls.checkIfMerged({ ...here, pull_number }))).status).toBe(404);
  repo.merge(pull_number, { method: "squash", actor: "bob" });
  expect((await bot.pulls.checkIfMerged({ ...here, pull_number })).status).toBe(204);
  const statuses = await bot.repos.listCommitStatusesForRef({ ...here, ref: "main" });
  expect(statuses.data).toEqual([]);
});

test("a pull request whose commits are pushed to the base by hand counts as merged", async () => {
  const { repo } = await start();
  repo.commit("work", { "x.txt": "1\n" });
  const number = repo.open({ head: "work", actor: "alice" });
  repo.setBranch("main", "work", "bob");
  expect(repo.pull(number)).toMatchObject({ state: "closed", merged: true, merged_by: { login: "bob" } });
});

test("issues: labels, reactions, state", async () => {
  const { repo, bot } = await start();
  const issue = await bot.issues.create({ ...here, title: "Dashboard", body: "rows", labels: ["a", "b"] });
  const issue_number = issue.data.number;
  await bot.issues.setLabels({ ...here, issue_number, labels: ["b", "c"] });
  const left = await bot.issues.removeLabel({ ...here, issue_number, name: "b" });
  expect(left.data.map((one) => one.name)).toEqual(["c"]);
  expect((await refusal(bot.issues.removeLabel({ ...here, issue_number, name: "b" }))).status).toBe(404);
  expect((await bot.issues.listLabelsOnIssue({ ...here, issue_number })).data).toHaveLength(1);
  expect((await bot.issues.listLabelsForRepo(here)).data.map((one) => one.name)).toEqual(["a", "b", "c"]);
  expect((await bot.issues.getLabel({ ...here, name: "a" })).data.color).toBe("ededed");
  const twice = await refusal(bot.issues.createLabel({ ...here, name: "a" }));
  expect(twice.text).toContain("already_exists");
  const { id } = repo.comment(issue_number, { body: "/rescan", actor: "alice" });
  const react = () => bot.reactions.createForIssueComment({ ...here, comment_id: id, content: "eyes" });
  expect([(await react()).status, (await react()).status]).toEqual([201, 200]);
  expect((await bot.issues.getComment({ ...here, comment_id: id })).data.user?.login).toBe("alice");
  await bot.issues.update({ ...here, issue_number, state: "closed", state_reason: "not_planned" });
  expect((await bot.issues.get({ ...here, issue_number })).data).toMatchObject({
    state: "closed",
    state_reason: "not_planned",
    closed_by: { login: "github-actions[bot]" },
  });
  expect((await bot.users.getByUsername({ username: "alice" })).data.type).toBe("User");
});

test("a workflow is dispatched on a ref that has it; a check is read back", async () => {
  const { github, repo, bot } = await start();
  const dispatch = (workflow_id: string) =>
    bot.actions.createWorkflowDispatch({ ...here, workflow_id, ref: "main", inputs: { arn: "x" } });
  expect((await refusal(dispatch("scan.yml"))).status).toBe(404);
  repo.commit("main", { ".github/workflows/scan.yml": "on: workflow_dispatch\n" });
  expect((await dispatch("scan.yml")).status).toBe(204);
  expect(repo.state.dispatches).toMatchObject([{ event: "workflow:scan.yml", ref: "main", payload: { arn: "x" } }]);
  const made = await bot.checks.create({ ...here, name: "x", head_sha: repo.head() });
  const read = await bot.checks.get({ ...here, check_run_id: made.data.id });
  expect(read.data).toMatchObject({ name: "x", status: "queued", conclusion: null });
  await refusal(bot.checks.update({ ...here, check_run_id: made.data.id, status: "completed" }));
  expect(github.problems.splice(0).join()).toContain("required property 'conclusion'");
});
