/** The end of exceptions, by the bundled Action: renewed, not renewed, and told where they came from. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { land } from "../support/github/protected.ts";
import type { ActionEnded } from "../support/runner.ts";
import { CONFIG, type Company, configOf, startCompany } from "./company.ts";

let company: Company;
beforeAll(async () => {
  company = await startCompany();
}, 180_000);
afterAll(() => company.stop());

const FILE = "exceptions/buckets.yaml";
const day = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
const entry = (bucket: string, expires: string): string =>
  `- policy: s3_bucket_versioning\n  match: { resource: ${bucket} } # ours\n  reason: moves to the archive in spring\n  owner: "@team-a"\n  expires: '${expires}'\n`;

/** A repository with an exception for each bucket, brought by pull request 1; `run` checks the default branch out, as the workflow does. */
async function scene(days: readonly number[]) {
  const { account, buckets } = await company.buckets(...days.map((_, at) => `renew${at}`));
  const config = configOf([account], ["s3_bucket_versioning"]);
  const repository = await company.repository(config);
  const { repo } = repository;
  const text = buckets.map((bucket, at) => entry(bucket, day(days[at] ?? 0))).join("");
  repo.commit("exceptions", { [FILE]: text }, { author: "alice" });
  const first = repo.open({ head: "exceptions", actor: "alice" });
  land(repo, first, { method: "squash", actor: "bob" });
  repo.deleteBranch("exceptions");
  const cwd = company.folder({ [CONFIG]: config });
  mkdirSync(join(cwd, "exceptions"));
  const run = async (inputs: Readonly<Record<string, string>> = {}): Promise<ActionEnded> => {
    writeFileSync(join(cwd, FILE), repo.file("main", FILE) ?? "");
    return (await repository.start({ command: "report", dashboard: "true", ...inputs }, { cwd })).ended;
  };
  const dashboard = (): string =>
    [...repo.state.threads.values()].find(({ title }) => title === "Evenkeel dashboard")?.body ?? "";
  return { repository, repo, run, text, buckets, dashboard };
}

test("it ends in 10 days: a renewal is opened and left alone; merged, the exception holds on", async () => {
  const { repository, repo, run, text, buckets, dashboard } = await scene([10]);
  const part = await repository.writes(() => run({ policies: "s3_bucket_versioning" }));
  expect(part.calls).toEqual([]);
  const from = repository.github.log.length;
  const opened = await run();
  expect(opened, opened.text).toMatchObject({ exit: 0, outputs: { failing: "1", planned: "0" } });
  expect(repository.github.log.length - from).toBeLessThanOrEqual(40);
  expect(opened.text).toContain("Proposed in #2 to renew the exception from s3_bucket_versioning");
  expect(opened.text).toMatch(/renewal proposed in\s+#2/);
  const pull = repo.pull(2);
  expect(pull).toMatchObject({
    title: `Renew the exception from s3_bucket_versioning until ${day(100)} (ends on ${day(10)})`,
    changed_files: 1,
    additions: 1,
    deletions: 1,
  });
  expect(pull.body).toContain("Nobody has approved to go on with it");
  expect(pull.body).toContain(`\`${buckets[0]}\``);
  expect(pull.body).toContain(`fails from ${day(11)} on`);
  expect(repo.file(pull.head.ref, FILE)).toBe(text.replace(day(10), day(100)));
  expect(dashboard()).toContain("; renewal proposed in #2\n");

  const again = await repository.writes(() => run());
  expect(again.calls).toEqual([]);
  land(repo, 2, { method: "squash", actor: "bob" });
  const after = await run();
  expect(after).toMatchObject({ exit: 0, outputs: { failing: "1", planned: "0" } });
  expect(dashboard()).toContain(`| ${day(100)} |`);
  expect(dashboard()).not.toContain("renewal proposed");
  expect(repo.pulls("open")).toEqual([]);
  expect((await repository.writes(() => run())).calls).toEqual([]);
}, 120_000);

test("closed is not renewed, and not asked again; edited by hand, the renewal is closed with words", async () => {
  const { repository, repo, run, text, dashboard } = await scene([3, 5]);
  expect((await run()).exit).toBe(0);
  expect(repo.pulls("open").map(({ number }) => number)).toEqual([2, 3]);
  repo.close(2, "alice");
  repo.commit("main", { [FILE]: text.replace(day(5), day(40)) }, { author: "alice" });
  const next = await run({ format: "json" });
  expect(next).toMatchObject({ exit: 0, outputs: { failing: "2", planned: "0" } });
  expect(next.stderr).toContain("is not proposed for renewal again: #2 was closed");
  expect(repo.pull(3).state).toBe("closed");
  expect(repo.comments(3).map(({ body }) => body)).toEqual([expect.stringContaining("no longer stands")]);
  expect(repo.pulls("open")).toEqual([]);
  expect((await repository.writes(() => run())).calls).toEqual([]);
  expect(dashboard()).not.toContain("renewal proposed");
}, 120_000);

test("ended: what it covered fails again and is planned, and the pull request that brought it is told once", async () => {
  const { repository, repo, run, dashboard } = await scene([-2]);
  const first = await run();
  expect(first, first.text).toMatchObject({ exit: 0, outputs: { failing: "1", planned: "1" } });
  expect(first.text).toContain("Told on #1 that the exception in exceptions/buckets.yaml has ended");
  expect(repo.comments(1).map(({ body }) => body)).toEqual([
    expect.stringContaining(`that this pull request brought ended on ${day(-2)}: 1 finding fails again.`),
  ]);
  expect(dashboard()).toContain(`expired after ${day(-2)}: 1 resource fails without it again`);
  const from = repository.github.log.length;
  const again = await repository.writes(() => run());
  expect(again.calls).toEqual([]);
  expect(repository.github.log.slice(from).map(({ operation }) => operation)).not.toContain("repos/list-commits");
  expect(repo.comments(1)).toHaveLength(1);
}, 120_000);

test("what GitHub refuses of it is told, and costs the report nothing; the next run makes up for it", async () => {
  const { repository, repo, run } = await scene([10, -2]);
  const message = "Resource not accessible by integration";
  const body = { message };
  const faults = ["git/list-matching-refs", "repos/list-commits"].map((route) =>
    repository.github.fault({ route, times: 99 }, { status: 403, body }),
  );
  const denied = await run();
  expect(denied).toMatchObject({ exit: 0, outputs: { planned: "1", pull_request: "2" } });
  expect(faults.map(({ hits }) => hits > 0)).toEqual([true, true]);
  for (const text of [denied.text, denied.summary]) {
    expect(text).toContain("Renewals of exceptions were not all proposed");
    expect(text).toContain("The end of exceptions was not told where they came from");
  }
  expect(repo.comments(1)).toEqual([]);
  for (const one of faults) one.remove();
  expect((await run()).exit).toBe(0);
  expect(repo.comments(1)).toHaveLength(1);
  expect(repo.pulls("open").map(({ title }) => title)).toContainEqual(expect.stringMatching(/^Renew the exception/));
}, 120_000);

test("many at once: each run keeps within 40 calls, and the next ones make up for the rest", async () => {
  const { repository, repo, run } = await scene([2, 3, 4, 5, 6, 7, 8, -2, -3, -4]);
  const calls: number[] = [];
  for (let at = 0; at < 5; at++) {
    const from = repository.github.log.length;
    expect((await run()).exit).toBe(0);
    calls.push(repository.github.log.length - from);
  }
  expect(calls.filter((number) => number > 40)).toEqual([]);
  expect(repo.pulls("open").filter(({ title }) => title.startsWith("Renew "))).toHaveLength(7);
  expect(repo.comments(1)).toHaveLength(3);
  const { calls: writes } = await repository.writes(() => run());
  expect(writes).toEqual([]);
}, 240_000);
