import { getOctokit } from "@actions/github";
import { expect, test } from "vitest";
import { assertCleanAfterEach, here, refusal, start } from "./github/harness.ts";
import type { RepoStory } from "./github/story.ts";

assertCleanAfterEach();

test("a report pull request from blob to merge", async () => {
  const { github, repo, bot, as } = await start();
  const base = await bot.git.getRef({ ...here, ref: "heads/main" });
  const from = await bot.git.getCommit({ ...here, commit_sha: base.data.object.sha });
  const blob = await bot.git.createBlob({ ...here, content: "one\n" });
  const tree = await bot.git.createTree({
    ...here,
    base_tree: from.data.tree.sha,
    tree: [
      { path: "plan/a.jsonl", mode: "100644", type: "blob", sha: blob.data.sha },
      { path: "plan/b.jsonl", mode: "100644", type: "blob", content: "two\n" },
      { path: "README.md", mode: "100644", type: "blob", sha: null },
    ],
  });
  const commit = await bot.git.createCommit({
    ...here,
    message: "plan",
    tree: tree.data.sha,
    parents: [from.data.sha],
  });
  expect(commit.data.verification.verified).toBe(true);
  await bot.git.createRef({ ...here, ref: "refs/heads/report", sha: commit.data.sha });
  expect(
    (await refusal(bot.git.createRef({ ...here, ref: "refs/heads/report", sha: commit.data.sha }))).text,
  ).toContain("Reference already exists");

  const pull = await bot.pulls.create({ ...here, title: "Fix 2", head: "report", base: "main", body: "verdict" });
  expect(pull.data).toMatchObject({
    number: 1,
    state: "open",
    mergeable: true,
    mergeable_state: "clean",
    changed_files: 3,
    commits: 1,
  });
  const twice = await refusal(bot.pulls.create({ ...here, title: "Fix 2", head: "report", base: "main" }));
  expect(twice).toMatchObject({
    status: 422,
    text: expect.stringContaining("A pull request already exists for acme:report."),
  });
  const found = await bot.pulls.list({ ...here, head: "acme:report", state: "open" });
  expect(found.data.map((one) => one.number)).toEqual([1]);
  expect((await bot.pulls.list({ ...here, head: "acme:other" })).data).toEqual([]);

  const files = await bot.pulls.listFiles({ ...here, pull_number: 1 });
  expect(files.data.map((file) => [file.filename, file.status, file.patch])).toEqual([
    ["README.md", "removed", "@@ -1 +0,0 @@\n-# Policies"],
    ["plan/a.jsonl", "added", "@@ -0,0 +1 @@\n+one"],
    ["plan/b.jsonl", "added", "@@ -0,0 +1 @@\n+two"],
  ]);
  const review = await as("ghp_alice").pulls.createReview({ ...here, pull_number: 1, event: "APPROVE" });
  expect(review.data).toMatchObject({ state: "APPROVED", commit_id: commit.data.sha });
  const merged = await bot.pulls.merge({ ...here, pull_number: 1, sha: commit.data.sha });
  expect(repo.head()).toBe(merged.data.sha);
  expect(repo.file("main", "plan/b.jsonl")).toBe("two\n");
  expect(repo.file("main", "README.md")).toBeUndefined();
  const [tip] = repo.history();
  expect(tip).toMatchObject({
    message: "Merge pull request #1 from acme/report\n\nFix 2",
    parents: [from.data.sha, commit.data.sha],
  });
  const byCommit = await bot.repos.listPullRequestsAssociatedWithCommit({ ...here, commit_sha: merged.data.sha });
  expect(byCommit.data.map((one) => one.number)).toEqual([1]);
  expect((await refusal(bot.pulls.merge({ ...here, pull_number: 1 }))).status).toBe(405);

  expect(github.calls("pulls/create")).toMatchObject([
    { status: 201, actor: "github-actions[bot]", route: "/repos/{owner}/{repo}/pulls" },
    { status: 422 },
  ]);
  expect(github.calls("PUT /repos/{owner}/{repo}/pulls/{pull_number}/merge").map((call) => call.status)).toEqual([
    200, 405,
  ]);
});

test("squash and rebase leave what GitHub leaves", async () => {
  const { repo, bot, as } = await start();
  repo.commit("one", { "x.txt": "1\n" }, { author: "alice", message: "first\n\nwhy" });
  repo.commit("two", { "y.txt": "1\n" }, { author: "alice", message: "y1" });
  repo.commit("two", { "y.txt": "2\n" }, { author: "alice", message: "y2" });
  repo.open({ head: "one", actor: "alice" });
  repo.open({ head: "two", actor: "alice" });
  const squashed = await bot.pulls.merge({ ...here, pull_number: 1, merge_method: "squash" });
  const commit = await bot.repos.getCommit({ ...here, ref: squashed.data.sha });
  expect(commit.data.parents).toHaveLength(1);
  expect(commit.data.author?.login).toBe("alice");
  expect(commit.data.commit).toMatchObject({
    message: "first (#1)\n\nwhy",
    committer: { name: "GitHub" },
    verification: { verified: true },
  });
  await as("ghp_alice").pulls.merge({ ...here, pull_number: 2, merge_method: "rebase" });
  expect(repo.history().map((one) => one.message)).toEqual(["y2", "y1", "first (#1)\n\nwhy", "Initial commit"]);
  expect(repo.history()[0]?.signature).toBeUndefined();
  expect(repo.file("main", "y.txt")).toBe("2\n");
  expect(repo.pull(2).merged_by?.login).toBe("alice");
});

test("a conflict, a moved head and a protected branch block the merge", async () => {
  const { repo, bot, as } = await start();
  repo.commit("ours", { "policies/s3.yaml": "a\nB\nc\nd\ne\nf\n" });
  repo.commit("apart", { "policies/s3.yaml": "a\nb\nc\nd\ne\nF\n" });
  for (const head of ["ours", "apart"]) repo.open({ head, actor: "alice" });
  repo.commit("main", { "policies/s3.yaml": "a\nX\nc\nd\ne\nf\n" });
  expect((await bot.pulls.get({ ...here, pull_number: 1 })).data).toMatchObject({
    mergeable: false,
    mergeable_state: "dirty",
  });
  expect((await refusal(bot.pulls.merge({ ...here, pull_number: 1 }))).status).toBe(405);
  expect((await refusal(bot.pulls.merge({ ...here, pull_number: 2, sha: repo.head("main") }))).status).toBe(409);

  const app = (await as("ghs_app").checks.create({ ...here, name: "probe", head_sha: repo.head("apart") })).data.app
    ?.id;
  repo.protect("main", {
    approvals: 1,
    dismissStale: true,
    lastPushApproval: true,
    checks: [{ context: "fresh", app: app ?? 0 }],
    enforceAdmins: true,
  });
  const merge = () => bot.pulls.merge({ ...here, pull_number: 2 });
  expect(await refusal(merge())).toMatchObject({
    status: 405,
    text: expect.stringContaining("At least 1 approving review is required"),
  });
  expect(
    (await refusal(as("ghp_alice").pulls.createReview({ ...here, pull_number: 2, event: "APPROVE" }))).text,
  ).toContain("Can not approve your own pull request");
  repo.review(2, { actor: "bob", state: "APPROVED" });
  repo.commit("apart", { "z.txt": "z\n" }, { author: "carol" });
  const reviews = await bot.pulls.listReviews({ ...here, pull_number: 2 });
  expect(reviews.data.map((one) => one.state)).toEqual(["DISMISSED"]);
  repo.review(2, { actor: "carol", state: "APPROVED" });
  expect((await refusal(merge())).text).toContain("someone other than the person who pushed it");
  repo.review(2, { actor: "bob", state: "APPROVED" });
  // The right name from the wrong app is not the required check.
  await bot.checks.create({ ...here, name: "fresh", head_sha: repo.head("apart"), conclusion: "success" });
  expect((await refusal(merge())).text).toContain('Required status check "fresh" is expected');
  await as("ghs_app").checks.create({ ...here, name: "fresh", head_sha: repo.head("apart"), conclusion: "success" });
  await merge();
  expect(repo.file("main", "policies/s3.yaml")).toBe("a\nX\nc\nd\ne\nF\n");

  const direct = await refusal(bot.git.updateRef({ ...here, ref: "heads/main", sha: commitOnTop(repo), force: false }));
  expect(direct).toMatchObject({
    status: 422,
    text: expect.stringContaining("Changes must be made through a pull request"),
  });
});

function commitOnTop(repo: RepoStory): string {
  return repo.commit("direct", { "direct.txt": "1\n" });
}

test("comments are paged, edited in place and limited", async () => {
  const { github, repo, bot } = await start();
  repo.openIssue({ title: "Dashboard" });
  const octokit = getOctokit("ghs_actions", { baseUrl: github.url });
  for (let index = 0; index < 7; index++)
    await bot.issues.createComment({ ...here, issue_number: 1, body: `comment ${index}` });
  const all = await octokit.paginate(octokit.rest.issues.listComments, { ...here, issue_number: 1, per_page: 3 });
  expect(all.map((one) => one.body)).toEqual([0, 1, 2, 3, 4, 5, 6].map((index) => `comment ${index}`));
  expect(github.calls("issues/list-comments").map((call) => call.query["page"])).toEqual([undefined, "2", "3"]);
  const first = all[0]?.id ?? 0;
  await bot.issues.updateComment({ ...here, comment_id: first, body: "edited" });
  await bot.issues.deleteComment({ ...here, comment_id: all[6]?.id ?? 0 });
  expect(repo.comments(1).map((one) => one.body)).toEqual([
    "edited",
    ...[1, 2, 3, 4, 5].map((index) => `comment ${index}`),
  ]);
  const tooLong = await refusal(bot.issues.createComment({ ...here, issue_number: 1, body: "x".repeat(262_145) }));
  expect(tooLong).toMatchObject({ status: 422, text: expect.stringContaining("too long") });
  // GitHub answers 200 to an oversize issue body and does not store it.
  await bot.issues.update({ ...here, issue_number: 1, body: "x".repeat(262_145), labels: ["evenkeel"] });
  expect(repo.issue(1)).toMatchObject({ body: null, labels: [{ name: "evenkeel", color: "ededed" }] });
});

test("a check run takes 50 annotations a request and appends", async () => {
  const { repo, bot, as } = await start();
  const sha = repo.head();
  const notes = (count: number, from = 1) =>
    Array.from({ length: count }, (_, index) => ({
      path: "policies/s3.yaml",
      start_line: from + index,
      end_line: from + index,
      annotation_level: "warning" as const,
      message: `finding ${from + index}`,
    }));
  const output = { title: "60 findings", summary: "table" };
  const tooMany = await refusal(
    bot.checks.create({ ...here, name: "preview", head_sha: sha, output: { ...output, annotations: notes(51) } }),
  );
  expect(tooMany.status).toBe(422);
  const run = await bot.checks.create({
    ...here,
    name: "preview",
    head_sha: sha,
    status: "in_progress",
    output: { ...output, annotations: notes(50) },
  });
  expect(run.data).toMatchObject({ status: "in_progress", conclusion: null, output: { annotations_count: 50 } });
  const done = await bot.checks.update({
    ...here,
    check_run_id: run.data.id,
    conclusion: "neutral",
    output: { ...output, annotations: notes(10, 51) },
  });
  expect(done.data).toMatchObject({ status: "completed", conclusion: "neutral", output: { annotations_count: 60 } });
  expect(repo.checks(sha)[0]?.annotations.map((note) => note.message)).toEqual(
    Array.from({ length: 60 }, (_, index) => `finding ${index + 1}`),
  );
  const page = await bot.checks.listAnnotations({ ...here, check_run_id: run.data.id, per_page: 100 });
  expect(page.data).toHaveLength(60);
  expect(
    (await refusal(as("ghs_app").checks.update({ ...here, check_run_id: run.data.id, name: "mine" }))).status,
  ).toBe(403);
  expect((await refusal(as("ghp_alice").checks.create({ ...here, name: "x", head_sha: sha }))).text).toContain(
    "authenticate via a GitHub App",
  );
  const latest = await bot.checks.listForRef({ ...here, ref: "main", check_name: "preview" });
  expect(latest.data.total_count).toBe(1);
});
