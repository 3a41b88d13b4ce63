import { expect, test } from "vitest";
import { publishReport } from "../../src/github/report.ts";
import { openPullsUnder } from "../../src/github/report-pulls.ts";
import { onlyAdds } from "../../src/github/report-wait.ts";
import { itemLine } from "../../src/plan/file.ts";
import type { Plan, PlanItem } from "../../src/types/plan.ts";
import { assertCleanAfterEach, start } from "../support/github/harness.ts";
import { BRANCH, connect, during, item, PATH, planOf, reportOf, writes } from "./client-under-test.ts";

assertCleanAfterEach();

const critical = (n: number): PlanItem => ({ ...item(n), severity: "critical" });
const reviews = (calls: readonly { readonly operation: string }[]) =>
  calls.filter(({ operation }) => operation === "pulls/list-reviews").length;

async function approvedReport(items: readonly PlanItem[] = [item(1), item(2)]) {
  const { github, repo, as } = await start();
  const { client, clock } = await connect(github);
  await publishReport(client, reportOf(items));
  repo.review(1, { actor: "alice", state: "APPROVED" });
  const head = repo.head(BRANCH);
  const publish = (next: readonly PlanItem[], more: Parameters<typeof reportOf>[1] = {}) =>
    during(github, () => publishReport(client, reportOf(next, more)));
  return { github, repo, as, client, clock, head, publish };
}

test("what a plan adds, where it does nothing else: no line gone, changed, or critical", () => {
  const standing = planOf([item(1), item(2)]);
  const added = (...items: readonly PlanItem[]) => onlyAdds(standing, planOf(items))?.map(({ id }) => id);
  expect(added(item(1), item(2), item(3))).toEqual([item(3).id]);
  expect(added(item(1), item(2))).toEqual([]);
  expect(added(item(1), item(3))).toBeUndefined();
  expect(added(item(1), item(2, "off"), item(3))).toBeUndefined();
  expect(added(item(1), item(2), item(3), critical(4))).toBeUndefined();
  expect(onlyAdds(planOf([]), standing)).toBeUndefined();
});

test("new items wait while an approval stands, with one call more and no write; text follows what was approved", async () => {
  const { github, repo, head, publish } = await approvedReport();
  const later = ({ standing, items }: { standing: Plan; items: readonly PlanItem[] }) => {
    const { title } = reportOf(standing.items);
    return { title, body: `${standing.items.length} items and ${items.length} later` };
  };
  const { result, calls } = await publish([item(1), item(2), item(3)], { later });
  expect(result).toMatchObject({ pushed: false, action: "updated", pullRequest: { number: 1 }, head });
  expect(result.later).toMatchObject({ items: [item(3)], approvedBy: ["alice"] });
  expect(result.later?.standing.items).toEqual([item(1), item(2)]);
  expect(reviews(calls)).toBe(1);
  expect(repo.head(BRANCH)).toBe(head);
  expect(repo.pull(1)).toMatchObject({ title: reportOf([item(1), item(2)]).title, body: "2 items and 1 later" });
  const again = await publish([item(1), item(2), item(3)], { later });
  expect(again.result).toMatchObject({ action: "unchanged", pushed: false });
  expect(writes({ ...github, log: again.calls })).toEqual([]);
  // Without words for it the pull request's text is left alone.
  const plainly = await publish([item(1), item(2), item(4)]);
  expect(writes({ ...github, log: plainly.calls })).toEqual([]);
  // The approved plan as it is asks for no reviews.
  expect(reviews((await publish([item(1), item(2)])).calls)).toBe(0);
});

const pushed: readonly [string, readonly PlanItem[]][] = [
  ["a critical item is new", [item(1), item(2), critical(3)]],
  ["an item is resolved", [item(1)]],
  ["an item is resolved beside a new one", [item(1), item(3)]],
  ["an item changed beside a new one", [item(1), item(2, "off"), item(3)]],
];
test.each(pushed)("pushed at once, approval or not, and with everything: %s", async (_, items) => {
  const { repo, head, publish } = await approvedReport();
  const { result, calls } = await publish(items);
  expect(result).toMatchObject({ action: "updated", pushed: true });
  expect(result.later).toBeUndefined();
  expect(reviews(calls)).toBe(0);
  expect(repo.head(BRANCH)).not.toBe(head);
  expect(repo.file(BRANCH, PATH)).toBe(reportOf(items).plan);
});

const noApproval: readonly [string, (scene: Awaited<ReturnType<typeof approvedReport>>) => unknown][] = [
  ["asked for changes since", ({ repo }) => repo.review(1, { actor: "alice", state: "CHANGES_REQUESTED", body: "no" })],
  [
    "was dismissed",
    async ({ repo, as }) => {
      repo.collaborator("root", "admin");
      const { data } = await as("ghp_admin").pulls.listReviews({ owner: "acme", repo: "policies", pull_number: 1 });
      const message = "looked at the wrong one";
      await as("ghp_admin").pulls.dismissReview({
        ...{ owner: "acme", repo: "policies", pull_number: 1 },
        review_id: data[0]?.id ?? 0,
        message,
      });
    },
  ],
  [
    "was for an earlier commit",
    ({ repo }) => repo.commit(BRANCH, { [PATH]: `${repo.file(BRANCH, PATH)}` }, { author: "bob", message: "again" }),
  ],
];
test.each(noApproval)("an approval that %s holds nothing back", async (_, happens) => {
  const scene = await approvedReport();
  await happens(scene);
  const { result, calls } = await scene.publish([item(1), item(2), item(3)]);
  expect(result).toMatchObject({ action: "updated", pushed: true });
  expect(reviews(calls)).toBe(1);
});

test("a bot's approval holds nothing back, a second person's does", async () => {
  const { github, repo } = await start();
  const { client } = await connect(github);
  await publishReport(client, reportOf([item(1)]));
  repo.review(1, { actor: "renovate[bot]", state: "APPROVED" });
  expect(await publishReport(client, reportOf([item(1), item(2)]))).toMatchObject({ pushed: true });
  repo.review(1, { actor: "alice", state: "CHANGES_REQUESTED", body: "hm" });
  repo.review(1, { actor: "bob", state: "APPROVED" });
  const { later } = await publishReport(client, reportOf([item(1), item(2), item(3)]));
  expect(later?.approvedBy).toEqual(["bob"]);
});

test("a plan that expired, would not be accepted, or could not be merged is pushed all the same", async () => {
  const wider = [item(1), item(2), item(3)];
  const expired = await approvedReport();
  await expired.clock.sleep(8 * 86_400_000);
  const late = await expired.publish(wider, { expires: "2026-03-17T00:00:00Z" });
  expect(late.result).toMatchObject({ pushed: true });
  const unsigned = await approvedReport();
  const refused = await unsigned.publish(wider, { accepts: ({ items }) => items.length === 3 });
  expect(refused.result).toMatchObject({ pushed: true });
  const conflict = await approvedReport();
  conflict.repo.commit("main", { [PATH]: reportOf([item(9)]).plan });
  expect((await conflict.publish(wider)).result).toMatchObject({ pushed: true });
  expect(conflict.repo.pull(1).mergeable).toBe(true);
  // The base alone is no reason.
  const moved = await approvedReport();
  moved.repo.commit("main", { "policies/s3.yaml": "z\n" });
  expect((await moved.publish(wider)).result).toMatchObject({ pushed: false, later: { approvedBy: ["alice"] } });
});

test("what reviewers declined may look different without costing the approval, and no new item waits by it", async () => {
  const { github, repo } = await start();
  const { client } = await connect(github);
  const report = reportOf([item(1), item(2)]);
  await publishReport(client, report);
  repo.commit(BRANCH, { [PATH]: report.plan.replace(`${itemLine(item(2))}\n`, "") }, { author: "bob" });
  repo.review(1, { actor: "alice", state: "APPROVED" });
  const head = repo.head(BRANCH);
  const result = await publishReport(client, reportOf([item(1), item(2, "off")]));
  expect(result).toMatchObject({ pushed: false, declined: [item(2).id], later: { items: [] } });
  expect(repo.head(BRANCH)).toBe(head);
});

test("merged, the report that follows proposes what waited", async () => {
  const { repo, publish } = await approvedReport([item(1)]);
  await publish([item(1), item(2)]);
  repo.merge(1, { method: "squash", actor: "alice" });
  const { result } = await publish([item(2)]);
  expect(result).toMatchObject({ action: "created", pullRequest: { number: 2 } });
});

test("where no more may be opened a report waits without a write; one that is open goes on, and what is approved does not wait", async () => {
  const { github, repo } = await start();
  const { client } = await connect(github);
  const wait = "5 are open already";
  const full = await during(github, () => publishReport(client, reportOf([item(1)], { wait })));
  expect(full.result).toEqual({ action: "waiting", pushed: false, declined: [], wait });
  expect(writes(github)).toEqual([]);
  expect(await publishReport(client, reportOf([], { wait }))).toMatchObject({ action: "nothing" });
  await publishReport(client, reportOf([item(1)]));
  expect(await publishReport(client, reportOf([item(2)], { wait }))).toMatchObject({ action: "updated", pushed: true });
  repo.merge(1, { method: "squash", actor: "alice" });
  expect(await publishReport(client, reportOf([item(2)], { wait }))).toMatchObject({ action: "nothing" });
});

test("what the caller knows is not asked for again", async () => {
  const { github, repo } = await start();
  const { client } = await connect(github);
  const { commit } = (await client.rest.repos.getBranch({ ...client.here, branch: "main" })).data;
  const base = { sha: commit.sha, tree: commit.commit.tree.sha };
  await client.about();
  const known = { base, open: undefined };
  const wait = await during(github, () => publishReport(client, reportOf([item(1)], { known, wait: "full" })));
  expect(wait.calls.map(({ operation }) => operation)).toEqual(["repos/get-content"]);
  const made = await during(github, () => publishReport(client, reportOf([item(1)], { known })));
  expect(made.result).toMatchObject({ action: "created" });
  expect(made.calls).toHaveLength(7);
  repo.commit("other", { "x.txt": "x\n" }, { author: "alice" });
  repo.open({ head: "other", actor: "alice" });
  const { pulls, complete } = await openPullsUnder(client, "evenkeel/report/");
  expect([...pulls.keys()]).toEqual([BRANCH]);
  expect(complete).toBe(true);
  const open = pulls.get(BRANCH);
  const same = await during(github, () => publishReport(client, reportOf([item(1)], { known: { base, open } })));
  expect(same.result).toMatchObject({ action: "unchanged", pullRequest: { number: 1 } });
  expect(same.calls.map(({ operation }) => operation)).toEqual([
    "repos/get-content",
    "repos/compare-commits-with-basehead",
    "repos/get-content",
  ]);
});

test("what somebody pushed after the pull requests were listed is neither buried nor closed away", async () => {
  for (const next of [reportOf([item(2)]), reportOf([])]) {
    const { github, repo } = await start();
    const { client } = await connect(github);
    await publishReport(client, reportOf([item(1)]));
    const { commit } = (await client.rest.repos.getBranch({ ...client.here, branch: "main" })).data;
    const base = { sha: commit.sha, tree: commit.commit.tree.sha };
    const open = (await openPullsUnder(client, "evenkeel/report/")).pulls.get(BRANCH);
    const pushed = repo.commit(BRANCH, { "notes.md": "mine\n" }, { author: "alice" });
    const result = await publishReport(client, { ...next, known: { base, open } });
    expect(result.frozen).toContain("alice changed notes.md");
    expect(repo.head(BRANCH)).toBe(pushed);
    expect(repo.pull(1).state).toBe("open");
  }
});

test("more open pull requests than one page holds are all looked through", async () => {
  const { github, repo } = await start();
  const { client } = await connect(github);
  for (let n = 0; n < 103; n++) {
    const head = n === 102 ? BRANCH : `feature/${n}`;
    repo.commit(head, { "x.txt": `${n}\n` }, { author: "alice" });
    repo.open({ head, actor: "alice" });
  }
  const { pulls, complete } = await openPullsUnder(client, "evenkeel/report/");
  expect([...pulls]).toMatchObject([[BRANCH, { number: 103, state: "open" }]]);
  expect(complete).toBe(true);
});
