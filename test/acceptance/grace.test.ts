/** A policy with a grace, by the bundled Action: waiting, its end, what is mended in between, and a notice for each stage. Days pass by a clock that is put forward. */
import { PutBucketVersioningCommand } from "@aws-sdk/client-s3";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { ActionOptions } from "../support/runner.ts";
import { makeBucket } from "../support/world/s3.ts";
import { CONFIG, type Company, configOf, JOURNAL, type Repository, startCompany } from "./company.ts";

let company: Company;
beforeAll(async () => {
  company = await startCompany();
}, 180_000);
afterEach(() => company.stage.proxy.rules.clear());
afterAll(() => company.stop());

const POLICY = { use: "s3_bucket_versioning", grace: "14d" };

/** Everything the program takes for now is so many days later; AWS and GitHub keep their time. */
function after(days: number): Pick<ActionOptions, "env"> {
  const script = `{const%20now=Date.now;Date.now=()=>now()+${days * 86_400_000}}`;
  return { env: { NODE_OPTIONS: `--import=data:text/javascript,${script}` } };
}

type Inputs = Readonly<Record<string, string>>;

async function story(policies: readonly object[] = [POLICY], more: object = {}) {
  const clients = await company.stage.account();
  const bucket = await makeBucket(clients, `orders-${clients.account}`);
  const accounts = [{ id: clients.account, name: "orders", labels: { stage: "dev" } }];
  const repository = await company.repository(configOf([clients.account], policies, { accounts, ...more }));
  /** A report so many days from now, with the calls to GitHub that change something. */
  const report = async (days: number, inputs: Inputs = { dashboard: "true" }) => {
    const { result, calls } = await repository.writes(
      async () => (await repository.start({ command: "report", ...inputs }, after(days))).ended,
    );
    return { ...result, calls };
  };
  const version = (Status: "Enabled" | "Suspended") =>
    clients.s3.send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration: { Status } }));
  const config = (grace: string) =>
    configOf(
      [clients.account],
      policies.map((one) => ("grace" in one ? { ...one, grace } : one)),
      { accounts, ...more },
    );
  return { bucket, repository, report, version, config };
}

const dashboard = ({ repo }: Repository) =>
  [...repo.state.threads.values()].find(({ title }) => title === "Evenkeel dashboard");
const notices = (repository: Repository) =>
  (dashboard(repository)?.comments ?? []).map(({ body }) => /^## (Grace: .*)$/m.exec(body)?.[1]);

/** What reports noted, in the order of the days on which they did. */
function stages({ repo }: Repository): (string | undefined)[] {
  const lines = [...repo.files(JOURNAL)]
    .flatMap(([path, content]) => (path.endsWith(".jsonl") ? content.toString("utf8").split("\n") : []))
    .flatMap((line): { record: string; stage?: string; at: string }[] => (line === "" ? [] : [JSON.parse(line)]));
  return lines
    .filter(({ record }) => record === "grace")
    .sort((a, b) => Date.parse(a.at) - Date.parse(b.at))
    .map(({ stage }) => stage);
}

test("a report waits and says so, the next changes nothing; each stage is told once; the end proposes, and the merge fixes", async () => {
  const { repository, report, bucket } = await story();
  const first = await report(0);
  expect(first, first.text).toMatchObject({ exit: 0, outputs: { failing: "1", planned: "0", held: "1" } });
  expect(repository.github.log.length).toBeLessThanOrEqual(40);
  expect(first.text).toContain("Grace: 1 first seen; told on the dashboard.");
  expect(first.summary).toMatch(/waiting \| 1 \| in its grace of 14d: first seen .* UTC, may be proposed from .* UTC/);
  expect(repository.repo.pulls("all")).toEqual([]);
  expect(dashboard(repository)?.body).toContain("### In their grace: 1 finding");
  expect(dashboard(repository)?.body).toContain("0 fixes in 0 open reports, 1 in their grace, 0 left to people");
  expect(dashboard(repository)?.comments[0]?.body).toContain(`| first seen | \`s3_bucket_versioning\` |`);
  expect(dashboard(repository)?.comments[0]?.body).toContain(`\`${bucket}\``);
  expect([stages(repository), notices(repository)]).toEqual([["started"], ["Grace: 1 first seen"]]);

  for (const day of [0, 1, 10]) expect((await report(day)).calls, `day ${day}`).toEqual([]);

  expect((await report(12)).outputs).toMatchObject({ planned: "0" });
  expect(notices(repository)).toEqual(["Grace: 1 first seen", "Grace: 1 ends soon"]);
  expect((await report(13)).calls).toEqual([]);

  expect((await report(14.01)).outputs).toMatchObject({ planned: "1", held: "0", pull_request: "2" });
  expect(notices(repository)).toEqual(["Grace: 1 first seen", "Grace: 1 ends soon", "Grace: 1 over"]);
  expect(stages(repository)).toEqual(["started", "ending", "ended"]);
  expect(dashboard(repository)?.body).not.toContain("In their grace");
  // With the day the expiry in the report's text moves, and nothing else.
  expect((await report(15)).calls.filter(({ operation }) => operation !== "pulls/update")).toEqual([]);

  repository.merge();
  const { result, sent } = await company.sent(() => repository.apply(after(15)));
  expect(result, result.text).toMatchObject({ exit: 0, outputs: { applied: "1" } });
  expect(sent).toEqual([`s3:PutBucketVersioning ${bucket}`]);
  await report(16);
  expect(stages(repository)).toEqual(["started", "ending", "ended", "cleared"]);
  expect(notices(repository)).toHaveLength(3);
}, 180_000);

test("what is mended in between starts anew when it fails again; what a run did not look at, or could not, goes on", async () => {
  const { repository, report, version } = await story([
    POLICY,
    { use: "s3_bucket_public_access_block", mode: "report" },
  ]);
  await report(0);
  await version("Enabled");
  expect((await report(2)).outputs).toMatchObject({ planned: "0" });
  expect(stages(repository)).toEqual(["started", "cleared"]);
  await version("Suspended");
  expect((await report(13)).outputs).toMatchObject({ planned: "0", held: "1" });
  expect(stages(repository)).toEqual(["started", "cleared", "started"]);
  expect(notices(repository)).toEqual(["Grace: 1 first seen", "Grace: 1 first seen"]);

  // Another policy alone; and a list that is refused, when nothing can be seen of what waits.
  const part = await report(15, { dashboard: "true", policies: "s3_bucket_public_access_block" });
  expect([part.exit, part.calls]).toEqual([0, []]);
  company.stage.proxy.rules.on({ service: "s3", operation: "ListBuckets" }, () => {
    throw new Error("out of reach");
  });
  const blind = await report(16);
  expect(blind, blind.text).toMatchObject({ exit: 3, outputs: { failing: "0" } });
  company.stage.proxy.rules.clear();
  expect(stages(repository)).toHaveLength(3);
  expect((await report(26)).outputs).toMatchObject({ planned: "0", held: "1" });
  expect((await report(27.01)).outputs).toMatchObject({ planned: "1" });
  expect(stages(repository)).toEqual(["started", "cleared", "started", "ending", "ended"]);
}, 180_000);

test("without a dashboard the step's summary tells, once", async () => {
  const { repository, report } = await story();
  const first = await report(0, {});
  expect(first.summary).toContain("## Grace: 1 first seen");
  expect(first.text).toContain("Grace: 1 first seen.");
  const second = await report(1, {});
  expect(second.calls).toEqual([]);
  expect(second.summary).not.toContain("## Grace");
  expect(repository.repo.state.threads.size).toBe(0);
}, 120_000);

test("a notice that GitHub refuses is given by the next run; one that was given when the run was killed is not given twice", async () => {
  const { repository, report } = await story();
  const { github } = repository;
  const message = "Resource not accessible by integration";
  github.fault({ route: "issues/create-comment" }, { status: 403, body: { message } });
  const refused = await report(0);
  expect(refused.exit).toBe(0);
  expect(refused.text).toContain("not told on the dashboard: ");
  expect(refused.summary).toContain("## Grace: 1 first seen");
  expect(notices(repository)).toEqual([]);

  // Killed while GitHub is still at the comment, which it makes all the same.
  const slow = github.fault({ route: "issues/create-comment" }, { delayMs: 400 });
  const { child, ended } = await repository.start({ command: "report", dashboard: "true" });
  await expect.poll(() => slow.hits, { timeout: 10_000, interval: 10 }).toBe(1);
  child.kill("SIGKILL");
  expect(await ended).toMatchObject({ exit: null, signal: "SIGKILL" });
  await expect.poll(() => notices(repository), { timeout: 2_000 }).toEqual(["Grace: 1 first seen"]);

  const again = await report(0);
  expect(again.exit).toBe(0);
  expect(again.calls.map(({ method }) => method)).toEqual(["PUT"]);
  expect((await report(0)).calls).toEqual([]);
  expect(notices(repository)).toEqual(["Grace: 1 first seen"]);
  expect(stages(repository)).toEqual(["started"]);
}, 120_000);

test("the notes are safe before anything is proposed: where the journal cannot be written, the report ends without a pull request", async () => {
  const { repository, report } = await story();
  await report(0);
  const down = repository.github.fault(
    { route: "repos/create-or-update-file-contents", times: 20 },
    { status: 403, body: { message: "no" } },
  );
  const failed = await report(15);
  expect(failed.exit).not.toBe(0);
  expect(down.hits).toBeGreaterThan(0);
  expect(repository.repo.pulls("all")).toEqual([]);
  down.remove();
  expect((await report(15)).outputs).toMatchObject({ planned: "1" });
}, 120_000);

test("a standing approval waits too: nothing runs by itself before the grace is over and a report has shown it", async () => {
  const policy = { ...POLICY, mode: "automatic", where: { stage: "dev" } };
  const { repository, report, bucket, config } = await story([policy]);
  const automatic = (days: number, more: Partial<ActionOptions> = {}) =>
    company.sent(async () => {
      const options = { event: "schedule", ...after(days), ...more };
      return (await repository.start({ command: "apply", automatic: "true" }, options)).ended;
    });
  // It only reads the clock, and one that nobody started is not over.
  const first = await repository.writes(() => automatic(0));
  expect([first.result.sent, first.calls]).toEqual([[], []]);
  await report(0);
  const early = await automatic(13);
  expect([early.sent, early.result.exit]).toEqual([[], 0]);
  expect(early.result.text).toContain("1 fix waits for its time (a grace, or taken back lately).");
  await report(15);
  // A grace that was made longer since the report holds at once.
  const longer = await automatic(15, { cwd: company.folder({ [CONFIG]: config("30d") }) });
  expect([longer.sent, longer.result.exit]).toEqual([[], 0]);
  const { sent, result } = await automatic(15);
  expect(result, result.text).toMatchObject({ exit: 0, outputs: { applied: "1" } });
  expect(sent).toEqual([`s3:PutBucketVersioning ${bucket}`]);
}, 120_000);

test("a plan at a terminal does not count the grace, and says so", async () => {
  const { account } = await company.buckets("orders");
  const cwd = company.folder({ [CONFIG]: configOf([account], [POLICY]) });
  const { exit, stdout } = await company.cli(cwd, ["plan", "--out", "-"]);
  expect(exit).toBe(0);
  expect(stdout.replace(/\s+/g, " ")).toContain(
    "1 of these fixes has a grace (s3_bucket_versioning after 14d), which is not counted here: a report proposes it only when that is over.",
  );
  const json = await company.cli(cwd, ["plan", "--out", "-", "--format", "json"]);
  expect(JSON.parse(json.stdout)).toMatchObject({ plans: [{ header: {} }] });
  expect(json.stderr).toContain("which is not counted here");
});
