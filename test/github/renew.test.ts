import { expect, test } from "vitest";
import { entriesIn, withExpiry } from "../../src/catalogue/exceptions-edit.ts";
import { type Proposal, type Tended, tendRenewals } from "../../src/github/renew.ts";
import { exceptionKey } from "../../src/plan/renewals.ts";
import type { FaultEffect } from "../support/github/faults.ts";
import { assertCleanAfterEach, start } from "../support/github/harness.ts";
import type { RepoStory } from "../support/github/story.ts";
import { connect, during, operations } from "./client-under-test.ts";

assertCleanAfterEach();

const FOLDER = "exceptions";
const FILE = "exceptions/a.yaml";
const ENDS = "2026-03-12";
const UNTIL = "2026-06-10";

/** One entry on one line, so that neighbours are in each other's way. */
const line = (resource: string, expires = ENDS): string =>
  `- { policy: x_thing_blocked, match: { resource: ${resource} }, reason: moves in spring, owner: a, expires: ${expires} } # ${resource}\n`;

function due(text: string, path = FILE): Proposal[] {
  return (entriesIn(path, text) ?? []).map((entry) => ({
    key: exceptionKey(path, entry),
    path,
    entry,
    until: UNTIL,
    title: `Renew ${entry.match.resource}`,
    body: `About ${entry.match.resource}.`,
  }));
}

/** A repository whose exceptions are `text`; `run` tends what is due by them, as checked out. */
async function scene(text: string) {
  const { github, repo } = await start();
  repo.commit("main", { [FILE]: text });
  const run = async (more: Partial<Parameters<typeof tendRenewals>[1]> = {}) => {
    const { client } = await connect(github);
    const texts = new Map([[FILE, repo.file("main", FILE) ?? ""]]);
    const all = { base: "main", folder: FOLDER, texts, due: due(texts.get(FILE) ?? ""), ...more };
    const { result, calls } = await during(github, () => tendRenewals(client, all));
    const written = operations(calls.filter(({ method }) => method !== "GET"));
    return { ...result, written, calls: calls.length };
  };
  return { github, repo, run };
}

const renewals = (repo: RepoStory): string[] =>
  [...repo.state.refs.keys()].filter((ref) => ref.startsWith("refs/heads/evenkeel/renew/"));
const numbers = ({ open }: Tended): number[] => [...open.values()].sort();
/** The default branch as it is once the pull request's commits are on it. */
const proposed = (repo: RepoStory, number: number): string => repo.file(repo.pull(number).head.ref, FILE) ?? "";

test("a renewal is opened once, changes one day, and is left as it is by the next run", async () => {
  const text = `# ours\r\n${line("press").replace("\n", "\r\n")}`;
  const { repo, run } = await scene(text);
  const first = await run();
  expect(first.written).toEqual(["git/create-tree", "git/create-commit", "git/create-ref", "pulls/create"]);
  expect(numbers(first)).toEqual([1]);
  expect(first.said).toEqual([
    expect.stringMatching(
      /^Proposed in #1 to renew the exception from x_thing_blocked in exceptions\/a.yaml, which ends/,
    ),
  ]);
  expect(proposed(repo, 1)).toBe(text.replace(ENDS, UNTIL));
  expect(repo.pull(1)).toMatchObject({ title: "Renew press", changed_files: 1, additions: 1, deletions: 1 });
  expect(repo.pull(1).body).toMatch(/^<!-- evenkeel:renewal v1 from=[0-9a-f]{40} -->\nAbout press\.$/);
  const again = await run();
  expect(again).toMatchObject({ written: [], said: [] });
  expect(numbers(again)).toEqual([1]);
  expect(again.calls).toBeLessThanOrEqual(7);
});

test("nothing to renew and nothing open costs one call", async () => {
  const { run } = await scene(line("press"));
  expect(await run({ due: [] })).toMatchObject({ calls: 1, said: [] });
});

test("closed is an answer: it is not opened again for that last day, even where its branch is deleted; for another day it is", async () => {
  const { repo, run } = await scene(line("press"));
  await run();
  repo.close(1, "alice");
  for (const clear of [false, true]) {
    if (clear) repo.deleteBranch(repo.pull(1).head.ref, "alice");
    const again = await run();
    expect(again.written).toEqual([]);
    expect(again.said).toEqual([expect.stringContaining("is not proposed for renewal again: #1 was closed")]);
    expect(numbers(again)).toEqual([]);
  }
  repo.commit("main", { [FILE]: line("press", "2026-03-13") });
  expect(numbers(await run())).toEqual([2]);
});

test("merged: the exception is another one now, and its branch is cleared away; taken back, it is not proposed again", async () => {
  const { repo, run } = await scene(line("press"));
  await run();
  repo.merge(1, { method: "squash", actor: "alice" });
  expect(repo.file("main", FILE)).toBe(line("press", UNTIL));
  expect(await run({ due: [] })).toMatchObject({ written: ["git/delete-ref"], said: [] });
  expect(renewals(repo)).toEqual([]);
  expect(repo.comments(1)).toEqual([]);
  repo.commit("main", { [FILE]: line("press") });
  const back = await run();
  expect(back).toMatchObject({ written: [], said: [expect.stringContaining("#1 was merged and taken back since")] });
});

test.each([
  ["edited", line("press").replace("owner: a", "owner: b")],
  ["removed", "[]\n"],
  ["renewed by hand", line("press", "2026-05-01")],
  ["moved to another file", null],
])("an exception that was %s on the default branch closes its renewal, with words and once", async (_, text) => {
  const { repo, run } = await scene(line("press"));
  const old = due(line("press"));
  await run();
  repo.commit("main", { [FILE]: text, ...(text === null ? { "exceptions/b.yaml": line("press") } : {}) });
  // As a run that checked the commit before out.
  const texts = new Map([[FILE, line("press")]]);
  const closed = await run({ texts, due: old });
  expect(repo.pull(1)).toMatchObject({ state: "closed", merged: false });
  expect(repo.comments(1).map(({ body }) => body)).toEqual([
    expect.stringContaining("no longer stands on the default branch as it did"),
  ]);
  expect(closed.said).toEqual([
    expect.stringContaining("Closed #1"),
    expect.stringContaining("does not stand so on main: it is not renewed by this run"),
  ]);
  expect(renewals(repo)).toEqual([]);
  expect(await run({ due: [] })).toMatchObject({ written: [], said: [] });
});

test("what cannot be read on the default branch closes nothing; nor does another configuration of the repository", async () => {
  const { repo, run } = await scene(line("press"));
  await run();
  repo.commit("main", { [FILE]: "- { policy: [\n" });
  expect(await run({ due: [] })).toMatchObject({ written: [], said: [] });
  repo.commit("main", { [FILE]: line("other") });
  expect(await run({ folder: "prod/exceptions", texts: new Map(), due: [] })).toMatchObject({ written: [], calls: 1 });
  expect(repo.pull(1).state).toBe("open");
});

test("a neighbour that was merged: where the two are in conflict the renewal is made anew, with the day that its title tells", async () => {
  const far = Array.from({ length: 9 }, (_, n) => line(`far-${n}`, "2026-08-01")).join("");
  const { repo, run } = await scene(line("one") + line("two") + far + line("three"));
  const those = (all: Proposal[]): Proposal[] => all.filter(({ entry }) => entry.expires === ENDS);
  const now = (until = UNTIL): Proposal[] =>
    those(due(repo.file("main", FILE) ?? "")).map((one) => ({ ...one, until }));
  expect(numbers(await run({ due: now() }))).toEqual([1, 2, 3]);
  repo.merge(1, { method: "squash", actor: "alice" });
  const before = repo.pull(3).head.sha;
  const next = await run({ due: now("2026-06-11") });
  expect(next.said).toEqual(["#2 was in conflict with main, and is made anew on it"]);
  expect(repo.pull(2)).toMatchObject({ mergeable: true, changed_files: 1, additions: 1, deletions: 1, commits: 1 });
  expect(proposed(repo, 2)).toContain(line("two", UNTIL));
  // What can be merged keeps its approvals.
  expect(repo.pull(3).head.sha).toBe(before);
  expect(await run({ due: now("2026-06-12") })).toMatchObject({ written: [], said: [] });
  for (const number of [2, 3]) repo.merge(number, { method: "merge", actor: "alice" });
  expect(repo.file("main", FILE)).toBe(line("one", UNTIL) + line("two", UNTIL) + far + line("three", UNTIL));
});

test("people's work on a renewal's branch is never pushed over", async () => {
  const { repo, run } = await scene(line("one") + line("two"));
  await run();
  const branch = repo.pull(2).head.ref;
  const head = repo.commit(branch, { [FILE]: line("one") + line("two", "2026-04-01") }, { author: "alice" });
  repo.merge(1, { method: "squash", actor: "bob" });
  const [, two] = due(line("one", UNTIL) + line("two"));
  const next = await run({ due: two === undefined ? [] : [two] });
  expect(next.said).toEqual([expect.stringContaining("people worked on its branch: it is left to them")]);
  expect(next.written).toEqual(["git/delete-ref"]);
  expect(repo.head(branch)).toBe(head);
});

test("a branch of that name that somebody else made is in the way, and stays", async () => {
  const { repo, run } = await scene(line("press"));
  await run();
  const ref = repo.pull(1).head.ref;
  const other = await scene(line("press"));
  const head = other.repo.commit(ref, { [FILE]: "mine\n" }, { author: "alice" });
  const next = await other.run();
  expect(next).toMatchObject({ written: [], said: [expect.stringContaining(`the branch ${ref} is in the way`)] });
  expect(other.repo.head(ref)).toBe(head);
});

test("five a run, those that end first; the next run goes on", async () => {
  const text = Array.from({ length: 8 }, (_, n) => line(`r${n}`)).join("");
  const { repo, run } = await scene(text);
  const first = await run();
  expect(repo.pulls("open").map(({ title }) => title)).toEqual([
    "Renew r0",
    "Renew r1",
    "Renew r2",
    "Renew r3",
    "Renew r4",
  ]);
  expect(first.said.at(-1)).toBe("3 more exceptions end soon; their renewals are proposed by the next runs");
  expect(first.calls).toBeLessThanOrEqual(32);
  const second = await run();
  expect(numbers(second)).toHaveLength(8);
  expect(second.said).toHaveLength(3);
  expect((await run()).written).toEqual([]);
});

test("a day that cannot be changed by itself is left to people", async () => {
  const text = `${line("one").replace(ENDS, `&end ${ENDS}`)}${line("two").replace(ENDS, "*end")}`;
  const { repo, run } = await scene(text);
  const { said } = await run();
  expect(said[0]).toContain("its last day cannot be changed without changing something else; edit the file");
  expect(repo.pulls("open").map(({ title }) => title)).toEqual(["Renew two"]);
});

test("a file whose text a rewrite would not keep is left to people", async () => {
  const { github, repo } = await start();
  const text = line("press");
  repo.commit("main", { [FILE]: Buffer.concat([Buffer.from(`${text}# `), Buffer.from([0xe9, 0x0a])]) });
  const { client } = await connect(github);
  const tended = await tendRenewals(client, { base: "main", folder: FOLDER, texts: new Map(), due: due(text) });
  expect(tended.said).toEqual([expect.stringContaining("edit the file")]);
  expect(withExpiry(FILE, text, due(text)[0]?.entry ?? never(), UNTIL)).toBeDefined();
});

function never(): never {
  throw new Error("no entry");
}

const STRIKES: readonly [string, FaultEffect][] = [
  ["reset before", { reset: true }],
  ["502 before", { status: 502, body: { message: "Server Error" } }],
  ["reset after", { afterWrite: "reset" }],
  ["502 after", { afterWrite: { status: 502, body: { message: "Server Error" } } }],
];
const WRITES = ["git/create-tree", "git/create-commit", "git/create-ref", "pulls/create"];
test.each(WRITES.flatMap((route) => STRIKES.map(([name, effect]) => [route, name, effect] as const)))(
  "%s, %s: run again, there is one branch and one pull request",
  async (route, _, effect) => {
    const { github, repo, run } = await scene(line("press"));
    const fault = github.fault({ route }, effect);
    await run().catch(() => undefined);
    expect(fault.hits).toBe(1);
    expect(numbers(await run())).toEqual([1]);
    expect(repo.pulls("all")).toHaveLength(1);
    expect(renewals(repo)).toHaveLength(1);
    expect(proposed(repo, 1)).toBe(line("press", UNTIL));
    expect((await run()).written).toEqual([]);
  },
);

const CLOSING = ["issues/create-comment", "pulls/update", "git/delete-ref"];
test.each(CLOSING.flatMap((route) => STRIKES.map(([name, effect]) => [route, name, effect] as const)))(
  "closing, %s, %s: run again, it is closed, and said once",
  async (route, _, effect) => {
    const { github, repo, run } = await scene(line("press"));
    await run();
    repo.commit("main", { [FILE]: "[]\n" });
    const fault = github.fault({ route }, effect);
    await run({ due: [] }).catch(() => undefined);
    expect(fault.hits).toBe(1);
    await run({ due: [] });
    expect(repo.pull(1).state).toBe("closed");
    expect(repo.comments(1)).toHaveLength(1);
    expect(renewals(repo)).toEqual([]);
  },
);
