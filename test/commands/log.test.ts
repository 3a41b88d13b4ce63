import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { runCommand } from "../../src/cli.ts";
import { sinceOf } from "../../src/commands/log.ts";
import { branchJournal } from "../../src/github/journal-branch.ts";
import type { JournalRecord } from "../../src/types/outcome.ts";
import { connect, item } from "../github/client-under-test.ts";
import { assertCleanAfterEach, start } from "../support/github/harness.ts";
import { testIo } from "./io.ts";

assertCleanAfterEach();
const home = { root: join(import.meta.dirname, "../.."), data: join(import.meta.dirname, "../../generated") };
const folder = mkdtempSync(join(tmpdir(), "evenkeel-log-"));
afterAll(() => rmSync(folder, { recursive: true }));

const records = (n: number, at: string, approval: string): JournalRecord[] => {
  const base = { at, run: "evenkeel-42-1", plan: "a".repeat(64), approval };
  return [
    { record: "intent", ...base, item: item(n) },
    { record: "step", ...base, item: item(n).id, step: "0", output: {}, request_id: "REQ" },
    { record: "outcome", ...base, item: item(n).id, outcome: "applied", reason: "read again" },
  ];
};

async function run(args: string[], env: Record<string, string> = {}) {
  const { io, out, err } = testIo(folder, env);
  const { exit } = await runCommand("log", home, args, io);
  return { exit, out: out(), err: err() };
}

test("a local journal: default place, named place, filters, nothing there", async () => {
  expect(await run([])).toEqual({ exit: 0, out: expect.stringContaining("empty"), err: "" });
  const lines = [...records(1, "2026-03-01T00:00:00.000Z", ""), ...records(2, "2026-03-07T12:00:00.000Z", "")];
  mkdirSync(join(folder, ".evenkeel"));
  writeFileSync(join(folder, ".evenkeel/journal.jsonl"), lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  const { out } = await run([]);
  expect(out).toMatch(/^2 entries, newest first/);
  expect(out.indexOf("bucket-2")).toBeLessThan(out.indexOf("bucket-1"));
  expect((await run(["--since", "1d"])).out).toMatch(/^1 of 2 entries/);
  expect((await run(["--resource", "bucket-1", "--account", "111111111111", "--policy", "s3_*"])).out).toMatch(
    /^1 of 2/,
  );
  expect((await run(["--item", `${item(2).id},x`, "--plan", "aaa"])).out).toMatch(/^1 of 2/);
  const json: { total: number; entries: { session: string }[] } = JSON.parse((await run(["--format", "json"])).out);
  expect([json.total, json.entries.length, json.entries[0]?.session]).toEqual([2, 2, "evenkeel-42-1-aaaaaaaaaaaa"]);
  expect((await run(["--journal", "other.jsonl"])).out).toContain("empty");
});

test("the journal's branch of a named repository, with who approved; nothing is written", async () => {
  const { github, repo } = await start();
  repo.commit("work", { "plans/a.jsonl": "x\n" }, { author: "dave" });
  const pull = repo.open({ head: "work", actor: "dave" });
  repo.review(pull, { actor: "bob", state: "APPROVED" });
  const sha = repo.merge(pull, { method: "squash", actor: "carol" });
  const { client } = await connect(github);
  const journal = branchJournal(client, { branch: "evenkeel/journal", run: "42-1" });
  await journal.append(records(1, "2026-03-01T00:00:00.000Z", `commit/${sha}`));
  await journal.flush();
  github.log.length = 0;
  const env = { GITHUB_API_URL: github.url, GITHUB_TOKEN: "ghp_alice" };
  const { exit, out } = await run(["acme/policies"], env);
  expect(exit).toBe(0);
  expect(out.replace(/\s+/g, " ")).toContain("pull request 1, approved by bob, merged by carol");
  expect(out).toContain("request REQ");
  expect(github.log.filter(({ method }) => method !== "GET")).toEqual([]);
  // In a job the repository is the job's, and what GitHub does not tell of approvals is said.
  github.fault(
    { route: "pulls/get", times: 1 },
    { status: 403, body: { message: "Resource not accessible by integration" } },
  );
  const inJob = await run([], { ...env, GITHUB_REPOSITORY: "acme/policies" });
  expect([inJob.exit, inJob.err]).toEqual([0, expect.stringContaining("who approved could not be asked")]);
  expect(inJob.out).toContain(`the merge of commit ${sha.slice(0, 12)}`);
  // A repository whose journal is somewhere else is told from one that has applied nothing, as far as that goes.
  repo.deleteBranch("evenkeel/journal");
  expect((await run(["acme/policies"], env)).err).toContain("where its configuration names a bucket (journal:)");
  // A repository that is not there has no empty journal.
  expect(await run(["acme/nothing"], env)).toMatchObject({ exit: 3, err: expect.stringContaining("did not find") });
  expect(await run(["acme/policies", "--journal", "x"], env)).toMatchObject({ exit: 2 });
  expect(await run(["acme/policies", "--config", "x"], env)).toMatchObject({ exit: 2 });
  expect(await run(["--config", "x"])).toMatchObject({
    exit: 2,
    err: expect.stringContaining("no configuration file"),
  });
});

test("--since takes days, times and spans, and nothing else", async () => {
  const now = Date.parse("2026-03-08T00:00:00Z");
  expect(sinceOf(undefined, now)).toBeUndefined();
  expect(sinceOf("7d", now)).toBe(Date.parse("2026-03-01T00:00:00Z"));
  expect(sinceOf("90m", now)).toBe(now - 5_400_000);
  expect(sinceOf("2026-03-01", now)).toBe(Date.parse("2026-03-01T00:00:00Z"));
  expect(sinceOf("2026-03-01T06:30Z", now)).toBe(Date.parse("2026-03-01T06:30:00Z"));
  for (const wrong of ["", "d", "-1d", "7", "yesterday", "2026-13-45", "2026-03-01T06:30", "1e3d"])
    expect(() => sinceOf(wrong, now), wrong).toThrow("--since");
  expect(await run(["--since", "soon"])).toMatchObject({ exit: 2, err: expect.stringContaining("expected a day") });
});
