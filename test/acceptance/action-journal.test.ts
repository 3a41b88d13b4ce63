/** The journal in a bucket, by the bundled Action, and what it costs to write one on a branch. */
import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { clientConfig } from "../support/accounts.ts";
import { land } from "../support/github/protected.ts";
import { makeVolume } from "../support/world/ec2.ts";
import { CONFIG, type Company, configOf, JOURNAL, type Repository, startCompany } from "./company.ts";

const HUB = "999999999999";
const BUCKET = "acme-evenkeel-journal";

let company: Company;
let hub: S3Client;
let prefixes = 0;
beforeAll(async () => {
  company = await startCompany();
  hub = new S3Client(clientConfig(company.stage.moto.url, company.stage.credentials));
  await hub.send(new CreateBucketCommand({ Bucket: BUCKET }));
}, 180_000);
afterEach(() => company.stage.proxy.rules.clear());
afterAll(async () => {
  hub.destroy();
  await company.stop();
});

interface Kept {
  readonly repository: Repository;
  readonly config: string;
  /** The writes that its four items come to, sorted. */
  readonly writes: string[];
  /** The objects below its prefix, by what follows it. */
  objects(): Promise<Map<string, string>>;
}

/** Four items, approved and merged, in a repository whose journal has a prefix of its own. */
async function approved(): Promise<Kept> {
  const { account, buckets } = await company.buckets("orders", "uploads");
  prefixes += 1;
  const prefix = `evenkeel/repository-${prefixes}/`;
  const config = configOf([account], ["s3_bucket_versioning", "s3_bucket_public_access_block"], {
    journal: { bucket: BUCKET, account: HUB, region: "us-east-1", prefix },
  });
  const repository = await company.repository(config);
  expect(await repository.report()).toMatchObject({ exit: 0, outputs: { planned: "4" } });
  repository.merge();
  const writes = ["PutBucketVersioning", "PutPublicAccessBlock"].flatMap((call) =>
    buckets.map((bucket) => `s3:${call} ${bucket}`),
  );
  const objects = async (): Promise<Map<string, string>> => {
    const { Contents = [] } = await hub.send(new ListObjectsV2Command({ Bucket: BUCKET, Prefix: prefix }));
    const found = new Map<string, string>();
    for (const { Key = "" } of Contents) {
      const { Body } = await hub.send(new GetObjectCommand({ Bucket: BUCKET, Key }));
      found.set(Key.slice(prefix.length), (await Body?.transformToString()) ?? "");
    }
    return found;
  };
  return { repository, config, writes: writes.sort(), objects };
}

/** What was written to the accounts, and not to the journal. */
const toAccounts = (sent: readonly string[]): string[] => sent.filter((one) => one !== `s3:PutObject ${BUCKET}`);

test("report, merge, apply, log, undo with a journal in a bucket: the same records, and nothing on a branch", async () => {
  const { repository, config, writes, objects } = await approved();
  expect(await objects()).toEqual(new Map());
  const first = await company.sent(() => repository.apply());
  expect(first.result).toMatchObject({ exit: 0, outputs: { applied: "4" } });
  expect(toAccounts(first.sent)).toEqual(writes);
  expect(() => repository.repo.head("evenkeel/journal")).toThrow();
  const names = [...(await objects()).keys()];
  expect(names).toEqual(["claim.json", ...names.slice(1)]);
  // Canaries, the rest, and what waited at the end; named by the attempt of the run.
  expect(names.slice(1)).toEqual(
    [1, 2, 3].map((number) => expect.stringMatching(new RegExp(`^journal/\\d{4}-\\d\\d/42-2-000${number}\\.jsonl$`))),
  );
  expect((await objects()).get("claim.json")).toContain('"released":true');

  const again = await company.sent(() => repository.apply());
  expect(again.sent).toEqual([]);
  expect(again.result.text).toContain("Nothing to apply");

  // In a checkout, at a terminal with the hub's credentials.
  const cwd = company.folder({ [CONFIG]: config });
  const log = await company.cli(cwd, ["log", "--format", "json"]);
  const told: { entries: { outcome: string; approval: string; session: string }[] } = JSON.parse(log.stdout);
  expect([log.exit, told.entries.length]).toEqual([0, 4]);
  for (const entry of told.entries) {
    expect(entry).toMatchObject({ outcome: "applied", approval: expect.stringMatching(/^commit\//) });
    expect(entry.session).toMatch(/^evenkeel-42-2-[0-9a-f]{12}$/);
  }
  const plan = first.result.outputs["plan_digest"] ?? "";
  const back = await company.cli(cwd, ["undo", "--plan", plan, "--apply", "--out", "-"]);
  expect([back.exit, back.stdout]).toEqual([0, expect.stringContaining("undone")]);
  expect((await company.cli(cwd, ["undo", "--plan", plan, "--out", "-"])).stdout).toContain("taken back already");
  const rights = await company.cli(cwd, ["roles"]);
  expect(JSON.stringify(JSON.parse(rights.stdout).hub)).toContain(`arn:aws:s3:::${BUCKET}/evenkeel/repository-`);
});

test("nobody may list the journal, or there is no bucket: apply stops before anything is written to an account", async () => {
  const { repository, config, writes } = await approved();
  const denied = company.stage.proxy.rules.fail(
    { operation: "ListObjectsV2", where: ({ path }) => path.includes(BUCKET) },
    { status: 403, code: "AccessDenied", message: "not authorized to perform: s3:ListBucket" },
  );
  const refused = await company.sent(() => repository.apply());
  denied.remove();
  expect(refused.sent).toEqual([]);
  expect(refused.result).toMatchObject({ exit: 3, outputs: { exit_code: "3" } });
  expect(refused.result.stderr).toMatch(
    /the journal in s3:\/\/acme-evenkeel-journal\/.* cannot be used: .*AccessDenied/,
  );
  expect(refused.result.stderr).toContain("allow s3:ListBucket");
  const cwd = company.folder({ [CONFIG]: config.replace(BUCKET, "no-such-bucket") });
  const missing = await company.sent(() => repository.apply({ cwd }));
  expect(missing.sent).toEqual([]);
  expect(missing.result).toMatchObject({ exit: 3, stderr: expect.stringContaining("NoSuchBucket") });
  const elsewhere = await company.cli(cwd, ["log"]);
  expect(elsewhere).toMatchObject({ exit: 3, stderr: expect.stringContaining("NoSuchBucket") });
  const { result, sent } = await company.sent(() => repository.apply());
  expect([result.exit, toAccounts(sent)]).toEqual([0, writes]);
});

test("the journal cannot be written: nothing is written to an account, and the next run goes on", async () => {
  const { repository, writes } = await approved();
  company.stage.proxy.rules.fail(
    { operation: "PutObject", where: ({ path }) => path.includes("/journal/") },
    { status: 403, code: "AccessDenied", message: "not authorized to perform: s3:PutObject" },
  );
  const refused = await company.sent(() => repository.apply());
  company.stage.proxy.rules.clear();
  expect(toAccounts(refused.sent)).toEqual([]);
  expect(refused.result).toMatchObject({ exit: 3, stderr: expect.stringContaining("allow s3:PutObject") });
  const { result, sent } = await company.sent(() => repository.apply());
  expect([result.exit, toAccounts(sent)]).toEqual([0, writes]);
});

const KILLS = [
  ["before the journal's first object is there", { operation: "PutObject", skip: 1 }, "before"],
  ["after the journal's first object is there", { operation: "PutObject", skip: 1 }, "after"],
  [
    "after the second write to an account",
    { operation: /^Put(BucketVersioning|PublicAccessBlock)$/, skip: 1 },
    "after",
  ],
  ["after the last object is there", { operation: "PutObject", skip: 3 }, "after"],
] as const;
test.each(KILLS)("killed %s: run again, each write is made once, and all can be taken back", async (_, match, when) => {
  const { repository, writes, objects } = await approved();
  const { result, sent } = await company.sent(async () => {
    const { child, ended } = await repository.start({ command: "apply" }, { event: "push" });
    const end = (): void => {
      child.kill("SIGKILL");
      if (when === "before") throw new Error("the packet went with the process");
    };
    company.stage.proxy.rules.on(match, end, { when, times: 1 });
    expect(await ended).toMatchObject({ exit: null, signal: "SIGKILL" });
    company.stage.proxy.rules.clear();
    return repository.apply();
  });
  expect(toAccounts(sent)).toEqual(writes);
  expect(result.exit).toBe(0);
  const lines = [...(await objects())].flatMap(([name, text]) =>
    name === "claim.json" ? [] : text.trimEnd().split("\n"),
  );
  expect(new Set(lines).size).toBe(lines.length);
  const plan = JSON.parse(lines[0] ?? "{}").plan;
  const undo = { command: "undo", plan, apply: "true", out: "-" };
  expect(await (await repository.start(undo)).ended).toMatchObject({ exit: 0, outputs: { undone: "4" } });
});

test("an answer of S3 that is lost is not written twice", async () => {
  const { repository, writes, objects } = await approved();
  company.stage.proxy.rules.resetAfter(
    { operation: "PutObject", where: ({ path }) => path.includes("/journal/") },
    { times: 1 },
  );
  const { result, sent } = await company.sent(() => repository.apply());
  expect([result.exit, toAccounts(sent)]).toEqual([0, writes]);
  expect([...(await objects()).keys()].filter((name) => name.startsWith("journal/"))).toHaveLength(3);
});

test("two apply jobs at once: one waits for the other, and nothing is made twice", async () => {
  const { repository, writes, objects } = await approved();
  const { result, sent } = await company.sent(() =>
    Promise.all([repository.apply({ runId: 70 }), repository.apply({ runId: 71 })]),
  );
  expect(toAccounts(sent)).toEqual(writes);
  expect(result.map(({ exit }) => exit)).toEqual([0, 0]);
  expect(result.map(({ outputs }) => outputs["applied"]).sort()).toEqual(["0", "4"]);
  const runs = new Set([...(await objects()).keys()].map((name) => name.split("/").at(-1)?.slice(0, 2)));
  expect(runs.size).toBe(2);
});

/** Confirms every line of the only open report, which destroys, and merges it. */
function confirmed({ repo }: Repository): void {
  const [{ number = 0, head } = {}] = repo.pulls("open");
  const [path = ""] = [...repo.files(head?.ref ?? "").keys()].filter((name) => name.endsWith(".jsonl"));
  const plan = repo.file(head?.ref ?? "", path) ?? "";
  const ids = [...plan.matchAll(/"id":"([0-9a-f]{32})"/g)].map(([, id]) => `{"confirm":"${id}"}\n`);
  repo.commit(head?.ref ?? "", { [path]: plan + ids.join("") }, { author: "alice" });
  land(repo, number, { actor: "bob", method: "squash" });
}

test("an apply of 100 items with several steps each, in three accounts, takes no more than 40 calls of GitHub", async () => {
  const accounts = await Promise.all(
    [34, 33, 33].map(async (count) => {
      const clients = await company.stage.account();
      await Promise.all(Array.from({ length: count }, () => makeVolume(clients, { size: 1 })));
      return clients.account;
    }),
  );
  const repository = await company.repository(
    configOf(accounts, [{ use: "ebs_volume_unattached", allow_destructive: true, params: { min_age_days: 0 } }], {
      guards: { percent: 100, per_policy: 100, per_account: 100, per_run: 100 },
    }),
  );
  expect(await repository.report()).toMatchObject({ exit: 0, outputs: { planned: "100" } });
  confirmed(repository);
  // As many files as may lie about, and a roll-up of earlier ones.
  const at = "2026-01-01T00:00:00.000Z";
  const names = ["1-1", "2-1", "3-1", "4-1", "rolled-up-0123456789ab"];
  const seeds = names.map((run) => [
    `journal/2026-01/${run}.jsonl`,
    `${JSON.stringify({ record: "grace", at, run, stage: "started", findings: [] })}\n`,
  ]);
  repository.repo.seed(Object.fromEntries(seeds), JOURNAL);
  const from = repository.github.log.length;
  const ended = await repository.apply();
  expect(ended).toMatchObject({ exit: 0, outputs: { applied: "100" } });
  // More than 322 when each step was a write of its own.
  expect(repository.github.log.length - from).toBeLessThanOrEqual(40);
  // It had no calls to spare for joining the files, its own among them; the next run, which has nothing to apply, has.
  const files = () => [...repository.repo.files(JOURNAL).keys()].filter((path) => path.startsWith("journal/"));
  expect(files()).toHaveLength(6);
  const before = repository.github.log.length;
  expect(await repository.apply()).toMatchObject({ exit: 0, outputs: { applied: "0" } });
  expect(files()).toEqual([expect.stringContaining("rolled-up-")]);
  expect(repository.github.log.length - before).toBeLessThanOrEqual(30);
}, 180_000);
