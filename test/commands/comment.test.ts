import { expect, test } from "vitest";
import { parse } from "yaml";
import { verifyApproval } from "../../src/github/approval.ts";
import { publishReport } from "../../src/github/report.ts";
import { itemLine } from "../../src/plan/file.ts";
import { BRANCH, reportOf } from "../github/client-under-test.ts";
import { assertCleanAfterEach } from "../support/github/harness.ts";
import { ITEMS, linesOf, named, one, PATH, scene, three, two } from "./comment-scene.ts";

assertCleanAfterEach();

test("/reject takes lines out in a commit of ours, and later reports keep them out", async () => {
  const { repo, client, report, run } = await scene();
  const { exit, replies } = await run(`/reject ${two.id.slice(0, 8)} @all fixes #1 <!-- x`);
  expect(exit).toBe(0);
  expect(linesOf(repo.file(BRANCH, PATH))).toEqual([one, three].map(itemLine));
  expect(repo.file(BRANCH, PATH)?.split("\n")[0]).toBe(report.plan.split("\n")[0]);
  const [commit] = repo.history(BRANCH);
  expect(commit?.author.name).toBe("github-actions[bot]");
  expect(commit?.message).toContain(`\nEvenkeel-Declined: ${two.id}\n`);
  expect(commit?.message).not.toContain("fixes");
  expect(replies).toHaveLength(1);
  expect(replies[0]).toContain("Rejected: `222222220000`; 2 left in this plan.");
  expect(replies[0]).not.toMatch(/@all|#1\b|<!-- x/);
  expect(await publishReport(client, report)).toMatchObject({ action: "unchanged", declined: [two.id] });
  // Made anew on a base that moved, and beside what a person takes out by hand.
  repo.commit(
    BRANCH,
    { [PATH]: (repo.file(BRANCH, PATH) ?? "").replace(`${itemLine(one)}\n`, "") },
    { author: "alice" },
  );
  await run(`/reject ${three.id}`);
  expect(linesOf(repo.file(BRANCH, PATH))).toEqual([]);
  repo.commit("main", { "policies/s3.yaml": "z\n" });
  const four = named(4);
  const more = reportOf([...ITEMS, four], { path: PATH });
  const declined = [one.id, two.id, three.id];
  expect(await publishReport(client, more)).toMatchObject({ pushed: true, declined });
  expect(linesOf(repo.file(BRANCH, PATH))).toEqual([itemLine(four)]);
});

test("who rejected items may approve the rest; who deleted the lines by hand may not", async () => {
  for (const [how, approved] of [
    ["comment", true],
    ["hand", false],
  ] as const) {
    const { repo, client, run } = await scene();
    const before = repo.file(BRANCH, PATH) ?? "";
    if (how === "comment") await run(`/reject ${two.id}`);
    else repo.commit(BRANCH, { [PATH]: before.replace(`${itemLine(two)}\n`, "") }, { author: "alice" });
    repo.review(1, { actor: "alice", state: "APPROVED" });
    const sha = repo.merge(1);
    expect(linesOf(repo.file("main", PATH))).toEqual([one, three].map(itemLine));
    expect(await verifyApproval(client, { pull: 1, path: PATH, sha, mode: "review" })).toMatchObject({ approved });
  }
});

test("a command is answered once: a second run does nothing, a run killed before its answer goes on", async () => {
  const { repo, run } = await scene();
  const body = `/reject ${one.id} ${two.id}`;
  const { id } = await run(body);
  const head = repo.head(BRANCH);
  const again = await run(body, { id });
  expect([again.written, again.replies.length, repo.head(BRANCH)]).toEqual([[], 1, head]);
  // Another comment that asks for the same stands for a run whose answer is missing.
  const same = await run(body);
  expect([same.written, repo.head(BRANCH)]).toEqual([["issues/create-comment"], head]);
  expect(same.replies[0]).toContain("Rejected");
});

test("all that is named or nothing; the branch moving meanwhile is no loss", async () => {
  const { github, repo, run } = await scene();
  const head = repo.head(BRANCH);
  const { replies } = await run(`/reject ${one.id} 99999999`);
  expect(replies[0]).toContain("Nothing was done: this plan has no item 99999999");
  expect(repo.head(BRANCH)).toBe(head);
  github.fault(
    { route: "git/update-ref", times: 1 },
    { status: 422, body: { message: "Update is not a fast forward" } },
  );
  const retried = await run(`/reject ${one.id}`);
  expect(retried.replies[0]).toContain("Rejected");
  expect(retried.written.filter((name) => name === "git/update-ref")).toHaveLength(2);
});

test("who may not write, other pull requests, issues, closed ones: one line, and nothing else", async () => {
  const { repo, run } = await scene();
  repo.commit("work", { "a.txt": "a\n" }, { author: "alice" });
  const other = repo.open({ head: "work", actor: "alice" });
  repo.commit("evenkeel/report/fake", { "plans/fake.jsonl": "x\n" }, { author: "alice" });
  const fake = repo.open({ head: "evenkeel/report/fake", actor: "alice" });
  const issue = repo.openIssue({ title: "t" });
  const head = repo.head(BRANCH);
  const command = `/reject ${one.id}`;
  const cases = [
    [await run(command, { actor: "eve" }), "those who may write"],
    [await run(command, { on: other }), "this is no report"],
    [await run(command, { on: fake }), "none of Evenkeel"],
    [await run(command, { on: issue, pull: false }), "this is no report"],
  ] as const;
  for (const [{ exit, written, replies }, words] of cases) {
    expect([exit, written]).toEqual([0, ["issues/create-comment"]]);
    expect(replies[0]).toContain(words);
  }
  expect((await run(command, { actor: "robot[bot]", type: "Bot" })).written).toEqual([
    "reactions/create-for-issue-comment",
  ]);
  repo.close(1);
  expect((await run(command)).replies[0]).toContain("not open");
  expect(repo.head(BRANCH)).toBe(head);
});

test("a misspelt command is helped on reports only; anything else is left to others without a call", async () => {
  const { repo, run } = await scene();
  repo.commit("work", { "a.txt": "a\n" }, { author: "alice" });
  const other = repo.open({ head: "work", actor: "alice" });
  expect((await run("/rejct 1")).replies[0]).toContain("did you mean `/reject ITEM");
  expect((await run("/reject everything")).replies[0]).toContain("The form is `/reject ITEM");
  expect((await run("/rejct 1", { on: other })).written).toEqual([]);
  expect((await run("/rejct 1", { actor: "eve" })).written).toEqual([]);
  for (const body of ["/deploy", "looks good", `> /reject ${one.id}`]) expect((await run(body)).calls).toEqual([]);
  expect((await run(`/reject ${one.id}`, { action: "edited" })).calls).toEqual([]);
  expect((await run("x", { event: "push" })).exit).toBe(2);
});

test("/waive proposes an exception that validate takes, once", async () => {
  const { repo, run } = await scene();
  const reason = '../../x: [press] office\'s "partners" # until spring';
  const body = `/waive ${two.id.slice(0, 12)} 30d ${reason}`;
  const first = await run(body);
  expect(first.replies[0]).toContain("Proposed: #2 excepts `222222220000` until 2026-04-07");
  const pull = repo.pull(2);
  expect(pull).toMatchObject({ head: { ref: "evenkeel/waive/222222220000" }, base: { ref: "main" }, changed_files: 1 });
  const file = repo.file(pull.head.ref, "exceptions/s3_bucket_versioning-222222220000.yaml");
  expect(parse(file ?? "")).toEqual({
    policy: "s3_bucket_versioning",
    match: { account: "111111111111", resource: two.resource.arn },
    reason,
    owner: "alice",
    expires: "2026-04-07",
  });
  expect(pull.body).toContain("`alice`");
  // The report itself is not touched; a second run, or a second comment, opens no second one.
  expect(linesOf(repo.file(BRANCH, PATH))).toHaveLength(3);
  expect((await run(body, { id: first.id })).written).toEqual([]);
  const second = await run(body);
  expect(second.replies[0]).toContain("pull request 2 proposes an exception for this item already");
  expect(second.written).toEqual(["issues/create-comment"]);
  // Closed without a merge it may be asked for anew; merged it may not.
  repo.close(2);
  expect((await run(body)).replies[0]).toContain("Proposed: #3");
  repo.merge(3);
  expect((await run(body)).replies[0]).toContain("is on main already");
});

test("a /waive that was killed before its pull request goes on; one that validate would refuse opens none", async () => {
  const { github, repo, run } = await scene();
  const body = `/waive ${two.id} 30d moves behind CloudFront`;
  github.fault({ route: "pulls/create", times: 1 }, { status: 403, body: { message: "not permitted" } });
  const killed = await run(body);
  expect([killed.exit, killed.replies]).toEqual([3, []]);
  const resumed = await run(body, { id: killed.id });
  expect(resumed.written).toEqual(["pulls/create", "issues/create-comment"]);
  expect(repo.pulls("open")).toHaveLength(2);
  const short = await run(`/waive ${one.id} 30d short`);
  expect(short.written).toEqual(["issues/create-comment"]);
  expect(short.replies[0]).toContain("Nothing was done");
});
