import { spawn } from "node:child_process";
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DescribeFlowLogsCommand, DescribeSnapshotsCommand, DescribeVolumesCommand } from "@aws-sdk/client-ec2";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { journalFile } from "../../src/apply/journal-file.ts";
import type { Clock } from "../../src/types/clock.ts";
import type { Journal } from "../../src/types/journal.ts";
import { batched, hastyClock } from "../support/engine.ts";
import type { Clients } from "../support/world/clients.ts";
import { makeVolume } from "../support/world/ec2.ts";
import { given } from "../support/world/expected.ts";
import { makeBucket } from "../support/world/s3.ts";
import { onlyItems, type Stage, stageConfig, startStage } from "../support/world/stage.ts";
import { makeVpc } from "../support/world/vpc.ts";

let stage: Stage;
let folder: string;
/** Accounts with an unattached volume each, made before the tests so that by the slow clock they are not younger than now. */
const volumes: { clients: Clients; volume: string }[] = [];
beforeAll(async () => {
  stage = await startStage();
  for (let index = 0; index < 14; index += 1) {
    const clients = await stage.account();
    volumes.push({ clients, volume: await makeVolume(clients, { size: 3 }) });
  }
  await new Promise((resolve) => setTimeout(resolve, 4200));
});
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "evenkeel-crash-"));
});
afterEach(() => {
  stage.proxy.rules.clear();
  rmSync(folder, { recursive: true, force: true });
});
afterAll(() => stage.stop());

const BLOCK = "s3_bucket_public_access_block";
const VOLUME = { use: "ebs_volume_unattached", allow_destructive: true, params: { min_age_days: 0 } };

/** A journal whose process dies: the append of that number is never made, nor any after it. */
function dying(path: string, appends: number): Journal {
  const file = journalFile(path);
  let made = 0;
  return {
    read: () => file.read(),
    async append(records) {
      if (made >= appends) throw new Error("killed");
      made += 1;
      await file.append(records);
    },
  };
}

/**
 * A clock that is three seconds slow: moto tells times in whole seconds, and what a killed run made counts only if it is not older than that
 * run's intent.
 */
const behind: Clock = {
  now: () => Date.now() - 3000,
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, Math.min(ms, 20))),
};

// Appends of an item with one call: intent, outcome.
test.each([0, 1])(
  "one call, killed before append %i of the journal: the next run finishes it, and the write is made once",
  async (appends) => {
    const clients = await stage.account();
    await makeBucket(clients, `orders-${clients.account}`);
    const path = join(folder, "journal.jsonl");
    const options = { accounts: [clients.account], policies: [BLOCK] };
    const { text } = await stage.run(options).plan();
    const { result, sent } = await stage.writes(async () => {
      await expect(stage.run({ ...options, journal: dying(path, appends) }).apply(text)).rejects.toThrow("killed");
      return stage.run({ ...options, journalPath: path }).apply(text);
    });
    expect(result.outcomes).toMatchObject([{ outcome: "applied" }]);
    expect(sent).toEqual(["s3:PutPublicAccessBlock"]);
    const undo = await stage.run({ ...options, journalPath: path }).undo();
    expect(undo.items).toHaveLength(1);
  },
);

// Appends of a volume's item: intent, snapshot made, snapshot complete, volume deleted, outcome.
test.each([0, 1, 2, 3, 4])(
  "an unattached volume, killed before append %i: one snapshot, one deletion, and it can come back",
  async (appends) => {
    const { clients, volume } = given(volumes.shift(), "volume");
    const path = join(folder, "journal.jsonl");
    const options = { accounts: [clients.account], policies: [VOLUME] };
    const { text } = await stage.run({ ...options, clock: behind }).plan();
    const { result, sent } = await stage.writes(async () => {
      await expect(stage.run({ ...options, clock: behind, journal: dying(path, appends) }).apply(text)).rejects.toThrow(
        "killed",
      );
      return stage.run({ ...options, clock: behind, journalPath: path }).apply(text);
    });
    expect(result.outcomes).toMatchObject([{ outcome: "applied", resource: volume }]);
    expect(sent).toEqual(["ec2:CreateSnapshot", "ec2:DeleteVolume"]);
    const own = await clients.ec2.send(new DescribeSnapshotsCommand({ OwnerIds: ["self"] }));
    expect(own.Snapshots).toHaveLength(1);
    const run = stage.run({ ...options, clock: behind, journalPath: path });
    expect((await run.apply(await run.undo())).outcomes).toMatchObject([{ outcome: "undone" }]);
    const { Volumes } = await clients.ec2.send(new DescribeVolumesCommand({}));
    expect(Volumes).toMatchObject([{ Size: 3, SnapshotId: own.Snapshots?.[0]?.SnapshotId }]);
  },
);

test("a flow log, killed between call and journal: there once, and it can be taken back", async () => {
  const clients = await stage.account();
  const bucket = await makeBucket(clients, `flow-${clients.account}`);
  const vpc = await makeVpc(clients, "10.10.0.0/16");
  const remediation_params = { destination_bucket_arn: `arn:aws:s3:::${bucket}` };
  const options = {
    accounts: [clients.account],
    policies: [{ use: "vpc_flow_logs", mode: "approve", remediation_params }],
  };
  const path = join(folder, "journal.jsonl");
  const { text, plan } = await stage.run(options).plan();
  const mine = onlyItems(text, ({ resource }) => resource.id === vpc, plan);
  const { result, sent } = await stage.writes(async () => {
    await expect(stage.run({ ...options, clock: behind, journal: dying(path, 1) }).apply(mine)).rejects.toThrow(
      "killed",
    );
    return stage.run({ ...options, clock: behind, journalPath: path }).apply(mine);
  });
  expect(result.outcomes).toMatchObject([{ outcome: "applied" }]);
  expect(sent).toEqual(["ec2:CreateFlowLogs"]);
  const run = stage.run({ ...options, clock: behind, journalPath: path });
  const undo = await run.undo();
  expect(undo.header.held).toEqual([]);
  expect((await run.apply(undo)).outcomes).toMatchObject([{ outcome: "undone" }]);
  expect((await clients.ec2.send(new DescribeFlowLogsCommand({}))).FlowLogs).toEqual([]);
});

test("several items, killed in the middle: what is done stays done, the rest is finished, and each write is made once", async () => {
  const clients = await stage.account();
  const names = [1, 2, 3, 4].map((number) => `n${number}-${clients.account}`);
  for (const name of names) await makeBucket(clients, name);
  const path = join(folder, "journal.jsonl");
  const options = { accounts: [clients.account], policies: [BLOCK] };
  const { text } = await stage.run(options).plan();
  const { result, sent } = await stage.writes(async () => {
    // Canary: intent, outcome; wave: intents, outcome, and dead at the next outcome.
    await expect(stage.run({ ...options, journal: dying(path, 4) }).apply(text)).rejects.toThrow("killed");
    // Half a line, as a process leaves it that dies while writing.
    appendFileSync(path, '{"record":"outcome","at":"2026-');
    return stage.run({ ...options, journalPath: path }).apply(text);
  });
  expect(sent).toEqual(names.map(() => "s3:PutPublicAccessBlock"));
  expect(result.counts.applied + result.counts.already_ok).toBe(4);
  expect((await stage.run({ ...options, journalPath: path }).undo()).items).toHaveLength(4);
});

test("a step of a killed run that is hours old counts for nothing: a new snapshot is made before the volume is deleted", async () => {
  const { clients } = given(volumes.shift(), "volume");
  const path = join(folder, "journal.jsonl");
  const options = { accounts: [clients.account], policies: [VOLUME], journalPath: path };
  const { text } = await stage.run({ ...options, clock: behind }).plan();
  await expect(stage.run({ ...options, clock: behind, journal: dying(path, 2) }).apply(text)).rejects.toThrow("killed");
  const { sent } = await stage.writes(() => stage.run({ ...options, clock: hastyClock(2) }).apply(text));
  expect(sent).toEqual(["ec2:CreateSnapshot", "ec2:DeleteVolume"]);
});

/** Applies in a process of its own, which is killed (SIGKILL) as soon as the emulator has done the call named. */
async function killedAt(
  operation: string,
  config: object,
  text: string,
  journal: { readonly journalPath: string; readonly batched: boolean },
): Promise<void> {
  const plan = join(folder, "plan.jsonl");
  writeFileSync(plan, text);
  const options = { url: stage.proxy.url, credentials: stage.credentials, config, ...journal };
  const script = `
    import { readFileSync } from "node:fs";
    const [module, options, plan] = process.argv.slice(1);
    const { engine } = await import(module);
    const clock = { now: () => Date.now() - 3000, sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms / 50)) };
    await engine({ ...JSON.parse(options), clock }).apply(readFileSync(plan, "utf8"));
    console.log("finished");`;
  const module = new URL("../support/engine.ts", import.meta.url).href;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script, module, JSON.stringify(options), plan], {
    // Its own folder stays behind: it cannot clean up.
    env: { ...process.env, TMPDIR: folder },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (said += String(chunk)));
  const ended = new Promise<NodeJS.Signals | null>((resolve) =>
    child.once("close", (_code, signal) => resolve(signal)),
  );
  const rule = stage.proxy.rules.on({ operation }, () => void child.kill("SIGKILL"), { when: "after", times: 1 });
  expect(await ended, said).toBe("SIGKILL");
  expect(said).not.toContain("finished");
  rule.remove();
}

const OPERATIONS = ["CreateSnapshot", "DescribeSnapshots", "DeleteVolume"];
test.each([...OPERATIONS.map((name) => [name, false] as const), ...OPERATIONS.map((name) => [name, true] as const)])(
  "a process killed with SIGKILL right after %s (what may wait waits: %s): run again, it is finished with one snapshot and one deletion",
  async (operation, batched) => {
    const { clients, volume } = given(volumes.shift(), "volume");
    const journalPath = join(folder, "journal.jsonl");
    const options = { accounts: [clients.account], policies: [VOLUME], clock: behind, journalPath, batched };
    const { text } = await stage.run(options).plan();
    const { result, sent } = await stage.writes(async () => {
      await killedAt(operation, stageConfig(options.accounts, options.policies), text, { journalPath, batched });
      const lines = readFileSync(journalPath, "utf8").trimEnd().split("\n");
      // All that is safe at that moment; a file that is written at once knows the steps before as well.
      if (batched) expect(lines.map((line) => /"record":"(\w+)"/.exec(line)?.[1])).toEqual(["intent"]);
      return stage.run(options).apply(text);
    });
    expect(result.outcomes).toMatchObject([{ outcome: "applied", resource: volume }]);
    expect(sent).toEqual(["ec2:CreateSnapshot", "ec2:DeleteVolume"]);
    const back = await stage.run(options).undo();
    expect(back.header.held).toEqual([]);
    expect((await stage.run(options).apply(back)).outcomes).toMatchObject([{ outcome: "undone" }]);
  },
);

test("a volume that was deleted by a run whose journal ends there can be brought back by a run of tomorrow", async () => {
  const { clients, volume } = given(volumes.shift(), "volume");
  const journalPath = join(folder, "journal.jsonl");
  const options = { accounts: [clients.account], policies: [VOLUME], journalPath, batched: true };
  const { text } = await stage.run({ ...options, clock: behind }).plan();
  await killedAt("DeleteVolume", stageConfig(options.accounts, options.policies), text, { journalPath, batched: true });
  const { result, sent } = await stage.writes(() => stage.run({ ...options, clock: hastyClock(1) }).apply(text));
  expect(sent).toEqual([]);
  expect(result.outcomes).toMatchObject([{ outcome: "applied", resource: volume }]);
  const run = stage.run({ ...options, clock: hastyClock(1) });
  const back = await run.undo();
  expect(back.header.held).toEqual([]);
  expect((await run.apply(back)).outcomes).toMatchObject([{ outcome: "undone" }]);
});

test("of many volumes, killed in the middle of a wave: one snapshot and one deletion of each, and each can come back", async () => {
  const clients = await stage.account();
  for (let index = 0; index < 4; index += 1) await makeVolume(clients, { size: 3 });
  await new Promise((resolve) => setTimeout(resolve, 4200));
  const journalPath = join(folder, "journal.jsonl");
  const options = { accounts: [clients.account], policies: [VOLUME], clock: behind };
  const { text } = await stage.run(options).plan();
  const { result, sent } = await stage.writes(async () => {
    // Writes: the canary's intent; its steps and outcome with the intents of the wave. The third is never made.
    const journal = batched(dying(journalPath, 2));
    await expect(stage.run({ ...options, journal }).apply(text)).rejects.toThrow("killed");
    return stage.run({ ...options, journalPath, batched: true }).apply(text);
  });
  expect(sent.filter((call) => call === "ec2:CreateSnapshot")).toHaveLength(4);
  expect(sent.filter((call) => call === "ec2:DeleteVolume")).toHaveLength(4);
  expect(result.counts.applied + result.counts.already_ok).toBe(4);
  const back = await stage.run({ ...options, journalPath }).undo();
  expect([back.items.length, back.header.held]).toEqual([4, []]);
});

test("a journal that fails once stops the run: no outcome is made up, and the next run finishes without a second snapshot", async () => {
  const { clients, volume } = given(volumes.shift(), "volume");
  const path = join(folder, "journal.jsonl");
  const options = { accounts: [clients.account], policies: [VOLUME] };
  const { text } = await stage.run({ ...options, clock: behind }).plan();
  const file = journalFile(path);
  let appends = 0;
  const moody: Journal = {
    read: () => file.read(),
    async append(records) {
      appends += 1;
      if (appends === 2) throw new Error("the journal could not be written");
      await file.append(records);
    },
  };
  const { result, sent } = await stage.writes(async () => {
    await expect(stage.run({ ...options, clock: behind, journal: moody }).apply(text)).rejects.toThrow(
      "could not be written",
    );
    return stage.run({ ...options, clock: behind, journalPath: path }).apply(text);
  });
  expect(result.outcomes).toMatchObject([{ outcome: "applied", resource: volume }]);
  expect(sent).toEqual(["ec2:CreateSnapshot", "ec2:DeleteVolume"]);
});
