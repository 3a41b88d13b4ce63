import { expect, test } from "vitest";
import { publishReport, type Report } from "../../src/github/report.ts";
import { itemLine } from "../../src/plan/file.ts";
import { assertCleanAfterEach, start } from "../support/github/harness.ts";
import { BRANCH, connect, during, item, operations, PATH, reportOf, writes } from "./client-under-test.ts";

assertCleanAfterEach();

const linesOf = (text: string | undefined): string[] => (text ?? "").split("\n").slice(1, -1);

test("lines that a reviewer deleted stay out, whatever else changes", async () => {
  const { github, repo } = await start();
  const { client } = await connect(github);
  const report = reportOf([item(1), item(2), item(3)]);
  await publishReport(client, report);
  repo.commit(BRANCH, { [PATH]: report.plan.replace(`${itemLine(item(2))}\n`, "") }, { author: "alice" });
  const unchanged = await during(github, () => publishReport(client, report));
  expect(unchanged.result).toMatchObject({ action: "unchanged", pushed: false, declined: [item(2).id] });
  expect(operations(unchanged.calls).filter((name) => !/get|list|compare/.test(name))).toEqual([]);

  // The declined item looks different now, and there is a fourth: built on the reviewer's commit.
  const edited = repo.head(BRANCH);
  const more = reportOf([item(1), item(2, "off"), item(3), item(4)]);
  expect(await publishReport(client, more)).toMatchObject({ action: "updated", pushed: true, declined: [item(2).id] });
  expect(repo.history(BRANCH)[0]?.parents).toEqual([edited]);
  expect(linesOf(repo.file(BRANCH, PATH))).toEqual([item(1), item(3), item(4)].map(itemLine));

  // Made anew on a base that moved, it is still remembered.
  repo.commit("main", { "policies/s3.yaml": "z\n" });
  const fewer = reportOf([item(2, "off"), item(4)]);
  expect(await publishReport(client, fewer)).toMatchObject({ pushed: true, declined: [item(2).id] });
  expect(linesOf(repo.file(BRANCH, PATH))).toEqual([itemLine(item(4))]);
  expect(repo.history(BRANCH)[0]?.parents).toEqual([repo.head("main")]);
  expect(await publishReport(client, fewer)).toMatchObject({ action: "unchanged", declined: [item(2).id] });

  // The reviewer puts the line back.
  repo.commit(BRANCH, { [PATH]: fewer.plan }, { author: "alice" });
  expect(await publishReport(client, fewer)).toMatchObject({ action: "unchanged", declined: [] });
});

test("over a reviewer's deletion the base is merged in, not forced", async () => {
  const { github, repo } = await start();
  const { client } = await connect(github);
  const report = reportOf([item(1), item(2)]);
  await publishReport(client, report);
  const edited = repo.commit(
    BRANCH,
    { [PATH]: report.plan.replace(`${itemLine(item(2))}\n`, "") },
    { author: "alice" },
  );
  const base = repo.commit("main", { "policies/s3.yaml": "z\n" });
  await publishReport(client, reportOf([item(1), item(2), item(3)]));
  expect(repo.history(BRANCH)[0]?.parents).toEqual([edited, base]);
  expect(repo.pull(1)).toMatchObject({ changed_files: 1, mergeable: true });
  expect(github.calls("git/update-ref").map(({ body }) => body)).toMatchObject([{ force: false }]);
});

test("what people did last is seen behind more commits than GitHub lists at once", async () => {
  const { github, repo } = await start();
  const { client } = await connect(github);
  const report = reportOf([item(1), item(2)]);
  await publishReport(client, report);
  const ours = { author: "github-actions[bot]", message: "Plan\n\nEvenkeel-Plan: x\n" };
  for (let n = 0; n < 110; n++)
    repo.commit(BRANCH, { [PATH]: n === 109 ? report.plan : reportOf([item(n)]).plan }, ours);
  expect(await publishReport(client, report)).toMatchObject({ action: "unchanged", declined: [] });
  repo.commit(BRANCH, { [PATH]: report.plan.replace("bucket-1", "bucket-9") }, { author: "alice" });
  expect((await publishReport(client, report)).frozen).toContain("alice edited the plan");
});

const edits: readonly [string, (report: Report) => Record<string, string | null>, string][] = [
  ["edits a line", ({ plan }) => ({ [PATH]: plan.replace("bucket-1", "bucket-9") }), "alice edited the plan"],
  ["adds a line", ({ plan }) => ({ [PATH]: `${plan}${itemLine(item(7))}\n` }), "alice edited the plan"],
  [
    "edits the header",
    ({ plan }) => ({ [PATH]: plan.replace('"scope":"all"', '"scope":"al"') }),
    "alice edited the header",
  ],
  ["removes the file", () => ({ [PATH]: null }), "alice removed the plan file"],
  ["adds a file", () => ({ "notes.md": "mine\n" }), "alice changed notes.md on it"],
];
test.each(edits)("a person who %s freezes the branch", async (_, edit, words) => {
  const { github, repo } = await start();
  const { client } = await connect(github);
  const report = reportOf([item(1), item(2)]);
  await publishReport(client, report);
  const head = repo.commit(BRANCH, edit(report), { author: "alice" });
  for (const next of [report, reportOf([item(3)]), reportOf([])]) {
    const seen = await during(github, () => publishReport(client, next));
    expect(seen.result).toMatchObject({ action: "unchanged", pushed: false, pullRequest: { number: 1 } });
    expect(seen.result.frozen).toContain(words);
    expect(writes({ ...github, log: seen.calls })).toEqual([]);
  }
  expect(repo.head(BRANCH)).toBe(head);
});

test("a branch of that name that somebody else made is left alone", async () => {
  const { github, repo } = await start();
  const { client } = await connect(github);
  const head = repo.commit(BRANCH, { "x.txt": "x\n" }, { author: "alice", message: "x\n\nEvenkeel-Plan: forged\n" });
  const result = await publishReport(client, reportOf([item(1)]));
  expect(result).toMatchObject({ action: "nothing", pushed: false, head });
  expect(result.frozen).toContain("commits of alice and none of Evenkeel");
});

test("the Update branch button changes nothing of the plan", async () => {
  const { github, repo, as } = await start();
  const { client } = await connect(github);
  await publishReport(client, reportOf([item(1)]));
  repo.commit("main", { "policies/s3.yaml": "z\n" });
  await as("ghp_alice").pulls.updateBranch({ owner: "acme", repo: "policies", pull_number: 1 });
  expect(await publishReport(client, reportOf([item(1)]))).toMatchObject({ action: "unchanged", pushed: false });
  const head = repo.head(BRANCH);
  expect(await publishReport(client, reportOf([item(2)]))).toMatchObject({ action: "updated", pushed: true });
  expect(repo.history(BRANCH)[0]?.parents).toEqual([head]);
});

test("what a person does with the token's own account is told from what Evenkeel did with it", async () => {
  const { github, repo } = await start();
  const { client } = await connect(github, { token: "ghp_alice" });
  const report = reportOf([item(1)]);
  await publishReport(client, report);
  expect(await publishReport(client, report)).toMatchObject({ action: "unchanged" });
  repo.commit(BRANCH, { [PATH]: report.plan.replace("bucket-1", "bucket-9") }, { author: "alice" });
  expect((await publishReport(client, reportOf([item(2)]))).frozen).toContain("alice edited the plan");
});

test("a second deletion adds to the first; a declined item that changed moves the header along", async () => {
  const { github, repo } = await start();
  const { client } = await connect(github);
  const without = (text: string | undefined, ...gone: ReturnType<typeof item>[]) =>
    gone.reduce((rest, one) => rest.replace(`${itemLine(one)}\n`, ""), text ?? "");
  const first = reportOf([item(1), item(2), item(3)]);
  await publishReport(client, first);
  repo.commit(BRANCH, { [PATH]: without(first.plan, item(2)) }, { author: "alice" });
  const second = reportOf([item(1), item(2, "off"), item(3)]);
  expect(await publishReport(client, second)).toMatchObject({ pushed: true });
  expect(repo.file(BRANCH, PATH)).toBe(without(second.plan, item(2, "off")));
  repo.commit(BRANCH, { [PATH]: without(repo.file(BRANCH, PATH), item(3)) }, { author: "bob" });
  const declined = [item(2).id, item(3).id];
  expect(await publishReport(client, second)).toMatchObject({ action: "unchanged", pushed: false, declined });
});

test("what a reviewer took out before the merge is proposed again afterwards: a waiver is another thing", async () => {
  const { github, repo } = await start();
  const { client } = await connect(github);
  const report = reportOf([item(1), item(2)]);
  await publishReport(client, report);
  repo.commit(BRANCH, { [PATH]: report.plan.replace(`${itemLine(item(2))}\n`, "") }, { author: "alice" });
  repo.merge(1, { method: "squash", actor: "bob" });
  const again = await publishReport(client, report);
  expect(again).toMatchObject({ action: "created", pushed: true, declined: [], pullRequest: { number: 2 } });
  expect(repo.file(BRANCH, PATH)).toBe(report.plan);
});
