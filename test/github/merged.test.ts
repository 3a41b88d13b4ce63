import { expect, test } from "vitest";
import { mergedPlans } from "../../src/github/merged.ts";
import { publishReport } from "../../src/github/report.ts";
import { writePlan } from "../../src/plan/file.ts";
import { assertCleanAfterEach, start } from "../support/github/harness.ts";
import { connect, item, operations, PATH, planOf, reportOf, writes } from "./client-under-test.ts";

assertCleanAfterEach();
const folder = "evenkeel/plans";

test.each(["merge", "squash", "rebase"] as const)(
  "a plan merged by %s is read back with its pull request",
  async (method) => {
    const { github, repo } = await start();
    const { client } = await connect(github);
    const report = reportOf([item(1), item(2)]);
    await publishReport(client, report);
    const sha = repo.merge(1, { method, actor: "alice" });
    repo.commit("main", { "later.txt": "x\n" });
    github.log.length = 0;
    const { plans, refused } = await mergedPlans(client, { sha, folder });
    expect(refused).toEqual([]);
    expect(plans.map(({ path, plan }) => [path, writePlan(plan)])).toEqual([[PATH, report.plan]]);
    expect(writes(github)).toEqual([]);
    // The tree of the commit and, since the branch has moved on, the one at its head.
    expect(github.log.length).toBeLessThanOrEqual(9);
    const asked = github.log.length;
    const brought = { number: 1, branch: report.branch, url: expect.stringContaining("/pull/1") };
    expect(await plans[0]?.pullRequest()).toMatchObject(brought);
    expect(await plans[0]?.pullRequest()).toMatchObject(brought);
    expect(operations(github.log.slice(asked))).toEqual([
      "repos/list-commits",
      "repos/list-pull-requests-associated-with-commit",
    ]);
  },
);

test("a plan that was taken back or changed while the job waited is approved no more", async () => {
  const { github, repo } = await start();
  const { client } = await connect(github);
  const report = reportOf([item(1), item(2)]);
  const sha = repo.commit("main", { [PATH]: report.plan, [`${folder}/other.jsonl`]: reportOf([item(3)]).plan });
  expect((await mergedPlans(client, { sha, folder })).plans).toHaveLength(2);
  repo.commit("main", { [PATH]: null });
  expect((await mergedPlans(client, { sha, folder })).plans.map(({ path }) => path)).toEqual([`${folder}/other.jsonl`]);
  repo.commit("main", { [`${folder}/other.jsonl`]: reportOf([item(4)]).plan });
  expect((await mergedPlans(client, { sha, folder })).plans).toEqual([]);
});

test("whether a plan still stands is asked again after a minute, by one call where the branch has not moved", async () => {
  const { github, repo } = await start();
  const { client, clock } = await connect(github);
  const other = `${folder}/other.jsonl`;
  const sha = repo.commit("main", { [PATH]: reportOf([item(1), item(2)]).plan, [other]: reportOf([item(3)]).plan });
  const { plans } = await mergedPlans(client, { sha, folder });
  const asked = async () => {
    github.log.length = 0;
    const answers = [];
    for (const one of plans) answers.push(await one.stands());
    return { answers, calls: operations(github.log) };
  };
  await clock.sleep(60_000);
  expect(await asked()).toEqual({ answers: [true, true], calls: [] });
  await clock.sleep(1);
  expect(await asked()).toEqual({ answers: [true, true], calls: ["git/get-ref"] });
  repo.commit("main", { "later.txt": "x\n" });
  await clock.sleep(60_001);
  expect((await asked()).answers).toEqual([true, true]);
  repo.commit("main", { [PATH]: null });
  expect((await asked()).answers).toEqual([true, true]);
  await clock.sleep(60_001);
  expect((await asked()).answers).toEqual(plans.map(({ path }) => path === other));
  await clock.sleep(60_001);
  expect(await asked()).toEqual({ answers: plans.map(({ path }) => path === other), calls: ["git/get-ref"] });
  repo.commit("main", { [other]: reportOf([item(4)]).plan });
  await clock.sleep(60_001);
  expect((await asked()).answers).toEqual([false, false]);
});

test("an approval keeps its name whatever is merged after it; the same plan merged again is another", async () => {
  const { github, repo } = await start();
  const { client } = await connect(github);
  const report = reportOf([item(1)]);
  await publishReport(client, report);
  repo.merge(1, { method: "squash", actor: "alice" });
  const name = async () => (await mergedPlans(client, { sha: repo.head(), folder })).plans[0]?.approval();
  const first = await name();
  expect(first).toBe(`commit/${repo.head()}`);
  repo.commit("main", { "later.txt": "x\n" });
  expect(await name()).toBe(first);
  await publishReport(client, { ...reportOf([item(1)], { expires: "2026-03-20T00:00:00Z" }), usedUp: () => true });
  repo.merge(2, { method: "squash", actor: "alice" });
  expect(await name()).not.toBe(first);
  github.fault({ route: "repos/list-commits", times: 9 }, { status: 503, body: { message: "busy" } });
  await expect(name()).rejects.toThrow("failed inside GitHub");
});

test("only the tree of the commit counts, in the folder and below it, and only plan files", async () => {
  const { github, repo } = await start();
  const { client } = await connect(github);
  const text = writePlan(planOf([item(1)]));
  repo.commit("main", { "evenkeel/plans/team/b.jsonl": text, "evenkeel/plans/notes.md": "x", "other/c.jsonl": text });
  const sha = repo.head();
  repo.commit("main", { "evenkeel/plans/later.jsonl": text });
  const paths = async (where: string) =>
    (await mergedPlans(client, { sha, folder: where })).plans.map(({ path }) => path);
  expect(await paths("evenkeel/plans")).toEqual(["evenkeel/plans/team/b.jsonl"]);
  expect(await paths("./evenkeel/plans/")).toEqual(["evenkeel/plans/team/b.jsonl"]);
  expect(await paths("")).toEqual(["evenkeel/plans/team/b.jsonl", "other/c.jsonl"]);
  expect(await paths("nowhere")).toEqual([]);
  // A file of the folder's name is no folder.
  expect(await paths("README.md")).toEqual([]);
});

test("a plan that was edited is refused, and does not hold up the others", async () => {
  const { github, repo } = await start();
  const { client } = await connect(github);
  const good = writePlan(planOf([item(1)]));
  const files = {
    "p/a.jsonl": good.replace("bucket-1", "bucket-2"),
    "p/b.jsonl": good,
    "p/c.jsonl": "x".repeat(4_200_000),
  };
  const sha = repo.commit("main", files);
  const { plans, refused } = await mergedPlans(client, { sha, folder: "p" });
  expect(plans.map(({ path }) => path)).toEqual(["p/b.jsonl"]);
  expect(refused.map(({ path, problems }) => [path, problems[0]?.message])).toEqual([
    ["p/a.jsonl", expect.stringContaining("edited or added")],
    ["p/c.jsonl", expect.stringContaining("is the most")],
  ]);
  expect(github.calls("git/get-blob")).toHaveLength(2);
});

test("a commit that is not on the default branch approves nothing", async () => {
  const { github, repo } = await start();
  const { client } = await connect(github);
  const sha = repo.commit("side", { "p/a.jsonl": writePlan(planOf([item(1)])) }, { author: "alice" });
  await expect(mergedPlans(client, { sha, folder: "p" })).rejects.toThrow("not on main, the default branch");
  await expect(mergedPlans(client, { sha: "0".repeat(40), folder: "p" })).rejects.toThrow("not on main");
  // Nor does one whose branch went on from the default branch's head, or that was forced away.
  const old = repo.commit("main", { "p/a.jsonl": writePlan(planOf([item(2)])) });
  repo.setBranch("main", "side", "root");
  await expect(mergedPlans(client, { sha: old, folder: "p" })).rejects.toThrow("not on main");
  expect(github.calls("git/get-blob")).toEqual([]);
});

test("a plan without a pull request, or one that may not be looked up, is a plan all the same", async () => {
  const { github, repo } = await start();
  const { client, warnings } = await connect(github);
  const sha = repo.commit("main", { "p/a.jsonl": writePlan(planOf([item(1)])) });
  const direct = await mergedPlans(client, { sha, folder: "p" });
  expect(await direct.plans[0]?.pullRequest()).toBeUndefined();
  expect(warnings).toEqual([]);
  github.addToken("ghs_blind", { login: "blind[bot]", permissions: { contents: "read" } });
  const blind = await connect(github, { token: "ghs_blind" });
  const { plans } = await mergedPlans(blind.client, { sha, folder: "p" });
  expect(await plans[0]?.pullRequest()).toBeUndefined();
  expect(blind.warnings).toEqual([expect.stringContaining("was not found")]);
});
