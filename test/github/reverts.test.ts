import { expect, test } from "vitest";
import { mergedPlans } from "../../src/github/merged.ts";
import { publishReport } from "../../src/github/report.ts";
import { isRevertPull, planCommits, saysRevert, takenOut } from "../../src/github/reverts.ts";
import { planDigest } from "../../src/plan/file.ts";
import { assertCleanAfterEach, start } from "../support/github/harness.ts";
import { connect, during, item, PATH, planOf, reportOf, writes } from "./client-under-test.ts";

assertCleanAfterEach();
const folder = "evenkeel/plans";
const SHA = "abcdef0123456789abcdef0123456789abcdef01";

test.each([
  ['Revert "Fix 9 findings in all [41ab09cd77e1]" (#13)', true],
  [`Roll back\n\nThis reverts commit ${SHA}.`, true],
  ["Roll back (#13)\n\nReverts acme/policies#12", true],
  ['Merge pull request #13 from acme/revert-12-evenkeel/report/all\n\nRevert "x"', true],
  ["Fix 9 findings in all [41ab09cd77e1] (#12)", false],
  ["We may revert this later; see how it reverts commit by commit", false],
  ["Merge pull request #13 from acme/do-not-revert-12-please", false],
  ['Reapply "Fix 9 findings"', false],
])("%j says that it reverts something: %s", (text, says) => {
  expect(saysRevert(text)).toBe(says);
});

test("a pull request is a revert by its branch or its title", () => {
  expect(isRevertPull({ branch: "revert-12-evenkeel/report/all", title: "Roll back" })).toBe(true);
  expect(isRevertPull({ branch: "work", title: 'Revert "Fix 9 findings"' })).toBe(true);
  expect(isRevertPull({ branch: "work/revert-12", title: "Fix" })).toBe(false);
});

test.each(["merge", "squash", "rebase"] as const)(
  "what a revert merged by %s took out: the plan by its digest and the name of its approval, within a few reads",
  async (method) => {
    const { github, repo } = await start();
    const { client } = await connect(github);
    const report = reportOf([item(1), item(2)]);
    await publishReport(client, report);
    repo.merge(1, { method, actor: "alice" });
    const [merged] = (await mergedPlans(client, { sha: repo.head(), folder })).plans;
    const approval = await merged?.approval();
    const revert = repo.revert(1, "bob");
    repo.merge(revert, { method, actor: "alice" });
    repo.commit("main", { "later.txt": "x\n" });
    const digest = planDigest(planOf([item(1), item(2)]).header);
    const { result, calls } = await during(github, async () => {
      const commits = await planCommits(client, { branch: "main", folder });
      const [commit] = commits.filter(({ message }) => saysRevert(message));
      return commit === undefined ? [] : takenOut(client, commit, { folder, wanted: (one) => one === digest });
    });
    expect(result).toMatchObject([{ path: PATH, digest, approval, items: new Set([item(1).id, item(2).id]) }]);
    expect(calls.length).toBeLessThanOrEqual(5);
    expect(writes(github).filter(({ operation }) => operation === "pulls/merge")).toEqual([]);
  },
);

test("lines that a later file holds too were not taken out; a plan nobody asks for is not looked at", async () => {
  const { github, repo } = await start();
  const { client } = await connect(github);
  const [both, one] = [reportOf([item(1), item(2)]).plan, reportOf([item(2)]).plan];
  repo.commit("main", { [PATH]: one });
  repo.commit("main", { [PATH]: both });
  repo.commit("main", { [PATH]: one }, { message: 'Revert "both"' });
  const [commit] = await planCommits(client, { branch: "main", folder });
  if (commit === undefined) throw new Error("no commit");
  const [taken] = await takenOut(client, commit, { folder, wanted: () => true });
  expect(taken?.items).toEqual(new Set([item(1).id]));
  expect(taken?.approval).toBe(`commit/${commit.parent}`);
  const { result, calls } = await during(github, () => takenOut(client, commit, { folder, wanted: () => false }));
  expect(result).toEqual([]);
  expect(calls).toHaveLength(2);
  expect(await takenOut(client, commit, { folder: "elsewhere", wanted: () => true })).toEqual([]);
});
