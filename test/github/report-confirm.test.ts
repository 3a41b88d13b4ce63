import { expect, test } from "vitest";
import { verifyApproval } from "../../src/github/approval.ts";
import { declineItems } from "../../src/github/decline.ts";
import { publishReport } from "../../src/github/report.ts";
import { confirmationLine, itemLine } from "../../src/plan/file.ts";
import type { PlanItem } from "../../src/types/plan.ts";
import { assertCleanAfterEach, start } from "../support/github/harness.ts";
import { BRANCH, connect, during, item, PATH, reportOf, writes } from "./client-under-test.ts";

assertCleanAfterEach();

const doomed = (n: number, seen = "available"): PlanItem => ({ ...item(n, seen), risk: "destructive" });
const arn = (n: number): string => item(n).resource.arn;
const lines = (text: string | undefined): string[] => (text ?? "").split("\n").slice(1, -1);

/** A report on two destructive items, the first of them confirmed by alice. */
async function confirmedReport() {
  const { github, repo } = await start();
  const { client } = await connect(github);
  await publishReport(client, reportOf([doomed(1), doomed(2)]));
  const add = (name: string, author = "alice") =>
    repo.commit(BRANCH, { [PATH]: `${repo.file(BRANCH, PATH)}${confirmationLine(name)}\n` }, { author });
  const edited = add(arn(1));
  const publish = (items: readonly PlanItem[], more: Parameters<typeof reportOf>[1] = {}) =>
    publishReport(client, reportOf(items, more));
  return { github, repo, client, add, edited, publish };
}

test("adding and removing confirmations is a reviewer's right: nothing is frozen, and nothing pushed", async () => {
  const { github, repo, client, add, publish } = await confirmedReport();
  const seen = await during(github, () => publish([doomed(1), doomed(2)]));
  expect(seen.result).toMatchObject({ action: "unchanged", pushed: false, declined: [], confirmed: [arn(1)] });
  expect(writes({ ...github, log: seen.calls })).toEqual([]);
  add("nothing-of-this-plan");
  expect(await publish([doomed(1), doomed(2)])).toMatchObject({ confirmed: [arn(1), "nothing-of-this-plan"] });
  repo.commit(BRANCH, { [PATH]: reportOf([doomed(1), doomed(2)]).plan }, { author: "bob" });
  const none = await publishReport(client, reportOf([doomed(1), doomed(2)]));
  expect(none).toMatchObject({ action: "unchanged", pushed: false });
  expect(none.frozen ?? none.confirmed).toBeUndefined();
});

test("one that is not written letter by letter freezes the branch, with the line as it has to be", async () => {
  const { repo, publish } = await confirmedReport();
  const text = repo.file(BRANCH, PATH) ?? "";
  repo.commit(BRANCH, { [PATH]: `${text}{"confirm": "${arn(2)}"}\n` }, { author: "alice" });
  const { frozen } = await publish([doomed(1), doomed(2)]);
  expect(frozen).toBe(
    `alice edited the plan: write the confirmation as ${confirmationLine(arn(2))}, without spaces and with nothing else on the line`,
  );
});

test("a later push keeps the confirmations of lines that are the same, and drops and tells the others", async () => {
  const { repo, add, publish } = await confirmedReport();
  const last = add(arn(2), "bob");
  const next = [doomed(1), doomed(2, "in-use"), doomed(3)];
  const result = await publish(next);
  expect(result).toMatchObject({ pushed: true, confirmed: [arn(1)], dropped: [arn(2)] });
  expect(lines(repo.file(BRANCH, PATH))).toEqual([...next.map(itemLine), confirmationLine(arn(1))]);
  expect(repo.history(BRANCH)[0]?.parents).toEqual([last]);
  const gone = await publish([doomed(2, "in-use")]);
  expect(gone).toMatchObject({ pushed: true, dropped: [arn(1)] });
  expect(gone.confirmed).toBeUndefined();
  expect(lines(repo.file(BRANCH, PATH))).toEqual([itemLine(doomed(2, "in-use"))]);
});

test("who confirmed stays an author, however often the plan is pushed and the base moves", async () => {
  const { repo, client, edited, publish } = await confirmedReport();
  repo.collaborator("bob", "write");
  const grown: PlanItem[] = [doomed(1), doomed(2)];
  for (let n = 3; n < 6; n++) {
    repo.commit("main", { "policies/s3.yaml": `${n}\n` });
    grown.push(doomed(n));
    expect(await publish(grown)).toMatchObject({ pushed: true, confirmed: [arn(1)] });
  }
  expect(repo.history(BRANCH).map(({ sha }) => sha)).toContain(edited);
  expect(repo.pull(1)).toMatchObject({ changed_files: 1, mergeable: true });
  const verdict = async () => {
    const asked = { pull: 1, path: PATH, sha: repo.head("main"), mode: "review" as const };
    return verifyApproval(client, asked);
  };
  repo.review(1, { actor: "alice", state: "APPROVED" });
  repo.merge(1, { method: "squash", actor: "alice" });
  expect(await verdict()).toMatchObject({ approved: false, reason: "approver_is_author" });
});

test("what goes out by a comment takes its confirmation along, and leaves the others", async () => {
  const { repo, client, add } = await confirmedReport();
  add(arn(2));
  const place = { base: "main", branch: BRANCH, path: PATH };
  expect(await declineItems(client, place, [item(1).id])).toMatchObject({ done: true, pushed: true, left: 1 });
  expect(lines(repo.file(BRANCH, PATH))).toEqual([itemLine(doomed(2)), confirmationLine(arn(2))]);
});

test("a new pull request after a closed one begins without confirmations where it is pushed", async () => {
  const { repo, publish } = await confirmedReport();
  repo.close(1, "alice");
  const next = await publish([doomed(1), doomed(3)]);
  expect(next).toMatchObject({ action: "created", pushed: true, pullRequest: { number: 2 } });
  expect(next.confirmed ?? next.dropped).toBeUndefined();
  expect(lines(repo.file(BRANCH, PATH))).toEqual([doomed(1), doomed(3)].map(itemLine));
});

test("a merged plan whose destructive items nobody confirmed is proposed again, so that they can be", async () => {
  const { github, repo } = await start();
  const { client } = await connect(github);
  const report = reportOf([doomed(1)]);
  await publishReport(client, report);
  repo.merge(1, { method: "squash", actor: "bob" });
  const again = await publishReport(client, report);
  expect(again).toMatchObject({ action: "created", pushed: true, pullRequest: { number: 2 } });
  expect(await publishReport(client, report)).toMatchObject({ action: "unchanged", pushed: false });
  repo.commit(BRANCH, { [PATH]: `${repo.file(BRANCH, PATH)}${confirmationLine(arn(1))}\n` }, { author: "alice" });
  repo.merge(2, { method: "squash", actor: "bob" });
  // Now it waits to be applied.
  expect(await publishReport(client, report)).toMatchObject({ action: "nothing", pushed: false, declined: [] });
});
