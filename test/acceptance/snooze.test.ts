/** "Not now": a report that a person closes, and items that are put off by comment, by the bundled Action. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeBucket } from "../support/world/s3.ts";
import { type Company, configOf, JOURNAL, PLAN, type Repository, startCompany } from "./company.ts";

let company: Company;
beforeAll(async () => {
  company = await startCompany();
}, 180_000);
afterAll(() => company.stop());

const VERSIONING = "s3_bucket_versioning";
const report = async ({ start }: Repository) => (await start({ command: "report", dashboard: "true" })).ended;
const linesOf = ({ repo }: Repository, ref = "evenkeel/report/all"): string[] =>
  (repo.file(ref, PLAN) ?? "").split("\n").slice(1, -1);
const idsOf = (repository: Repository): string[] =>
  linesOf(repository).map((line): string => /^.*"id":"([0-9a-f]{32})"/.exec(line)?.[1] ?? "");
const dashboard = ({ repo }: Repository): string =>
  [...repo.state.threads.values()].find(({ title }) => title === "Evenkeel dashboard")?.body ?? "";
const journalOf = ({ repo }: Repository): string =>
  [...repo.files(JOURNAL)].flatMap(([path, data]) => (path.endsWith(".jsonl") ? [data.toString()] : [])).join("");
const notesIn = (repository: Repository): string[] => journalOf(repository).match(/"record":"snooze"/g) ?? [];

/** As if so many days had passed since: no clock is turned, what was written down is. */
function age({ repo }: Repository, pull: number, days: number): void {
  const earlier = (iso: string): string => new Date(Date.parse(iso) - days * 86_400_000).toISOString();
  for (const [path, data] of repo.files(JOURNAL)) {
    const text = data
      .toString()
      .replace(/"(since|until|at)":"([^"]+)"/g, (_, name: string, iso: string) => `"${name}":"${earlier(iso)}"`);
    if (path.endsWith(".jsonl")) repo.commit(JOURNAL, { [path]: text }, { author: "github-actions[bot]" });
  }
  const thread = repo.state.threads.get(pull);
  if (thread?.closedAt !== null && thread?.closedAt !== undefined)
    thread.closedAt = earlier(thread.closedAt).replace(".000Z", "Z");
}

/** A comment by alice, and the job that it starts. */
async function comment(repository: Repository, on: number, body: string) {
  const { repo } = repository;
  const { id, created_at } = repo.comment(on, { body, actor: "alice" });
  const payload = {
    action: "created",
    issue: { number: on, pull_request: {} },
    comment: { id, body, created_at, user: { login: "alice", type: "User" } },
  };
  const { ended } = await repository.start({ command: "comment" }, { event: "issue_comment", payload });
  const done = await ended;
  expect(done.exit, done.text).toBe(0);
  return repo.comments(on).at(-1)?.body ?? "";
}

test("a person closes the report: nothing is proposed for as long as configured, new failures aside, and the dashboard lists it", async () => {
  const clients = await company.stage.account();
  await makeBucket(clients, `orders-${clients.account}`);
  const snooze = { report: { snooze: "9d" } };
  const repository = await company.repository(configOf([clients.account], [VERSIONING], snooze));
  const { repo } = repository;
  expect((await report(repository)).outputs).toMatchObject({ planned: "1", pull_request: "1" });
  expect(repo.pull(1).body).toContain("puts everything in it off for 9d");
  repo.close(1, "alice");

  const closed = await report(repository);
  expect(closed, closed.text).toMatchObject({ exit: 0, outputs: { failing: "1", planned: "0", held: "1" } });
  expect(closed.text).toContain("Report all: nothing to propose. 1 fix is snoozed.");
  expect(closed.summary).toMatch(/snoozed until \d{4}-\d\d-\d\d \d\d:\d\dZ by alice, who closed pull request 1/);
  expect(dashboard(repository)).toContain(
    "**1 failing finding: 0 fixes in 0 open reports, 0 left to people, 1 snoozed, 0 excepted.**",
  );
  const until = new Date(Date.parse(repo.pull(1).closed_at ?? "") + 9 * 86_400_000).toISOString().slice(0, 10);
  expect(dashboard(repository)).toMatch(
    new RegExp(`\\| #1 \\| 1 \\| ${until} \\d\\d:\\d\\dZ \\| alice \\| closed without merging \\|`),
  );
  const again = await repository.writes(() => report(repository));
  expect(again.calls).toEqual([]);
  expect(again.result.outputs).toMatchObject({ planned: "0", held: "1" });

  const second = await makeBucket(clients, `uploads-${clients.account}`);
  const beside = await report(repository);
  expect(beside.outputs).toMatchObject({ planned: "1", held: "1" });
  const [open] = repo.pulls("open");
  expect(beside.outputs["pull_request"]).toBe(String(open?.number));
  expect(linesOf(repository)).toHaveLength(1);
  expect(linesOf(repository)[0]).toContain(second);
  expect(open?.body).toContain("| snoozed | 1 |");

  age(repository, 1, 8);
  expect((await report(repository)).outputs).toMatchObject({ planned: "1", held: "1" });
  age(repository, 1, 1);
  expect((await report(repository)).outputs).toMatchObject({ planned: "2", held: "0" });
  expect(linesOf(repository)).toHaveLength(2);
  expect(dashboard(repository)).not.toContain("### Snoozed");
}, 120_000);

test("a closed report is opened again: it stands as it was; what Evenkeel closed itself is proposed when it fails again", async () => {
  const clients = await company.stage.account();
  const bucket = await makeBucket(clients, `orders-${clients.account}`);
  const repository = await company.repository(configOf([clients.account], [VERSIONING]));
  const { repo } = repository;
  await repository.report();
  repo.close(1, "alice");
  await repository.report();
  const thread = repo.state.threads.get(1);
  if (thread !== undefined) Object.assign(thread, { state: "open", closedAt: null, closedBy: null });
  const again = await repository.writes(() => repository.report());
  expect(again.calls).toEqual([]);
  expect(again.result.outputs).toMatchObject({ planned: "1", pull_request: "1" });

  const { PutBucketVersioningCommand } = await import("@aws-sdk/client-s3");
  const versioning = (Status: "Enabled" | "Suspended") =>
    clients.s3.send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration: { Status } }));
  await versioning("Enabled");
  expect((await repository.report()).text).toContain("Report all: nothing is left to propose; closed");
  await versioning("Suspended");
  expect((await repository.report()).outputs).toMatchObject({ planned: "1", held: "0", pull_request: "2" });
}, 120_000);

test("the run that finds a closed report is killed while it writes that down: the next one does, once, and proposes nothing in between", async () => {
  const { account } = await company.buckets("orders");
  const repository = await company.repository(configOf([account], [VERSIONING]));
  const { repo, github } = repository;
  await repository.report();
  repo.close(1, "alice");
  for (const route of ["git/create-ref", "repos/create-or-update-file-contents"]) {
    const slow = github.fault({ route }, { delayMs: 400 });
    const { child, ended } = await repository.start({ command: "report" });
    await expect.poll(() => slow.hits, { timeout: 20_000, interval: 10 }).toBe(1);
    child.kill("SIGKILL");
    expect(await ended).toMatchObject({ signal: "SIGKILL" });
    await expect.poll(() => github.calls(route).length, { timeout: 2_000 }).toBeGreaterThan(0);
  }
  const after = await repository.report();
  expect(after.outputs).toMatchObject({ planned: "0", held: "1" });
  expect(notesIn(repository)).toHaveLength(1);
  expect(repo.pulls("all")).toHaveLength(1);
}, 120_000);

test("/snooze keeps an item out beyond its report, also where a scan cannot look; /unsnooze brings it back", async () => {
  const accounts = [await company.stage.account(), await company.stage.account()];
  for (const clients of accounts) await makeBucket(clients, `orders-${clients.account}`);
  const [first, second] = accounts;
  const repository = await company.repository(
    configOf(
      accounts.map(({ account }) => account),
      [VERSIONING],
    ),
  );
  const { repo, github } = repository;
  await repository.report();
  const item = linesOf(repository).find((line) => line.includes(`orders-${second?.account}`)) ?? "";
  const [id = ""] = idsOf(repository).filter((one) => item.includes(one));

  // The note is safe first: a job that gets no further leaves the line to the next report, which cannot even see its account.
  const fault = github.fault({ route: "git/create-commit", skip: 1 }, { status: 403, body: { message: "no" } });
  await expect(comment(repository, 1, `/snooze ${id.slice(0, 12)} 20d moves soon`)).rejects.toThrow();
  expect(fault.hits).toBe(1);
  fault.remove();
  expect(notesIn(repository)).toHaveLength(1);
  expect(linesOf(repository)).toHaveLength(2);
  const rule = company.stage.proxy.rules.fail(
    { operation: "AssumeRole", where: ({ body }) => body.includes(`${second?.account}%3Arole%2Fevenkeel-read`) },
    { status: 403, code: "AccessDenied", message: "not authorized to perform: sts:AssumeRole" },
  );
  expect(await repository.report()).toMatchObject({ exit: 3, outputs: { planned: "1", held: "1" } });
  rule.remove();
  expect(linesOf(repository)).toHaveLength(1);
  expect(linesOf(repository)).not.toContain(item);

  const before = repo.head("evenkeel/report/all");
  expect((await repository.report()).summary).toMatch(/snoozed until .*Z by alice on pull request 1: moves soon/);
  expect(repo.head("evenkeel/report/all")).toBe(before);
  repository.merge();
  expect((await repository.apply()).outputs).toMatchObject({ applied: "1" });
  expect((await repository.report()).outputs).toMatchObject({ failing: "1", planned: "0", held: "1" });
  expect(await comment(repository, 1, `/unsnooze ${id}`)).toContain("Not snoozed any more");
  const { PutBucketVersioningCommand } = await import("@aws-sdk/client-s3");
  const suspended = { Bucket: `orders-${first?.account}`, VersioningConfiguration: { Status: "Suspended" as const } };
  const drift = () => first?.s3.send(new PutBucketVersioningCommand(suspended));
  await drift();
  expect((await repository.report()).outputs).toMatchObject({ planned: "2", held: "0", pull_request: "2" });
  expect(await comment(repository, 2, `/snooze ${id}`)).toMatch(/Snoozed until .*1 left in this plan/);
  repository.merge();
  expect((await repository.apply()).outputs).toMatchObject({ applied: "1" });
  // What was merged beside it is done: where it fails again, that is a matter of its own.
  await drift();
  expect((await repository.report()).outputs).toMatchObject({ planned: "1", held: "1", pull_request: "3" });
  expect(await comment(repository, 3, `/snooze ${idsOf(repository).join(" ")}`)).toMatch(
    /Snoozed until .*0 left in this plan/,
  );
  expect((await repository.report()).text).toContain("nothing is left to propose; closed");
  expect(await comment(repository, 3, `/unsnooze ${id}`)).toContain("Not snoozed any more");
  expect((await repository.report()).outputs).toMatchObject({ planned: "1", held: "1", pull_request: "4" });
}, 180_000);

test("a standing approval does not run what is snoozed, nor what a report offered that was closed since", async () => {
  const clients = await company.stage.account();
  const bucket = await makeBucket(clients, `orders-${clients.account}`);
  const policies = [{ use: VERSIONING, mode: "automatic", where: { stage: "dev" } }];
  const accounts = [{ id: clients.account, name: "dev", labels: { stage: "dev" } }];
  const repository = await company.repository(configOf([clients.account], policies, { accounts }));
  const automatic = () =>
    company.sent(async () => (await repository.start({ command: "apply", automatic: "true" })).ended);
  await repository.report();
  repository.repo.close(1, "alice");
  const early = await automatic();
  expect(early.sent).toEqual([]);
  await repository.report();
  const held = await automatic();
  expect(held.sent).toEqual([]);
  expect(held.result.text).toMatch(
    /left alone: s3_bucket_versioning \S+ in \d+: snoozed until .* by alice, who closed pull request 1/,
  );
  // Its time over, a report shows it before it runs.
  age(repository, 1, 15);
  expect((await automatic()).result.text).toContain("two scans must agree");
  await repository.report();
  expect((await automatic()).sent).toEqual([`s3:PutBucketVersioning ${bucket}`]);
}, 120_000);
