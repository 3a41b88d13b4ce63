/** `preview` as a job for a pull request runs it, against moto and the GitHub stand-in: from the sources, through `runCommand`. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { afterAll, beforeAll, expect, test } from "vitest";
import { stringify } from "yaml";
import { awsEnv } from "../support/accounts.ts";
import { ROOT } from "../support/bundle.ts";
import { type GitHubStandIn, startGitHub } from "../support/github/server.ts";
import type { Changes } from "../support/github/story.ts";
import { BLOCK_ALL, makeBucket } from "../support/world/s3.ts";
import { type Stage, startStage } from "../support/world/stage.ts";

interface Ran {
  readonly exit: number;
  readonly outputs: Readonly<Record<string, string | number>>;
  readonly summary: string;
  readonly annotations: readonly { file: string; line: number; level: string; message: string }[];
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * A thread has an environment of its own: commands take AWS credentials from the process's, and that of the test run is not to be touched.
 * A job is `{ argv, env, cwd }`.
 */
const WORKER = `
const { parentPort, workerData } = require("node:worker_threads");
parentPort.on("message", async ({ argv, env, cwd }) => {
  for (const name of Object.keys(process.env)) if (name.startsWith("AWS_")) delete process.env[name];
  Object.assign(process.env, env);
  const { runCommand } = await import(workerData.cli);
  const said = { stdout: "", stderr: "" };
  const output = (name) => ({ write: (text) => { said[name] += text; }, isTerminal: false, columns: 100 });
  const clock = { now: () => Date.parse("2026-03-02T00:00:00Z"), sleep: () => Promise.resolve() };
  const io = { env: { ...env }, cwd, stdout: output("stdout"), stderr: output("stderr"), clock, random: () => 0.5 };
  const result = await runCommand("preview", workerData.home, argv, io);
  parentPort.postMessage({ outputs: {}, summary: "", annotations: [], ...result, ...said });
});
`;

let stage: Stage;
let worker: Worker;
const open: GitHubStandIn[] = [];
const folders: string[] = [];

beforeAll(async () => {
  stage = await startStage();
  const home = { root: ROOT, data: join(ROOT, "generated") };
  worker = new Worker(WORKER, { eval: true, workerData: { home, cli: `file://${join(ROOT, "src/cli.ts")}` }, env: {} });
}, 60_000);

afterAll(async () => {
  await worker.terminate();
  await stage.stop();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
  const spoilt = open.flatMap(({ problems, unknownRoutes }) => [...problems, ...unknownRoutes]);
  for (const one of open.splice(0)) await one.close();
  // Whatever a test was about: no request and no answer may break GitHub's description.
  expect(spoilt).toEqual([]);
});

const VERSIONING = "s3_bucket_versioning";
const BLOCK = "s3_bucket_public_access_block";

function config(account: string, policies: readonly object[], more: object = {}): string {
  return stringify({
    version: 1,
    accounts: [{ id: account, name: "team-1" }],
    regions: ["us-east-1"],
    roles: { read: { name: "evenkeel-read" }, remediate: { name: "evenkeel-remediate" } },
    policies,
    guards: { per_policy: 10, percent: 100 },
    ...more,
  });
}

/** A policy of the repository's own: buckets are tagged with an owner; `when` says which buckets. */
function owned(check: string, when?: string): string {
  return stringify({
    id: "s3_bucket_owned",
    title: "Buckets have an owner",
    severity: "medium",
    resource: "s3.bucket",
    ...(when === undefined ? {} : { when }),
    check,
  });
}

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), "evenkeel-preview-"));
  folders.push(made);
  return made;
}

function job(argv: readonly string[], env: Readonly<Record<string, string>>, cwd: string): Promise<Ran> {
  return new Promise((resolve, reject) => {
    worker.removeAllListeners().once("message", resolve).once("error", reject);
    worker.postMessage({ argv, env, cwd });
  });
}

/** A repository with a pull request that makes these changes; the job runs with its head checked out. */
async function pull(
  base: Readonly<Record<string, string>>,
  changes: Changes,
  repository = "acme/policies",
  ref = "change",
) {
  const github = await startGitHub();
  open.push(github);
  const { repo } = github;
  const baseSha = repo.seed(base);
  const headSha = repo.commit(ref, changes, { author: "alice" });
  const number = repo.open({ head: ref, actor: "alice" });
  const cwd = folder();
  repo.exportTo(cwd, ref);
  const event = join(folder(), "event.json");
  const head = { ref, sha: headSha, repo: { full_name: repository } };
  const pullRequest = { number, draft: false, base: { ref: "main", sha: baseSha }, head };
  writeFileSync(
    event,
    JSON.stringify({ repository: { full_name: "acme/policies", default_branch: "main" }, pull_request: pullRequest }),
  );
  const env = {
    ...awsEnv(stage.proxy.url, stage.credentials),
    GITHUB_REPOSITORY: "acme/policies",
    GITHUB_SHA: headSha,
    GITHUB_REF: `refs/pull/${number}/merge`,
    GITHUB_EVENT_NAME: "pull_request",
    GITHUB_EVENT_PATH: event,
    GITHUB_RUN_ID: "42",
    GITHUB_RUN_ATTEMPT: "1",
    GITHUB_SERVER_URL: github.url,
    GITHUB_API_URL: github.url,
    GITHUB_TOKEN: "ghs_actions",
  };
  const run = (argv: readonly string[] = [], more: Readonly<Record<string, string>> = {}): Promise<Ran> => {
    return job(argv, { ...env, ...more }, cwd);
  };
  return {
    github,
    repo,
    number,
    headSha,
    run,
    comment: () => repo.comments(number).map(({ body }) => body ?? ""),
    check: () => repo.checks(headSha),
  };
}

/** Three buckets of which one has versions and one blocks public access. */
async function account(): Promise<{ id: string; buckets: readonly string[] }> {
  const clients = await stage.account();
  const name = (what: string): string => `${what}-${clients.account}`;
  await makeBucket(clients, name("orders"), { tags: { team: "orders" } });
  await makeBucket(clients, name("logs"), { versioning: "Enabled", tags: { team: "ops", owner: "ann" } });
  await makeBucket(clients, name("site"), { block: BLOCK_ALL, tags: { team: "web", owner: "bob" } });
  return { id: clients.account, buckets: ["orders", "logs", "site"].map(name) };
}

test("a policy put in: what newly fails and would be fixed, on comment, check, outputs; a second run writes nothing", async () => {
  const { id } = await account();
  const one = await pull(
    { "evenkeel.yaml": config(id, [{ use: BLOCK }]) },
    { "evenkeel.yaml": config(id, [{ use: BLOCK }, { use: VERSIONING }]) },
  );
  const from = stage.proxy.calls.length;
  const ran = await one.run();
  expect(ran.stderr).toBe("");
  expect(ran).toMatchObject({
    exit: 0,
    annotations: [],
    outputs: { newly_failing: 2, no_longer_failing: 0, coverage_lost: 0, problems: 0, planned: 4, held: 0 },
  });
  // Both sides saw one world: no call was made twice, and none that could change anything.
  const asked = stage.proxy.calls.slice(from).map(({ service, operation, path }) => `${service}:${operation} ${path}`);
  const listed = asked.filter((call) => call.startsWith("s3:ListBuckets"));
  expect(listed).toHaveLength(1);
  expect(new Set(asked.filter((call) => call.startsWith("s3:"))).size).toBe(
    asked.filter((call) => call.startsWith("s3:")).length,
  );
  const [comment = "", ...more] = one.comment();
  expect(more).toEqual([]);
  expect(comment).toMatch(/^<!-- evenkeel:preview v1 -->\n\n## Policy preview: 1 policy changed, 2 newly failing, /);
  expect(comment).toContain("**Merging this PR changes nothing in AWS.** The next report would propose 4 fixes");
  expect(comment).toContain("2 of them new");
  expect(comment).toMatch(new RegExp(`\`${VERSIONING}\`<br>[^|]+<br><em>added</em> \\|`));
  expect(comment).toContain("### Newly used remediations");
  expect(comment).toContain(`with \`${one.headSha.slice(0, 12)}\``);
  expect(comment).toContain(`orders-${id}`);
  const [check, ...others] = one.check();
  expect(others).toEqual([]);
  expect(check).toMatchObject({ name: "evenkeel/preview", conclusion: "success", head_sha: one.headSha });
  expect(check?.annotations).toMatchObject([
    {
      path: "evenkeel.yaml",
      annotation_level: "warning",
      message: expect.stringContaining("2 resources newly failing"),
    },
  ]);
  const writes = one.github.log.filter(({ method }) => method !== "GET").length;
  const again = await one.run();
  expect(again.outputs).toEqual(ran.outputs);
  expect(one.github.log.filter(({ method }) => method !== "GET")).toHaveLength(writes);
});

test("a policy taken out, then narrowed: coverage is lost as loudly as something fails, and fails on demand", async () => {
  const { id, buckets } = await account();
  const base = {
    "evenkeel.yaml": config(id, [{ use: VERSIONING }, { use: "s3_bucket_owned" }]),
    "policies/owned.yaml": owned('"owner" in resource.Tags'),
  };
  const removed = await pull(base, { "evenkeel.yaml": config(id, [{ use: "s3_bucket_owned" }]) });
  const ran = await removed.run();
  expect(ran).toMatchObject({ exit: 0, outputs: { newly_failing: 0, no_longer_failing: 0, coverage_lost: 3 } });
  const [comment = ""] = removed.comment();
  expect(comment).toContain("3 losing coverage");
  expect(comment).toContain("### Coverage lost: 3 resources");
  expect(comment).toContain("the policy does not run any more");
  expect(removed.check()).toMatchObject([{ conclusion: "neutral", annotations: [{ annotation_level: "warning" }] }]);
  const strict = await removed.run(["--fail-on-coverage-loss"]);
  expect(strict.exit).toBe(1);
  expect(removed.check().at(-1)).toMatchObject({ conclusion: "failure" });

  const narrowed = await pull(base, {
    "policies/owned.yaml": owned('"owner" in resource.Tags', 'resource.Tags.?team.orValue("") != "orders"'),
  });
  const other = await narrowed.run(["--format", "json"]);
  expect(other.outputs).toMatchObject({ coverage_lost: 1, newly_failing: 0, no_longer_failing: 0 });
  const { comparisons } = JSON.parse(other.stdout);
  expect(comparisons.flatMap((entry: { lost: readonly object[] }) => entry.lost)).toMatchObject([
    { cause: "when_excludes", finding: { status: "fail", resource: { id: buckets[0] } } },
  ]);
  expect(narrowed.check()).toMatchObject([
    { conclusion: "neutral", annotations: [{ path: "policies/owned.yaml", start_line: 5, end_line: 5 }] },
  ]);
});

test("a check that asks for more: newly failing on the policy's changed line; one that asks for less: no longer failing", async () => {
  const { id } = await account();
  const base = {
    "evenkeel.yaml": config(id, [{ use: "s3_bucket_owned" }]),
    "policies/owned.yaml": owned('"owner" in resource.Tags'),
  };
  const tight = await pull(base, { "policies/owned.yaml": owned('resource.Tags.?owner.orValue("") == "ann"') });
  expect(await tight.run()).toMatchObject({
    exit: 0,
    outputs: { newly_failing: 1, no_longer_failing: 0, coverage_lost: 0 },
  });
  expect(tight.check()).toMatchObject([
    {
      conclusion: "success",
      annotations: [{ path: "policies/owned.yaml", start_line: 5, annotation_level: "warning" }],
    },
  ]);
  const loose = await pull(base, { "policies/owned.yaml": owned('"team" in resource.Tags') });
  expect(await loose.run()).toMatchObject({ outputs: { newly_failing: 0, no_longer_failing: 1, coverage_lost: 0 } });
});

test("a guard raised and used in one pull request is refused; raised alone it is not", async () => {
  const { id } = await account();
  const low = { guards: { per_policy: 1, percent: 100 } };
  const base = { "evenkeel.yaml": config(id, [{ use: BLOCK }], low) };
  const both = await pull(base, { "evenkeel.yaml": config(id, [{ use: BLOCK }, { use: VERSIONING }]) });
  const ran = await both.run();
  expect(ran.exit).toBe(2);
  expect(ran.stdout).toContain("guard per_policy is raised from 1 to 10 and used at once");
  expect(both.check()).toMatchObject([
    { conclusion: "failure", output: { title: expect.stringContaining("per_policy") } },
  ]);
  expect(both.comment()[0]).toContain("**Refused:** guard per\\_policy");
  const alone = await pull(base, { "evenkeel.yaml": config(id, [{ use: BLOCK }]) });
  expect((await alone.run()).exit).toBe(0);
  expect(alone.comment()[0]).toContain("guard per\\_policy raised from 1 to 10");
});

test("files that are wrong: every problem on its line, and nothing is sent to AWS", async () => {
  const one = await pull(
    { "evenkeel.yaml": config("111111111111", [{ use: BLOCK }]) },
    { "policies/owned.yaml": owned("resource.Tagz.size() > 0"), "policies/torn.yaml": "id: [\n" },
  );
  const from = stage.proxy.calls.length;
  const ran = await one.run();
  expect(stage.proxy.calls).toHaveLength(from);
  expect(ran).toMatchObject({ exit: 2, annotations: [] });
  expect(Number(ran.outputs["problems"])).toBeGreaterThanOrEqual(2);
  expect(ran.outputs).not.toHaveProperty("newly_failing");
  const [check] = one.check();
  expect(check).toMatchObject({ conclusion: "failure" });
  const places = check?.annotations.map(({ path, annotation_level: level }) => `${level} ${path}`) ?? [];
  expect(places).toEqual(expect.arrayContaining(["failure policies/owned.yaml", "failure policies/torn.yaml"]));
  expect(one.comment()[0]).toContain("Nothing was sent to AWS");
  expect(one.comment()[0]).toContain("Tagz");
});

test("from a fork, and without credentials: files only, and it says so", async () => {
  const base = { "evenkeel.yaml": config("111111111111", [{ use: BLOCK }, { use: VERSIONING }]) };
  const changes = { "evenkeel.yaml": config("111111111111", [{ use: BLOCK }]) };
  const from = stage.proxy.calls.length;
  const fork = await pull(base, changes, "mallory/policies");
  const denied = fork.github.fault(
    { method: "POST", times: 99 },
    { status: 403, body: { message: "Resource not accessible by integration" } },
  );
  const ran = await fork.run();
  expect(denied.hits).toBe(2);
  expect(fork.comment()).toEqual([]);
  // The token of a fork's job may not write: the job's own summary and annotations are what is left.
  expect(ran).toMatchObject({ exit: 0, annotations: [{ file: "evenkeel.yaml", level: "warning" }] });
  expect(ran.stdout).toContain("the pull request comes from a fork");
  expect(ran.summary).toContain("Policy preview (files only): 1 policy changed");
  expect(ran.summary).toContain("### Coverage lost");
  expect(ran.outputs).not.toHaveProperty("coverage_lost");
  const none = { AWS_ACCESS_KEY_ID: "", AWS_SECRET_ACCESS_KEY: "", AWS_SESSION_TOKEN: "" };
  const bare = await pull(base, changes);
  const other = await bare.run([], none);
  expect(other.exit).toBe(0);
  expect(bare.comment()[0]).toContain("there are no AWS credentials");
  expect(bare.check()).toMatchObject([{ conclusion: "neutral" }]);
  expect(stage.proxy.calls).toHaveLength(from);
});

test("an exception put in: what it covers goes on failing, and is told", async () => {
  const { id, buckets } = await account();
  const [orders = ""] = buckets;
  const entry = {
    policy: VERSIONING,
    match: { resource: orders },
    reason: "moved soon",
    owner: "ann",
    expires: "2026-04-01",
  };
  const one = await pull(
    { "evenkeel.yaml": config(id, [{ use: VERSIONING }]) },
    { "exceptions/a.yaml": stringify([entry]) },
  );
  const ran = await one.run(["--format", "json"]);
  expect(ran).toMatchObject({ exit: 0, outputs: { newly_failing: 0, coverage_lost: 0, planned: 1 } });
  expect(one.comment()[0]).toContain("### Newly excepted: 1");
  expect(one.comment()[0]).toContain("1 not proposed any more");
  expect(JSON.parse(ran.stdout).plan.dropped).toHaveLength(1);
});

test("two folders, without GitHub: files only, and a configuration that is taken out takes everything with it", async () => {
  const cwd = folder();
  const text = config("111111111111", [{ use: BLOCK }, { use: VERSIONING }]);
  for (const side of ["was", "is", "none"]) mkdirSync(join(cwd, side));
  writeFileSync(join(cwd, "was/evenkeel.yaml"), text);
  writeFileSync(join(cwd, "is/evenkeel.yaml"), text.replace("per_policy: 10", "per_policy: 20"));
  const ran = await job(["--base", "was", "--head", "is", "--static"], {}, cwd);
  expect(ran).toMatchObject({ exit: 0, stderr: "", annotations: [] });
  expect(ran.stdout).toContain("guard per_policy 10 → 20");
  expect(ran.stdout).toContain("AWS was not asked (--static)");
  const gone = await job(["--base", "was", "--head", "none", "--static", "--fail-on-coverage-loss"], {}, cwd);
  expect(gone.exit).toBe(1);
  expect(gone.stdout).toContain(`${BLOCK} does not run any more`);
  const same = await job(["--base", "is", "--head", "is"], {}, cwd);
  expect(same).toMatchObject({ exit: 0 });
  expect(same.stdout).toContain("AWS was not asked");
  expect((await job(["--base", "is"], {}, cwd)).stderr).toContain("--base and --head go together");
  expect(await job(["--base", "none", "--head", "none"], {}, cwd)).toMatchObject({ exit: 2 });
  expect((await job([], {}, cwd)).stderr).toContain("name two folders");
});

test("a pull request about something else: the check passes, and there is no comment", async () => {
  const one = await pull({ "evenkeel.yaml": config("111111111111", [{ use: BLOCK }]) }, { "README.md": "# Ours\n" });
  const ran = await one.run();
  expect(ran.exit).toBe(0);
  expect(one.comment()).toEqual([]);
  expect(one.check()).toMatchObject([{ conclusion: "success", annotations: [] }]);
});

test("a merge queue's commit has the check at once, and nothing is read for it", async () => {
  const one = await pull({ "evenkeel.yaml": config("111111111111", [{ use: BLOCK }]) }, { "README.md": "# Ours\n" });
  const from = one.github.log.length;
  const asked = stage.proxy.calls.length;
  const event = { GITHUB_EVENT_NAME: "merge_group", GITHUB_REF: "refs/heads/gh-readonly-queue/main/pr-1-0a1b" };
  const ran = await one.run([], event);
  expect(ran).toMatchObject({ exit: 0, stderr: "" });
  expect(one.check()).toMatchObject([{ name: "evenkeel/preview", conclusion: "success" }]);
  expect(one.comment()).toEqual([]);
  expect(stage.proxy.calls).toHaveLength(asked);
  expect(one.github.log.length - from).toBeLessThanOrEqual(3);
});

test("a revert of a report: one comment that says what merging it does; of a branch that is only called so, nothing", async () => {
  const base = { "evenkeel.yaml": config("111111111111", [{ use: BLOCK }]), "plans/all.jsonl": "{}\n" };
  const branch = "revert-12-evenkeel/report/all";
  const one = await pull(base, { "plans/all.jsonl": null }, "acme/policies", branch);
  expect((await one.run()).exit).toBe(0);
  expect(one.comment()).toEqual([expect.stringContaining("merging it changes nothing in AWS")]);
  await one.run();
  expect(one.comment()).toHaveLength(1);
  const other = await pull(base, { "notes.txt": "x\n" }, "acme/policies", branch);
  await other.run();
  expect(other.comment()).toEqual([]);
});
