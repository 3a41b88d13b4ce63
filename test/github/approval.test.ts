import { expect, test } from "vitest";
import { type ApprovalMode, verifyApproval } from "../../src/github/approval.ts";
import { approvalRecord } from "../../src/github/approval-record.ts";
import type { GitHub } from "../../src/github/client.ts";
import { mergedPlans } from "../../src/github/merged.ts";
import { publishReport } from "../../src/github/report.ts";
import { assertCleanAfterEach, start } from "../support/github/harness.ts";
import { BRANCH, connect, item, PATH, reportOf, writes } from "./client-under-test.ts";

assertCleanAfterEach();
const EXPIRES = "2026-03-09T00:00:00.000Z";

/** A report of our bot's, open as pull request 1. */
async function opened() {
  const { github, repo } = await start();
  const { client } = await connect(github);
  await publishReport(client, reportOf([item(1), item(2)], { expires: EXPIRES }));
  repo.collaborator("bob", "write");
  repo.collaborator("carol", "maintain");
  repo.collaborator("tina", "triage");
  const approve = (actor: string) => repo.review(1, { actor, state: "APPROVED" });
  const verify = (mode: ApprovalMode = "review") =>
    verifyApproval(client, { pull: 1, path: PATH, sha: repo.head(), mode });
  const plan = () => repo.file(BRANCH, PATH) ?? "";
  return { github, repo, client, approve, verify, plan };
}

const refused = (reason: string, words: unknown = expect.any(String)) => ({
  approved: false,
  reason,
  words,
  next: expect.stringMatching(/\w/),
});

test.each(["merge", "squash", "rebase"] as const)("approved on the head and merged by %s: approved", async (method) => {
  const { github, repo, client, approve, verify } = await opened();
  approve("bob");
  repo.merge(1, { method, actor: "carol" });
  github.log.length = 0;
  expect(await verify()).toEqual({
    approved: true,
    by: ["bob"],
    tier: expect.stringContaining("reviewed"),
    origin: { commit: repo.pull(1).head.sha, by: "github-actions[bot]", last: true },
  });
  expect(writes(github)).toEqual([]);
  expect(github.log.length).toBeLessThanOrEqual(8);
  // So it is with the commit by which the journal names the approval.
  const { plans } = await mergedPlans(client, { sha: repo.head(), folder: "evenkeel/plans" });
  const name = (await plans[0]?.approval()) ?? "";
  const sha = name.replace("commit/", "");
  expect(await verifyApproval(client, { pull: 1, path: PATH, sha, mode: "review" })).toMatchObject({ approved: true });
  expect(await approvalRecord(client, name)).toMatchObject({ number: 1, approvedBy: ["bob"], mergedBy: "carol" });
});

test("no pull request, one that is not there, one that is open, one merged elsewhere", async () => {
  const { repo, client, verify, approve } = await opened();
  const sha = repo.head();
  expect(await verifyApproval(client, { pull: undefined, path: PATH, sha, mode: "merge" })).toEqual(
    refused("no_pull_request"),
  );
  expect(await verifyApproval(client, { pull: 99, path: PATH, sha, mode: "merge" })).toEqual(
    refused("no_pull_request"),
  );
  approve("bob");
  expect(await verify()).toEqual(refused("not_merged"));
  repo.setBranch("side", "main");
  repo.commit("work", { "evenkeel/plans/x.jsonl": "x\n" }, { author: "alice" });
  const other = repo.open({ head: "work", base: "side", actor: "alice" });
  repo.review(other, { actor: "bob", state: "APPROVED" });
  repo.merge(other, { actor: "bob" });
  const asked = { pull: other, path: "evenkeel/plans/x.jsonl", sha: repo.head("side"), mode: "review" as const };
  expect(await verifyApproval(client, asked)).toEqual(refused("other_branch", expect.stringContaining("side")));
});

test("the approval is of these bytes: another file, or another content on the branch, is not what was reviewed", async () => {
  const { repo, client, approve, verify } = await opened();
  approve("bob");
  repo.merge(1, { actor: "carol" });
  const asked = { pull: 1, sha: repo.head(), mode: "review" as const };
  expect(await verifyApproval(client, { ...asked, path: "README.md" })).toEqual(
    refused("other_content", expect.stringContaining("does not bring")),
  );
  repo.commit("main", { [PATH]: "pushed by hand\n" }, { author: "carol" });
  expect(await verify()).toEqual(refused("other_content", expect.stringContaining("other content")));
  expect(await verify("merge")).toEqual(refused("other_content"));
});

test("who merges without a review approves only where no review is asked for", async () => {
  const { repo, verify } = await opened();
  repo.merge(1, { actor: "carol" });
  expect(await verify("review")).toEqual(refused("merged_by_only", expect.stringContaining("carol")));
  expect(await verify("merge")).toEqual({
    approved: true,
    by: ["carol"],
    tier: expect.stringContaining("merged by carol"),
    origin: expect.objectContaining({ last: true }),
  });
});

test("the last word of each reviewer counts: changes requested and dismissals revoke, comments do not", async () => {
  const first = await opened();
  first.approve("bob");
  first.repo.review(1, { actor: "bob", state: "COMMENTED" });
  first.repo.merge(1, { actor: "carol" });
  expect(await first.verify()).toMatchObject({ approved: true, by: ["bob"] });
  // After the merge somebody has second thoughts, before anything ran.
  first.repo.review(1, { actor: "carol", state: "CHANGES_REQUESTED" });
  expect(await first.verify()).toEqual(refused("changes_requested", expect.stringContaining("carol")));
  expect(await first.verify("merge")).toEqual(refused("changes_requested"));
  first.approve("carol");
  expect(await first.verify()).toMatchObject({ approved: true, by: ["bob", "carol"] });
  // Without the right to write nobody holds anything up.
  first.repo.review(1, { actor: "tina", state: "CHANGES_REQUESTED" });
  expect(await first.verify()).toMatchObject({ approved: true });

  const second = await opened();
  second.approve("bob");
  const { id } = second.approve("bob");
  await second.client.rest.pulls.dismissReview({
    ...second.client.here,
    pull_number: 1,
    review_id: Number(id),
    message: "no",
  });
  second.repo.merge(1, { actor: "carol" });
  expect(await second.verify()).toEqual(refused("merged_by_only"));
});

test("an approval of an earlier commit is stale, whatever came after it", async () => {
  const { repo, approve, verify, plan } = await opened();
  approve("bob");
  repo.commit(
    BRANCH,
    { [PATH]: `${plan().split("\n").slice(0, 2).join("\n")}\n` },
    { author: "alice", message: "one less" },
  );
  repo.merge(1, { actor: "alice" });
  expect(await verify()).toEqual(refused("stale_approval", expect.stringContaining("bob")));
  // Nor does the merge of the one who pushed last.
  expect(await verify("merge")).toEqual(
    refused("approver_is_author", expect.stringMatching(/alice wrote.*bob approved an earlier/)),
  );
});

test.each([
  ["author", { author: "alice" }],
  [
    "co-author, by GitHub's address",
    { author: "dave", message: "cut\n\nCo-authored-by: Alice <77+Alice@users.noreply.github.com>" },
  ],
])("an approval by an %s of a commit in it does not count; somebody else's does", async (_, commit) => {
  const { repo, approve, verify, plan } = await opened();
  repo.commit(BRANCH, { [PATH]: `${plan().split("\n").slice(0, 2).join("\n")}\n` }, commit);
  approve("alice");
  repo.merge(1, { actor: "alice" });
  expect(await verify()).toEqual(refused("approver_is_author", expect.stringContaining("alice")));
  expect(await verify("merge")).toEqual(refused("approver_is_author"));
  approve("bob");
  expect(await verify()).toMatchObject({ approved: true, by: ["bob"] });
});

test("who opened the pull request cannot approve by merging it", async () => {
  const { repo, client } = await opened();
  repo.commit("work", { "evenkeel/plans/x.jsonl": "x\n" }, { author: "dave" });
  const pull = repo.open({ head: "work", actor: "alice" });
  repo.merge(pull, { actor: "alice" });
  const asked = { pull, path: "evenkeel/plans/x.jsonl", sha: repo.head(), mode: "merge" as const };
  expect(await verifyApproval(client, asked)).toEqual(refused("approver_is_author"));
});

test("bots do not approve, nor does the account that Evenkeel itself uses", async () => {
  const { github, repo, approve, verify } = await opened();
  github.addToken("ghs_helper", { login: "helper[bot]" });
  approve("helper[bot]");
  repo.merge(1, { actor: "helper[bot]" });
  expect(await verify()).toEqual(refused("approver_is_bot", expect.stringContaining("helper[bot]")));
  expect(await verify("merge")).toEqual(refused("approver_is_bot"));
  // A person's token: what that person's program proposed, that person cannot approve.
  const { client } = await connect(github, { token: "ghp_alice" });
  await publishReport(client, {
    ...reportOf([item(3)], { expires: EXPIRES }),
    branch: "evenkeel/report/b",
    path: "evenkeel/plans/b.jsonl",
  });
  repo.merge(2, { actor: "alice" });
  const asked = { pull: 2, path: "evenkeel/plans/b.jsonl", sha: repo.head(), mode: "merge" as const };
  expect(await verifyApproval(client, asked)).toEqual(refused("approver_is_bot", expect.stringContaining("alice")));
});

test("readers and triagers cannot approve; the nearest of several faults is told", async () => {
  const { github, repo, approve, verify } = await opened();
  repo.collaborator("rita", "read");
  approve("rita");
  approve("tina");
  github.addToken("ghs_helper", { login: "helper[bot]" });
  approve("helper[bot]");
  repo.merge(1, { actor: "carol" });
  const said = await verify();
  expect(said).toEqual(refused("approver_lacks_permission"));
  expect(said).toMatchObject({ words: expect.stringMatching(/rita may not write.*helper\[bot\] is no person/) });
  // A right that was taken away since counts as one that was never there.
  approve("bob");
  expect(await verify()).toMatchObject({ approved: true, by: ["bob"] });
  repo.collaborator("bob", "read");
  expect(await verify()).toEqual(refused("approver_lacks_permission"));
});

/** A commit as a machine pushes it whose address belongs to no account, or that says it was a bot. */
function strange(client: GitHub, branch: string, content: string, author: { name: string; email: string }) {
  const { here, rest } = client;
  return (async () => {
    const { data: ref } = await rest.git.getRef({ ...here, ref: `heads/${branch}` });
    const tree = [{ path: PATH, mode: "100644" as const, type: "blob" as const, content }];
    const made = await rest.git.createTree({ ...here, base_tree: ref.object.sha, tree });
    const parents = [ref.object.sha];
    const { data } = await rest.git.createCommit({
      ...here,
      message: "m\n\nEvenkeel-Plan: x\n",
      tree: made.data.sha,
      parents,
      author,
    });
    await rest.git.updateRef({ ...here, ref: `heads/${branch}`, sha: data.sha });
  })();
}

test.each([
  ["nobody's address", { name: "Alice", email: "alice@home.example" }],
  [
    "our own bot's name, unsigned",
    { name: "github-actions[bot]", email: "1002+github-actions[bot]@users.noreply.github.com" },
  ],
])("a commit by %s: nobody can tell that the approver did not write it", async (_, author) => {
  const { client, repo, approve, verify, plan } = await opened();
  await strange(client, BRANCH, `${plan().split("\n").slice(0, 2).join("\n")}\n`, author);
  approve("bob");
  repo.merge(1, { actor: "carol" });
  expect(await verify()).toEqual(refused("unknown_author", expect.stringContaining("bob did not write it")));
});

test("more than can be looked through is not approved, and what cannot be asked is an error", async () => {
  const { github, repo, client, approve, verify } = await opened();
  approve("bob");
  repo.merge(1, { actor: "carol" });
  github.fault(
    { route: "repos/get-collaborator-permission-level", times: 1 },
    { status: 403, body: { message: "Resource not accessible by integration" } },
  );
  await expect(verify()).rejects.toThrow("was denied");
  for (let number = 0; number < 251; number++)
    repo.commit("long", { "evenkeel/plans/l.jsonl": `${number}\n` }, { author: "dave" });
  const pull = repo.open({ head: "long", actor: "dave" });
  repo.review(pull, { actor: "bob", state: "APPROVED" });
  repo.merge(pull, { actor: "bob" });
  const asked = { pull, path: "evenkeel/plans/l.jsonl", sha: repo.head(), mode: "review" as const };
  expect(await verifyApproval(client, asked)).toEqual(refused("too_long", expect.stringContaining("commits")));
});

test("what is no approval by merge has no record", async () => {
  const { client, repo } = await opened();
  for (const name of [
    "",
    "policies at abc, 2026-03-01",
    "pull/1",
    "pull/77",
    `commit/${repo.head()}`,
    `commit/${"0".repeat(40)}`,
  ]) {
    const record = await approvalRecord(client, name).catch((error: unknown) => error);
    expect([name, record instanceof Error ? "error" : record]).toEqual([
      name,
      name.includes("000") ? "error" : undefined,
    ]);
  }
  repo.merge(1, { actor: "carol" });
  expect(await approvalRecord(client, "pull/1")).toMatchObject({ number: 1, approvedBy: [], mergedBy: "carol" });
});
