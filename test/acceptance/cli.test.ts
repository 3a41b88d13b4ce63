/** The command line as a shell starts it: exit codes by real situations, selections, and what a broken pipe does. */
import { execFile } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { bundle } from "../support/bundle.ts";
import { type Ended, runCli } from "../support/runner.ts";
import { makeBucket } from "../support/world/s3.ts";
import { CONFIG, type Company, configOf, startCompany } from "./company.ts";

let company: Company;
/** Two accounts: in the first a bucket that fails and one that passes, in the second one that fails. */
let accounts: string[];
let cwd: string;
beforeAll(async () => {
  company = await startCompany();
  const clients = [await company.stage.account(), await company.stage.account()];
  accounts = clients.map(({ account }) => account);
  const [first, second] = clients;
  if (first === undefined || second === undefined) throw new Error("two accounts");
  await makeBucket(first, `orders-${first.account}`);
  await makeBucket(first, `ledger-${first.account}`, { versioning: "Enabled" });
  await makeBucket(second, `orders-${second.account}`);
  cwd = company.folder({ [CONFIG]: configOf(accounts, ["s3_bucket_versioning", "kms_key_rotation"]) });
}, 180_000);
afterEach(() => company.stage.proxy.rules.clear());
afterAll(() => company.stop());

const cli = (args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Ended> =>
  company.cli(cwd, args, env);

interface ScanJson {
  readonly findings: readonly { policy: string; status: string; account: string; region: string }[];
  readonly coverage: { readonly gaps: readonly object[]; readonly complete: boolean };
}
async function scanned(args: readonly string[]): Promise<ScanJson> {
  const { stdout, exit, stderr } = await cli(["scan", "--format", "json", ...args]);
  expect(exit, stderr).toBe(0);
  return JSON.parse(stdout);
}

test("exit code 0 where all is read, whatever fails; 1 where something fails and the caller asked to know", async () => {
  expect((await cli(["scan"])).exit).toBe(0);
  expect((await cli(["scan", "--fail-on-findings"])).exit).toBe(1);
  expect((await cli(["plan", "--out", "-", "--fail-on-findings"])).exit).toBe(1);
  expect((await cli(["scan", "--policies", "kms_key_rotation", "--fail-on-findings"])).exit).toBe(0);
});

const WRONG: readonly (readonly [args: readonly string[], words: RegExp])[] = [
  [["scna"], /There is no command scna \(did you mean scan\?\)/],
  [["scan", "--acounts", "x"], /scan has no option --acounts \(did you mean --accounts\?\)/],
  [["scan", "--accounts"], /--accounts <value>' argument missing/],
  [["scan", "--accounts", "team-3"], /no account team-3 in evenkeel\.yaml \(did you mean team-[12]\?\)/],
  [
    ["scan", "--policies", "s3_bucket_versionin"],
    /no policy s3_bucket_versionin .*\(did you mean s3_bucket_versioning\?\)/,
  ],
  [["scan", "--format", "xml"], /--format is xml; expected human or json/],
  [["scan", "--config", "prod.yaml"], /there is no configuration file prod\.yaml/],
  [["scan", "--config", "."], /is a folder/],
  [["apply"], /--plan is missing/],
  [["apply", "--plan", "nothing.jsonl"], /there is no plan file nothing\.jsonl/],
  [["undo"], /name what to undo/],
  [["undo", "--item", "4f0c2a91d3b7"], /the journal holds no applied item/],
  [["report"], /does not look like a GitHub Actions runner: GITHUB_REPOSITORY is not set/],
  [["plan", "--out", CONFIG], /is there already, and is no folder/],
];
test.each(WRONG)("exit code 2, and words that name what to mend: %j", async (args, words) => {
  const from = company.stage.proxy.calls.length;
  const { exit, stdout, stderr } = await cli(args);
  expect(exit).toBe(2);
  if (args[0] !== "plan") expect(stdout).toBe("");
  expect(stderr).toMatch(words);
  expect(stderr).not.toMatch(/\n +at |bug/);
  // Wrong input costs no call, but for the plan, whose folder is looked at when there is something to put there.
  if (args[0] !== "plan") expect(company.stage.proxy.calls).toHaveLength(from);
});

test("exit code 2 with file, line and column for a mistake in the configuration, all mistakes at once", async () => {
  const text = configOf(accounts, ["s3_bucket_versionin", "kms_key_rotation"]).replace("percent:", "precent:");
  const other = company.folder({ [CONFIG]: text });
  const line = (words: string): number => text.split("\n").findIndex((one) => one.includes(words)) + 1;
  for (const args of [["validate"], ["scan"], ["plan", "--out", "-"]]) {
    const { exit, stdout, stderr } = await company.cli(other, args);
    expect(exit).toBe(2);
    expect(stdout + stderr).toMatch(new RegExp(`^${CONFIG}:${line("precent")}:\\d+: .*did you mean percent\\?`, "m"));
  }
  writeFileSync(join(other, CONFIG), text.replace("precent:", "percent:"));
  const { exit, stdout } = await company.cli(other, ["validate"]);
  expect(exit).toBe(2);
  expect(stdout).toMatch(
    new RegExp(`^${CONFIG}:${line("versionin")}:\\d+: .*did you mean s3_bucket_versioning\\?`, "m"),
  );
});

test("exit code 3 where something could not be read; what could be read is reported all the same", async () => {
  const match = { operation: "GetBucketVersioning", where: ({ path }: { path: string }) => path.includes("orders") };
  company.stage.proxy.rules.fail(match, { status: 403, code: "AccessDenied" });
  const { exit, stdout } = await cli(["scan", "--policies", "s3_bucket_versioning", "--format", "json"]);
  expect(exit).toBe(3);
  const { findings, coverage }: ScanJson = JSON.parse(stdout);
  expect(findings.map(({ status }) => status).sort()).toEqual(["pass", "unknown", "unknown"]);
  expect(coverage).toMatchObject({
    complete: false,
    gaps: accounts.map((account) => ({
      account,
      operation: "s3:GetBucketVersioning",
      code: "AccessDenied",
      resources: 1,
      policies: ["s3_bucket_versioning"],
      remedy: expect.stringContaining("s3:GetBucketVersioning"),
    })),
  });
});

test("exit code 3 without credentials, in words, not with a stack", async () => {
  const { exit, stdout, stderr } = await runCli(["scan", "--policies", "s3_bucket_versioning"], {
    cwd,
    env: {
      AWS_ENDPOINT_URL: company.stage.proxy.url,
      AWS_REGION: "us-east-1",
      AWS_EC2_METADATA_DISABLED: "true",
      AWS_CONFIG_FILE: "/dev/null",
      AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
    },
  });
  expect(exit).toBe(3);
  expect(stdout + stderr).toMatch(/give the job AWS credentials/);
  expect(stdout + stderr).not.toMatch(/\n +at /);
});

test("exit code 4 where the program itself is broken: it says so, and how to report it", async () => {
  const { root } = await bundle();
  const broken = company.folder();
  for (const name of ["policies", "remediations", "resources"]) symlinkSync(join(root, name), join(broken, name));
  mkdirSync(join(broken, "dist/data"), { recursive: true });
  for (const name of ["cli.js", "package.json"]) cpSync(join(root, "dist", name), join(broken, "dist", name));
  symlinkSync(join(root, "dist/main"), join(broken, "dist/main"));
  writeFileSync(join(broken, "dist/data/catalogue.json"), "{ cut off");
  const { exit, stderr } = await runCli(["validate"], { cwd, script: join(broken, "dist/cli.js") });
  expect(exit).toBe(4);
  expect(stderr).toMatch(/^This is a bug in Evenkeel \d+\.\d+\.\d+, not in your files/);
  expect(stderr).toContain("/issues/new");
});

test("--accounts, --regions and --policies narrow what is read, alone and together", async () => {
  const by = (key: "account" | "policy" | "region", findings: ScanJson["findings"]): string[] =>
    [...new Set(findings.map((finding) => finding[key]))].sort();
  const [first = "", second = ""] = accounts;
  expect(by("account", (await scanned([])).findings)).toEqual([first, second]);
  expect(by("account", (await scanned(["--accounts", "team-2"])).findings)).toEqual([second]);
  expect(by("account", (await scanned(["--accounts", `${first},team-2`])).findings)).toEqual([first, second]);
  expect(by("account", (await scanned(["--accounts", first, "--accounts", second])).findings)).toEqual([first, second]);
  expect(by("policy", (await scanned(["--policies", "s3_*"])).findings)).toEqual(["s3_bucket_versioning"]);
  const from = company.stage.proxy.calls.length;
  await scanned(["--policies", "kms_key_rotation", "--regions", "eu-west-1,eu-central-1", "--accounts", "team-1"]);
  const calls = company.stage.proxy.calls.slice(from).filter(({ service }) => service !== "sts");
  expect(calls.map(({ service, operation, region }) => `${service}:${operation} ${region}`).sort()).toEqual([
    "kms:ListKeys eu-central-1",
    "kms:ListKeys eu-west-1",
  ]);
});

test("a plan of one account is applied by its file, once, and taken back by its digest", async () => {
  const clients = await company.stage.account();
  const bucket = await makeBucket(clients, `alone-${clients.account}`);
  const own = company.folder({ [CONFIG]: configOf([clients.account], ["s3_bucket_versioning"]) });
  const planned = await company.cli(own, ["plan", "--out", "plans"]);
  expect(planned.exit).toBe(0);
  expect(planned.stdout).toContain("evenkeel apply --plan plans/all.jsonl");
  const apply = ["apply", "--plan", "plans/all.jsonl", "--format", "json"];
  const { result, sent } = await company.sent(async () => [
    await company.cli(own, apply),
    await company.cli(own, apply),
  ]);
  expect(sent).toEqual([`s3:PutBucketVersioning ${bucket}`]);
  const [first, again] = result.map(({ stdout }) => JSON.parse(stdout));
  expect(first).toMatchObject({ version: 1, approved: 1, counts: { applied: 1, already_ok: 0 } });
  expect(again).toMatchObject({ plan: first.plan, approved: 1, counts: { applied: 0, already_ok: 1 } });
  const undo = ["undo", "--plan", first.plan, "--apply", "--out", "-", "--format", "json"];
  const back = await company.sent(() => company.cli(own, undo));
  expect(back.sent).toEqual([`s3:PutBucketVersioning ${bucket}`]);
  expect(JSON.parse(back.result.stdout)).toMatchObject({ counts: { undone: 1 } });
  const lines = readFileSync(join(own, ".evenkeel/journal.jsonl"), "utf8").trimEnd().split("\n");
  expect(lines.map((line) => JSON.parse(line).record)).toEqual([
    "intent",
    "outcome",
    "intent",
    "outcome",
    "intent",
    "outcome",
  ]);
});

const PIPED = ["test --verbose", "explain s3.bucket --format json", "scan", "plan --out -"];
test.each(PIPED)("a reader that leaves early (| head -1) is no error: %s", async (words) => {
  const { cli: script } = await bundle();
  const line = `set -o pipefail; "${process.execPath}" "${script}" ${words} | head -1`;
  const path = `${dirname(process.execPath)}:${process.env["PATH"] ?? ""}`;
  const ended = await promisify(execFile)("bash", ["-c", line], {
    cwd,
    env: { ...company.aws, PATH: path, HOME: cwd },
  });
  expect(ended.stdout.split("\n")).toHaveLength(2);
  expect(ended.stderr).toBe("");
});

test("a reader that leaves early does not stop an apply", async () => {
  const { account, buckets } = await company.buckets("a", "b", "c", "d");
  const own = company.folder({ [CONFIG]: configOf([account], ["s3_bucket_versioning"]) });
  await company.cli(own, ["plan", "--out", "plans"]);
  const { cli: script } = await bundle();
  const line = `"${process.execPath}" "${script}" apply --plan plans/all.jsonl 2>&1 | true`;
  const { sent } = await company.sent(() =>
    promisify(execFile)("bash", ["-c", line], { cwd: own, env: { ...company.aws, HOME: own } }),
  );
  expect(sent).toEqual(buckets.map((bucket) => `s3:PutBucketVersioning ${bucket}`).sort());
});
