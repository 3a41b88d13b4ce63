import { expect, test } from "vitest";
import { GitHubError } from "../../src/github/errors.ts";
import { branchJournal } from "../../src/github/journal-branch.ts";
import type { BatchedJournal } from "../../src/types/journal.ts";
import type { JournalRecord } from "../../src/types/outcome.ts";
import type { FaultEffect } from "../support/github/faults.ts";
import { assertCleanAfterEach, start } from "../support/github/harness.ts";
import { connect, item, operations, writes } from "./client-under-test.ts";

assertCleanAfterEach();
const BRANCH = "evenkeel/journal";

let second = 0;
const at = (): string => new Date(Date.parse("2026-03-02T00:00:00Z") + ++second * 1000).toISOString();
const intent = (n: number, run = "7-1"): JournalRecord => ({
  record: "intent",
  at: at(),
  run,
  plan: "p",
  approval: "pull/1",
  item: item(n),
});
const step = (n: number, run = "7-1"): JournalRecord => ({
  ...{
    record: "step",
    at: at(),
    run,
    plan: "p",
    approval: "pull/1",
    item: item(n).id,
    step: "0",
    output: {},
    request_id: "r",
  },
});
const outcome = (n: number, run = "7-1"): JournalRecord => ({
  ...{
    record: "outcome",
    at: at(),
    run,
    plan: "p",
    approval: "pull/1",
    item: item(n).id,
    outcome: "applied",
    reason: "",
  },
});
const lines = (records: readonly JournalRecord[]): string =>
  records.map((record) => `${JSON.stringify(record)}\n`).join("");

async function begin(run = "7-1") {
  const made = await start();
  const { client } = await connect(made.github);
  const open = async (name: string): Promise<BatchedJournal> =>
    branchJournal((await connect(made.github)).client, { run: name });
  return { ...made, client, open, journal: branchJournal(client, { run }) };
}

test("the branch begins when first written to, without a past; each write is one call and one commit", async () => {
  const { github, repo, journal } = await begin();
  expect((await journal.read()).records).toEqual([]);
  const first = [intent(1), intent(2)];
  await journal.append(first);
  const path = "journal/2026-03/7-1.jsonl";
  expect(repo.file(BRANCH, path)).toBe(lines(first));
  expect(repo.file(BRANCH, "README.md")).toContain("Evenkeel's journal");
  expect(repo.history(BRANCH).at(-1)?.parents).toEqual([]);
  github.log.length = 0;
  const next = [step(1)];
  await journal.append(next);
  expect(operations(github.log)).toEqual(["repos/create-or-update-file-contents"]);
  expect(repo.file(BRANCH, path)).toBe(lines([...first, ...next]));
  expect(repo.history(BRANCH)[0]?.signature).toBeDefined();
  expect((await journal.read()).records).toEqual([...first, ...next]);
  expect(repo.files("main").has(path)).toBe(false);
});

test("what may be written later waits for the next intent or step, or for flush; reading sees it at once", async () => {
  const { github, repo, journal, open } = await begin();
  const records = [intent(1), step(1), outcome(1), intent(2), outcome(2)];
  const [one, two, three, four, five] = records;
  if (!one || !two || !three || !four || !five) throw new Error("five records");
  await journal.append([one]);
  await journal.append([two]);
  const before = writes(github).length;
  await journal.append([three], "later");
  expect(writes(github).length).toBe(before);
  expect((await journal.read()).records).toEqual([one, two, three]);
  expect((await (await open("8-1")).read()).records).toEqual([one, two]);
  await journal.append([four]);
  expect(writes(github).length).toBe(before + 1);
  await journal.append([five], "later");
  await journal.flush();
  await journal.flush();
  expect(writes(github).length).toBe(before + 2);
  expect(repo.file(BRANCH, "journal/2026-03/7-1.jsonl")).toBe(lines(records));
  expect((await (await open("8-1")).read()).records).toEqual(records);
});

test("stages of a grace are safe at once; that they were told waits like an outcome", async () => {
  const { github, journal, open } = await begin();
  const own = { at: at(), run: "7-1" };
  const grace = { ...own, record: "grace", stage: "started", policy: "p", account: "a", findings: ["f"] } as const;
  const told = { ...own, record: "told", notices: ["n"] } as const;
  await journal.append([grace]);
  const before = writes(github).length;
  await journal.append([told], "later");
  expect(writes(github).length).toBe(before);
  expect(await (await open("8-1")).read()).toEqual({ records: [], notes: [grace] });
  await journal.flush();
  expect(writes(github).length).toBe(before + 1);
  expect(await (await open("8-1")).read()).toEqual({ records: [], notes: [grace, told] });
});

test("what is appended while a write is under way goes into one more, and nothing returns before it is safe", async () => {
  const { github, repo, journal } = await begin();
  await journal.append([intent(1)]);
  github.log.length = 0;
  github.fault({ route: "repos/create-or-update-file-contents" }, { delayMs: 40 });
  const more = [1, 2, 3, 4].map((n) => step(n));
  await Promise.all(
    more.map(async (record) => {
      await journal.append([record]);
      expect(repo.file(BRANCH, "journal/2026-03/7-1.jsonl")).toContain(JSON.stringify(record));
    }),
  );
  expect(writes(github)).toHaveLength(2);
  expect((await journal.read()).records.slice(1)).toEqual(more);
});

test("two runs at once, from the first write on, lose nothing of each other", async () => {
  const { repo, open } = await begin();
  const runs = await Promise.all(["7-1", "8-1", "9-1"].map(open));
  const written = await Promise.all(
    runs.map(async (journal, index) => {
      const own = [intent(index + 1, `${index}`), step(index + 1, `${index}`), step(index + 1, `${index}`)];
      for (const record of own) await journal.append([record]);
      return own;
    }),
  );
  const all = written.flat().sort((a, b) => (a.at < b.at ? -1 : 1));
  expect((await (await open("10-1")).read()).records).toEqual(all);
  expect(repo.history(BRANCH)).toHaveLength(10);
  expect(repo.history(BRANCH).filter(({ parents }) => parents.length === 0)).toHaveLength(1);
});

const strikes: readonly [string, FaultEffect][] = [
  ["reset before", { reset: true }],
  ["502 before", { status: 502, body: { message: "Server Error" } }],
  ["reset after", { afterWrite: "reset" }],
  ["502 after", { afterWrite: { status: 502, body: { message: "Server Error" } } }],
  ["409", { status: 409, body: { message: "is at 1 but expected 2" } }],
];
test.each(strikes)("%s at each write: every record stands once", async (_, effect) => {
  for (const skip of [0, 1, 2]) {
    const { github, repo, journal } = await begin();
    const fault = github.fault({ route: "repos/create-or-update-file-contents", skip }, effect);
    const records = [intent(1), step(1)];
    for (const record of records) await journal.append([record]);
    expect(fault.hits).toBe(1);
    expect(repo.file(BRANCH, "journal/2026-03/7-1.jsonl")).toBe(lines(records));
  }
});

test.each(["git/create-tree", "git/create-commit", "git/create-ref"])(
  "an answer lost at %s, when the branch begins",
  async (route) => {
    const { github, repo, journal } = await begin();
    const fault = github.fault({ route }, { afterWrite: "reset" });
    const record = intent(1);
    await journal.append([record]);
    expect(fault.hits).toBe(1);
    expect(repo.file(BRANCH, "journal/2026-03/7-1.jsonl")).toBe(lines([record]));
  },
);

test("a process of the same run that comes after one that was killed goes on in its file", async () => {
  const { repo, journal, open } = await begin();
  const [one, two] = [intent(1), step(1)];
  await journal.append([one]);
  const after = await open("7-1");
  await after.append([two]);
  expect(repo.file(BRANCH, "journal/2026-03/7-1.jsonl")).toBe(lines([one, two]));
});

test("an append that fails is an error for its caller; what waits is kept for the next", async () => {
  const { github, repo, journal } = await begin();
  const [one, done, two] = [intent(1), outcome(1), intent(2)];
  await journal.append([one]);
  await journal.append([done], "later");
  repo.ruleset({ include: ["refs/heads/evenkeel/journal"], rules: [{ type: "update" }] });
  const error: unknown = await journal.append([two]).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(GitHubError);
  expect(error).toMatchObject({ kind: "denied", remedy: expect.stringContaining("ruleset") });
  repo.state.rulesets.length = 0;
  await journal.flush();
  expect(repo.file(BRANCH, "journal/2026-03/7-1.jsonl")).toBe(lines([one, done]));
  expect(github.calls("repos/create-or-update-file-contents").map(({ status }) => status)).toEqual([
    404, 201, 409, 200,
  ]);
});

test("a token that may not write says what it needs", async () => {
  const { github } = await start();
  const { client } = await connect(github, { token: "ghs_reader" });
  const journal = branchJournal(client, { run: "7-1" });
  await expect(journal.append([intent(1)])).rejects.toMatchObject({
    kind: "denied",
    remedy: expect.stringContaining("contents: write"),
  });
  expect(() => branchJournal(client, { run: "../x" })).toThrow("letters, digits");
});

test("a broken journal stops the reading", async () => {
  const { repo, journal } = await begin();
  await journal.append([intent(1)]);
  repo.commit(BRANCH, { "journal/2026-03/7-1.jsonl": "{}\n{}\n" }, { author: "alice" });
  await expect(journal.read()).rejects.toThrow("journal/2026-03/7-1.jsonl:1:1: not a journal record");
});

test("the files of many runs are joined: reading stays cheap, no record is lost, none stands twice", async () => {
  const { github, repo, open } = await begin();
  const all: JournalRecord[] = [];
  for (let run = 1; run <= 30; run++) {
    const journal = await open(`${run}-1`);
    await journal.read();
    const own = [intent(run, `${run}-1`), step(run, `${run}-1`)];
    for (const record of own) await journal.append([record]);
    await journal.tidy?.();
    all.push(...own);
  }
  const last = await open("31-1");
  github.log.length = 0;
  expect((await last.read()).records).toEqual(all);
  expect(github.log.length).toBeLessThanOrEqual(16);
  const names = [...repo.files(BRANCH).keys()].filter((path) => path.startsWith("journal/"));
  expect(names.filter((path) => path.includes("rolled-up-"))).toHaveLength(1);
});

test("a run whose file was joined while it worked goes on in a new one", async () => {
  const { open, repo } = await begin();
  const early = await open("0-1");
  const all = [intent(99, "0-1")];
  await early.append(all.slice());
  for (let run = 1; run <= 14; run++) {
    const journal = await open(`${run}-1`);
    await journal.read();
    const record = intent(run, `${run}-1`);
    all.push(record);
    await journal.append([record]);
    await journal.tidy?.();
  }
  expect(repo.file(BRANCH, "journal/2026-03/0-1.jsonl")).toBeUndefined();
  const late = step(99, "0-1");
  all.push(late);
  await early.append([late]);
  expect((await (await open("99-1")).read()).records).toEqual(all);
});

/** A journal of so many runs, and one that has read it. */
async function scattered(runs: number) {
  const made = await begin("99-1");
  const all: JournalRecord[] = [];
  for (let run = 1; run <= runs; run++) {
    const record = intent(run, `${run}-1`);
    all.push(record);
    await (await made.open(`${run}-1`)).append([record]);
  }
  expect((await made.journal.read()).records).toEqual(all);
  const names = () => [...made.repo.files(BRANCH).keys()].filter((path) => path.startsWith("journal/"));
  const read = async () => (await (await made.open("100-1")).read()).records;
  return { ...made, all, names, read };
}

test("reading is one call and one for each file; no branch is an empty journal, one known in part an error", async () => {
  const { github, journal, open } = await begin();
  github.log.length = 0;
  expect((await journal.read()).records).toEqual([]);
  expect(operations(github.log)).toEqual(["git/get-tree"]);
  const own = [intent(1)];
  await journal.append(own);
  github.log.length = 0;
  expect((await (await open("8-1")).read()).records).toEqual(own);
  expect(operations(github.log)).toEqual(["git/get-tree", "git/get-blob"]);
  for (const route of ["git/get-tree", "git/get-blob"]) {
    const refusal = { status: 403, body: { message: "no", documentation_url: "", status: "403" } };
    const fault = github.fault({ route }, refusal);
    await expect((await open("8-1")).read()).rejects.toThrow();
    expect(fault.hits).toBe(1);
  }
});

test("a run that has asked much leaves the joining to others, up to sixteen files", async () => {
  for (const [runs, joined] of [
    [4, false],
    [5, false],
    [16, false],
    [17, true],
  ] as const) {
    const { client, journal, names, read, all } = await scattered(runs);
    while (client.calls <= 30) await client.rest.repos.get(client.here);
    await journal.tidy?.();
    expect(names()).toHaveLength(joined ? 1 : runs);
    expect(await read()).toEqual(all);
  }
  for (const [runs, files] of [
    [4, 4],
    [5, 1],
  ] as const) {
    const { github, journal, names, read, all } = await scattered(runs);
    github.log.length = 0;
    await journal.tidy?.();
    expect(github.log).toHaveLength(runs === 4 ? 0 : 5);
    expect(names()).toHaveLength(files);
    expect(await read()).toEqual(all);
  }
});

test("what was written since it was read is left where it is", async () => {
  const { journal, open, names, read, all } = await scattered(6);
  const late = [step(3, "3-1"), intent(7, "7-1")];
  await (await open("3-1")).append([late[0] ?? step(3)]);
  await (await open("7-1")).append([late[1] ?? intent(7)]);
  const own = intent(99, "99-1");
  await journal.append([own]);
  await journal.tidy?.();
  expect(names().map((path) => path.replace(/.*\//, ""))).toEqual([
    "3-1.jsonl",
    "7-1.jsonl",
    "99-1.jsonl",
    expect.stringContaining("rolled-up-"),
  ]);
  expect(await read()).toEqual([...all, ...late, own]);
  const more = step(99, "99-1");
  await journal.append([more]);
  expect(await read()).toEqual([...all, ...late, own, more]);
});

const steps = ["repos/get-branch", "git/get-tree", "git/create-tree", "git/create-commit", "git/update-ref"];
const breaks: readonly FaultEffect[] = [
  { reset: true },
  { afterWrite: "reset" },
  { status: 409, body: { message: "no" } },
  { status: 403, body: { message: "no", documentation_url: "", status: "403" } },
];
test.each(steps)("joining that fails at %s fails nothing, loses nothing and doubles nothing", async (route) => {
  for (const effect of breaks) {
    if ("afterWrite" in effect && !/create|update/.test(route)) continue;
    const { github, journal, read, all } = await scattered(5);
    const fault = github.fault({ route }, effect);
    await journal.tidy?.();
    expect(fault.hits).toBe(1);
    expect(await read()).toEqual(all);
    await journal.read();
    await journal.tidy?.();
    expect(await read()).toEqual(all);
  }
});
