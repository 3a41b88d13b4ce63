/** Snoozing against a GitHub: what a report run makes of closed reports, and what comments add to it. */
import { expect, test } from "vitest";
import { journalAway } from "../../src/commands/comment-snooze.ts";
import { noteClosedReports, readSnoozing, type Snoozing } from "../../src/commands/snoozing.ts";
import { runnerContext } from "../../src/github/context.ts";
import { branchJournal } from "../../src/github/journal-branch.ts";
import { publishReport, type Report, type ReportResult } from "../../src/github/report.ts";
import { itemLine } from "../../src/plan/file.ts";
import type { SnoozeNote } from "../../src/types/journal.ts";
import type { PlanItem } from "../../src/types/plan.ts";
import { BRANCH, during, operations, reportOf } from "../github/client-under-test.ts";
import { configOf } from "../preview/made.ts";
import { assertCleanAfterEach } from "../support/github/harness.ts";
import { ITEMS, linesOf, named, one, PATH, scene, three, two } from "./comment-scene.ts";

assertCleanAfterEach();

type Scene = Awaited<ReturnType<typeof scene>>;
const CONFIG = configOf(["111111111111"]);
const FIRST = "2026-03-02T00:00:00Z";
const four = named(4);

async function hubOf({ github, client }: Scene, run: number) {
  const context = await runnerContext(
    {
      GITHUB_REPOSITORY: "acme/policies",
      GITHUB_SHA: "0".repeat(40),
      GITHUB_REF: "refs/heads/main",
      GITHUB_EVENT_NAME: "schedule",
      GITHUB_EVENT_PATH: "event",
      GITHUB_RUN_ID: String(run),
      GITHUB_RUN_ATTEMPT: "1",
      GITHUB_SERVER_URL: "https://github.com",
      GITHUB_API_URL: github.url,
    },
    async () => "{}",
  );
  return { github: client, context };
}

let runs = 100;
/** What the command `report` does about snoozes, without a scan. */
async function reportRun(of: Scene, items: readonly PlanItem[], now = FIRST, more: Partial<Report> = {}) {
  runs += 1;
  const hub = await hubOf(of, runs);
  const journal = branchJournal(of.client, { branch: "evenkeel/journal", run: `${runs}-1` });
  const { notes } = await journal.read();
  const snoozing = await noteClosedReports(hub, journal, { config: CONFIG, scopes: ["all"], notes, now });
  const left = items.filter(({ id }) => !snoozing.snoozes.has(id));
  const result: ReportResult = await publishReport(of.client, {
    ...reportOf(left, { path: PATH, ...more }),
    keepsBranch: snoozing.wasClosed("all"),
  });
  return { ...result, put: ids(snoozing) };
}
const ids = ({ snoozes }: Snoozing): string[] => [...snoozes.keys()].sort();
const idsOf = (items: readonly PlanItem[]): string[] => items.map(({ id }) => id).sort();

async function notesOf({ client }: Scene): Promise<SnoozeNote[]> {
  const { notes } = await branchJournal(client, { run: "look" }).read();
  return notes.flatMap((note) => (note.record === "snooze" ? [note] : []));
}

test("a person closes a report: all that it offered is put off, noted once, and the branch stays; afterwards it is proposed again", async () => {
  const of = await scene();
  const { github, repo, run } = of;
  await run(`/reject ${two.id}`);
  repo.close(1, "alice");
  const closed = repo.pull(1).closed_at ?? "";
  const first = await during(github, () => reportRun(of, ITEMS));
  // What a reviewer had taken out is not back sooner than the rest.
  expect(first.result).toMatchObject({ action: "nothing", put: idsOf(ITEMS) });
  expect(operations(first.calls).filter((name) => name === "issues/get")).toHaveLength(1);
  expect(repo.pulls("open")).toEqual([]);
  const until = new Date(Date.parse(closed) + 14 * 86_400_000).toISOString();
  const by = { how: "closed", by: "alice", pull: 1, until, items: idsOf(ITEMS), since: new Date(closed).toISOString() };
  expect(await notesOf(of)).toMatchObject([by]);
  expect(repo.head(BRANCH)).toBe(repo.pull(1).head.sha);

  const second = await during(github, () => reportRun(of, ITEMS, "2026-03-14T00:00:00Z"));
  expect(second.result).toMatchObject({ action: "nothing", put: idsOf(ITEMS) });
  expect(operations(second.calls)).not.toContain("issues/get");
  expect(second.calls.filter(({ method }) => method !== "GET")).toEqual([]);

  // A new failing item beside them has a pull request of its own.
  const beside = await reportRun(of, [...ITEMS, four]);
  expect(beside).toMatchObject({ action: "created", pullRequest: { number: 2 }, put: idsOf(ITEMS) });
  expect(linesOf(repo.file(BRANCH, PATH))).toEqual([itemLine(four)]);

  const after = await reportRun(of, [...ITEMS, four], until);
  expect(after).toMatchObject({ action: "updated", pullRequest: { number: 2 }, put: [], declined: [] });
  expect(linesOf(repo.file(BRANCH, PATH))).toHaveLength(4);
  expect(await notesOf(of)).toHaveLength(1);
});

test("opened again it stands as it was; closed once more it is put off anew, from then on", async () => {
  const of = await scene();
  const { repo, bot } = { ...of, bot: of.client.rest };
  repo.close(1, "alice");
  await reportRun(of, ITEMS);
  await bot.pulls.update({ owner: "acme", repo: "policies", pull_number: 1, state: "open" });
  const again = await during(of.github, () => reportRun(of, ITEMS));
  expect(again.result).toMatchObject({ action: "unchanged", pushed: false, pullRequest: { number: 1 }, put: [] });
  expect(again.calls.filter(({ method }) => method !== "GET")).toEqual([]);
  repo.close(1, "bob");
  expect(await reportRun(of, ITEMS)).toMatchObject({ action: "nothing", put: idsOf(ITEMS) });
  expect((await notesOf(of)).map(({ by }) => by)).toEqual(["alice", "bob"]);
  // Opened, and merged after all: what fails again later is proposed.
  await bot.pulls.update({ owner: "acme", repo: "policies", pull_number: 1, state: "open" });
  repo.merge(1);
  expect((await reportRun(of, ITEMS)).put).toEqual([]);
});

test("what we close, what another program closes, and what was closed long ago puts nothing off", async () => {
  const of = await scene();
  const { github, repo } = of;
  expect(await reportRun(of, [])).toMatchObject({ action: "closed" });
  expect(repo.pull(1).body).toContain("<!-- evenkeel:withdrawn v1 -->");
  const fresh = await during(github, () => reportRun(of, ITEMS));
  expect(fresh.result).toMatchObject({ action: "created", pullRequest: { number: 2 }, put: [] });
  // Known from the list: nobody has to be asked who it was.
  expect(operations(fresh.calls)).not.toContain("issues/get");
  github.addToken("ghs_stale", { login: "stale[bot]" });
  repo.close(2, "stale[bot]");
  expect(await reportRun(of, ITEMS)).toMatchObject({ action: "created", pullRequest: { number: 3 }, put: [] });
  repo.close(3, "alice");
  expect(await reportRun(of, ITEMS, "2026-03-16T00:00:00Z")).toMatchObject({ action: "created", put: [] });
  expect(await notesOf(of)).toEqual([]);
});

test("a report that people's work had frozen is closed to be had afresh", async () => {
  const of = await scene();
  of.repo.commit(BRANCH, { "notes.md": "mine\n" }, { author: "alice" });
  expect((await reportRun(of, ITEMS)).frozen).toContain("notes.md");
  of.repo.close(1, "alice");
  expect(await reportRun(of, ITEMS)).toMatchObject({ action: "created", pullRequest: { number: 2 }, put: [] });
});

test("killed once the note is written, or while its answer is lost: the next run notes nothing twice", async () => {
  const of = await scene();
  const { github, repo } = of;
  repo.close(1, "alice");
  github.fault({ route: "git/create-ref", times: 1 }, { afterWrite: "reset" });
  github.fault({ route: "repos/create-or-update-file-contents", skip: 1, times: 1 }, { afterWrite: "reset" });
  const fault = github.fault({ route: "repos/get-branch", times: 1 }, { status: 403, body: { message: "no" } });
  await expect(reportRun(of, [...ITEMS, four])).rejects.toThrow();
  fault.remove();
  expect(await notesOf(of)).toHaveLength(1);
  expect(repo.pulls("open")).toEqual([]);
  expect(await reportRun(of, [...ITEMS, four])).toMatchObject({ action: "created", put: idsOf(ITEMS) });
  expect(await notesOf(of)).toHaveLength(1);
});

test("a run about other reports asks for the state of the closed one", async () => {
  const of = await scene();
  of.repo.close(1, "alice");
  await reportRun(of, ITEMS);
  const hub = await hubOf(of, 7);
  const look = async () => {
    const { notes } = await branchJournal(of.client, { run: "look" }).read();
    return readSnoozing(hub, { config: CONFIG, scopes: ["all-part-abc"], notes, now: FIRST });
  };
  expect(ids(await look())).toEqual(idsOf(ITEMS));
  await of.client.rest.pulls.update({ owner: "acme", repo: "policies", pull_number: 1, state: "open" });
  expect(ids(await look())).toEqual([]);
});

test("/snooze takes lines out and notes it; no report has them until then, nor does the next one push because of it", async () => {
  const of = await scene();
  const { repo, run } = of;
  const said = await run(`/snooze ${two.id.slice(0, 8)} 9d waits for @all's release #1`);
  expect(said.exit).toBe(0);
  expect(said.replies).toHaveLength(1);
  expect(said.replies[0]).toMatch(/Snoozed until 2026-03-10 \d\d:\d\dZ: `222222220000`; 2 left in this plan\./);
  expect(said.replies[0]).not.toMatch(/@all|#1\b/);
  expect(linesOf(repo.file(BRANCH, PATH))).toEqual([one, three].map(itemLine));
  expect(repo.history(BRANCH)[0]?.message).not.toContain("Evenkeel-Declined");
  const [note] = await notesOf(of);
  expect(note).toMatchObject({ how: "command", by: "alice", pull: 1, items: [two.id], run: "42-1" });

  const next = await during(of.github, () => reportRun(of, ITEMS));
  expect(next.result).toMatchObject({ pushed: false, declined: [], put: [two.id] });
  expect(linesOf(repo.file(BRANCH, PATH))).toEqual([one, three].map(itemLine));
  // Also beyond this pull request.
  repo.merge(1, { actor: "alice" });
  const beyond = await reportRun(of, ITEMS, FIRST, { usedUp: () => true });
  expect(beyond).toMatchObject({ pullRequest: { number: 2 }, put: [two.id] });
  expect(linesOf(repo.file(BRANCH, PATH))).toEqual([one, three].map(itemLine));
  // Its time over, it is back, on the same pull request.
  expect(await reportRun(of, ITEMS, "2026-03-10T23:00:00Z")).toMatchObject({
    pullRequest: { number: 2 },
    pushed: true,
  });
  expect(linesOf(repo.file(BRANCH, PATH))).toHaveLength(3);
});

test("/unsnooze brings an item back on the open report, but not what was rejected", async () => {
  const of = await scene();
  const { repo, run } = of;
  await run(`/snooze ${one.id} ${two.id}`);
  await run(`/reject ${three.id}`);
  const back = await run(`/unsnooze ${two.id.slice(0, 9)}`);
  expect(back.replies[0]).toContain("Not snoozed any more: `222222220000`.");
  expect(await reportRun(of, ITEMS)).toMatchObject({ pushed: true, put: [one.id], declined: [three.id] });
  expect(linesOf(repo.file(BRANCH, PATH))).toEqual([itemLine(two)]);
  expect((await run(`/unsnooze ${three.id}`)).replies[0]).toContain("nothing is snoozed that begins with 3333");
});

test("/unsnooze on a closed report, before and after a run noted it", async () => {
  const of = await scene();
  const { repo, run } = of;
  repo.close(1, "alice");
  expect((await run(`/snooze ${one.id}`)).replies[0]).toContain("not open any more");
  expect((await run(`/unsnooze ${one.id}`)).replies[0]).toContain("Not snoozed any more");
  const noted = await reportRun(of, ITEMS);
  expect(noted).toMatchObject({ action: "created", pullRequest: { number: 2 }, put: idsOf([two, three]) });
  expect((await run(`/unsnooze ${three.id}`)).replies[0]).toContain("Not snoozed any more");
  expect(await reportRun(of, ITEMS)).toMatchObject({ pullRequest: { number: 2 }, put: [two.id] });
  expect(linesOf(repo.file(BRANCH, PATH))).toEqual([one, three].map(itemLine));
});

test("a comment's job killed at any write is run again: one note, one commit, one answer", async () => {
  const routes = [
    "repos/create-or-update-file-contents",
    "git/create-commit",
    "git/update-ref",
    "issues/create-comment",
  ];
  for (const route of routes) {
    const of = await scene();
    const { github, repo, run } = of;
    const body = `/snooze ${one.id} 20d`;
    // The journal's branch is there already, so that each write is of the command itself.
    await run(`/snooze ${three.id}`);
    const head = repo.history(BRANCH).length;
    const fault = github.fault({ route, times: 1 }, { status: 403, body: { message: "not permitted" } });
    const killed = await run(body);
    expect([route, killed.exit, killed.replies, fault.hits]).toEqual([route, 3, [], 1]);
    // In between a report runs; it takes the line out by itself where the note is there.
    await reportRun(of, ITEMS);
    const again = await run(body, { id: killed.id });
    expect(again.replies, route).toHaveLength(1);
    expect(again.replies[0], route).toContain("Snoozed until 2026-03-21");
    expect(await notesOf(of), route).toHaveLength(2);
    expect(linesOf(repo.file(BRANCH, PATH)), route).toEqual([itemLine(two)]);
    expect(repo.history(BRANCH).length, route).toBeLessThanOrEqual(head + 2);
    expect((await run(body, { id: killed.id })).written, route).toEqual([]);
  }
});

test("what is no item of the report, who may not write, and a slip in the days change nothing", async () => {
  const of = await scene();
  const { repo, run } = of;
  const head = repo.head(BRANCH);
  const cases = [
    [await run(`/snooze ${one.id} 99999999`), "this plan has no item 99999999"],
    [await run(`/snooze ${one.id}`, { actor: "eve" }), "those who may write"],
    [await run(`/unsnooze ${one.id}`), "nothing is snoozed"],
    [await run(`/snooze ${one.id} 2w`), "the days are written 1d to 30d"],
  ] as const;
  for (const [{ written, replies }, words] of cases) {
    expect(written).toEqual(["issues/create-comment"]);
    expect(replies[0]).toContain(words);
  }
  expect([repo.head(BRANCH), await notesOf(of)]).toEqual([head, []]);
});

test("a journal in a bucket is out of a comment's reach, and the answer says so", () => {
  expect(journalAway(CONFIG)).toBeUndefined();
  expect(
    journalAway({ ...CONFIG, journal: { bucket: "b", account: "999999999999", region: "us-east-1", prefix: "e/" } }),
  ).toContain("no credentials of AWS");
});
