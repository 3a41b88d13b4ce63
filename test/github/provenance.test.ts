import { expect, test } from "vitest";
import { verifyApproval } from "../../src/github/approval.ts";
import type { GitHub } from "../../src/github/client.ts";
import { mergedPlans } from "../../src/github/merged.ts";
import { provenanceOf } from "../../src/github/provenance.ts";
import { publishReport } from "../../src/github/report.ts";
import { assertCleanAfterEach, start } from "../support/github/harness.ts";
import { BRANCH, connect, item, PATH, reportOf } from "./client-under-test.ts";

assertCleanAfterEach();

/** A report of the app's, with two items, open as pull request 1. */
async function opened() {
  const { github, repo } = await start();
  const { client } = await connect(github, { token: "ghs_app", actor: "evenkeel[bot]" });
  await publishReport(client, reportOf([item(1), item(2)]));
  const text = () => repo.file(BRANCH, PATH) ?? "";
  return { github, repo, client, text };
}

/** Bob approves and merges; then where the plan comes from, and by how many calls that was found out. */
async function judged({ github, repo, client }: Awaited<ReturnType<typeof opened>>, as: GitHub = client) {
  repo.review(1, { actor: "bob", state: "APPROVED" });
  repo.merge(1, { actor: "bob", method: "squash" });
  const { plans } = await mergedPlans(as, { sha: repo.head(), folder: "evenkeel/plans" });
  const [merged] = plans;
  if (merged === undefined) throw new Error("no plan");
  const asked = { pull: 1, path: PATH, sha: repo.head(), blob: merged.blob, mode: "review" as const };
  const approval = await verifyApproval(as, asked);
  if (!approval.approved) throw new Error(approval.words);
  const from = github.log.length;
  const provenance = await provenanceOf(as, merged, approval.origin);
  return { ...provenance, calls: github.log.length - from };
}

test("nobody wrote after us: known, without a call more, though the squashed commit is not ours", async () => {
  expect(await judged(await opened())).toEqual({
    known: true,
    words: expect.stringMatching(
      /^commit [0-9a-f]{12} of evenkeel\[bot\], verified by GitHub, vouches for every line$/,
    ),
    calls: 0,
  });
});

test("lines that a person took out leave it known, by one call", async () => {
  const all = await opened();
  all.repo.commit(BRANCH, { [PATH]: `${all.text().split("\n").slice(0, 2).join("\n")}\n` }, { author: "alice" });
  expect(await judged(all)).toMatchObject({ known: true, calls: 1 });
});

test("a line that a person put back is one of ours", async () => {
  const all = await opened();
  const whole = all.text();
  all.repo.commit(BRANCH, { [PATH]: `${whole.split("\n").slice(0, 2).join("\n")}\n` }, { author: "alice" });
  all.repo.commit(BRANCH, { [PATH]: whole }, { author: "alice" });
  expect(await judged(all)).toMatchObject({ known: true, calls: 1 });
});

test("a header that a person edited is not ours any more, whoever approved it", async () => {
  const all = await opened();
  all.repo.commit(BRANCH, { [PATH]: all.text().replace('"expires":"2026', '"expires":"2027') }, { author: "alice" });
  expect(await judged(all)).toMatchObject({ known: false, words: expect.stringContaining("holds another header") });
});

test("commits in our name that GitHub did not verify, and commits of somebody else's that it did, are not ours", async () => {
  const forged = await opened();
  // By a machine of alice's: she says she is our bot, and no one signed it.
  const text = forged.text();
  forged.repo.commit("work", { [PATH]: text }, { author: "evenkeel[bot]", message: "m\n\nEvenkeel-Plan: x\n" });
  const pull = forged.repo.open({ head: "work", actor: "alice" });
  forged.repo.review(pull, { actor: "bob", state: "APPROVED" });
  forged.repo.merge(pull, { actor: "bob" });
  const asked = { pull, path: PATH, sha: forged.repo.head(), mode: "review" as const };
  // Nobody can tell who wrote it: not even an approval holds.
  expect(await verifyApproval(forged.client, asked)).toMatchObject({ approved: false, reason: "unknown_author" });

  const hers = await opened();
  hers.repo.commit(BRANCH, { [PATH]: hers.text() }, { author: "alice", verified: true });
  hers.repo.commit(BRANCH, { "a.txt": "a" }, { author: "alice", verified: true, message: "m\n\nEvenkeel-Plan: x\n" });
  const { words } = await judged(hers);
  expect(words).toContain("of evenkeel[bot]");
});

test("a commit without our mark vouches for nothing: the job's account is that of every workflow", async () => {
  const { github, repo } = await start();
  const { client } = await connect(github);
  await publishReport(client, reportOf([item(1)]));
  const named = await judged({ github, repo, client, text: () => "" });
  expect(named.words).toContain("any workflow here that may write contents can commit in that name");

  const other = await start();
  const { client: bot } = await connect(other.github);
  other.repo.commit("work", { [PATH]: reportOf([item(1)]).plan }, { author: "github-actions[bot]", verified: true });
  other.repo.open({ head: "work", actor: "github-actions[bot]" });
  expect(await judged({ ...other, client: bot, text: () => "" })).toMatchObject({
    known: false,
    words: "no commit in its pull request is of Evenkeel and verified by GitHub",
    calls: 0,
  });
});

test("what cannot be read is said, and stops nothing", async () => {
  const all = await opened();
  all.repo.commit(BRANCH, { [PATH]: `${all.text().split("\n").slice(0, 2).join("\n")}\n` }, { author: "alice" });
  all.repo.review(1, { actor: "bob", state: "APPROVED" });
  all.repo.merge(1, { actor: "bob" });
  const { plans } = await mergedPlans(all.client, { sha: all.repo.head(), folder: "evenkeel/plans" });
  const [merged] = plans;
  if (merged === undefined) throw new Error("no plan");
  all.github.fault({ route: "repos/get-content", times: 9 }, { status: 403, body: { message: "no" } });
  const origin = { commit: "a".repeat(40), by: "evenkeel[bot]", last: false };
  expect(await provenanceOf(all.client, merged, origin)).toMatchObject({
    known: false,
    words: expect.stringContaining("could not be read"),
  });
});
