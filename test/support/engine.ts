/** The engine as a library: what the commands do, against an emulator, with credentials, clock and journal of the test's own. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { stringify } from "yaml";
import { type Applied, applyPlan } from "../../src/apply/apply.ts";
import { createWriterFor } from "../../src/apply/door.ts";
import { batchWrites } from "../../src/apply/journal-batch.ts";
import { journalFile } from "../../src/apply/journal-file.ts";
import { undoPlan } from "../../src/apply/undo.ts";
import { type Connection, connect } from "../../src/aws/connect.ts";
import type { Credentials, Timeouts } from "../../src/aws/options.ts";
import { mainRegion } from "../../src/aws/partition.ts";
import { createReader } from "../../src/aws/reader.ts";
import { openWorkspace, type Ready, readyWorkspace, type Workspace } from "../../src/commands/workspace.ts";
import { buildPlan } from "../../src/plan/build.ts";
import { planDigest, readPlan, writePlan } from "../../src/plan/file.ts";
import { type ScanResult, scan } from "../../src/scan/scan.ts";
import type { Clock } from "../../src/types/clock.ts";
import type { Io } from "../../src/types/io.ts";
import type { BatchedJournal, Journal } from "../../src/types/journal.ts";
import type { Plan, PlanItem } from "../../src/types/plan.ts";

const ROOT = resolve(fileURLToPath(new URL("../../", import.meta.url)));
const DAY = 86_400_000;

export interface EngineOptions {
  /** Of the emulator, or of a proxy in front of it. */
  readonly url: string;
  /** Who assumes the roles. */
  readonly credentials: Credentials;
  /** What stands in `evenkeel.yaml`; `version` and the usual role names are filled in. */
  readonly config: object;
  readonly clock?: Clock;
  /** In place of a file in the engine's own folder. */
  readonly journal?: Journal;
  readonly journalPath?: string;
  /** The file is written as a branch or a bucket is: what may wait waits, and goes with the next write or at the end. */
  readonly batched?: boolean;
  readonly timeouts?: Partial<Timeouts>;
}

export interface ApplyOptions {
  /** What made the plan run (`pull/12`); nothing for a person at a terminal. */
  readonly approval?: string;
}

export interface Planned {
  readonly plan: Plan;
  /** The bytes of the plan file. */
  readonly text: string;
  readonly result: ScanResult;
}

export interface Engine {
  readonly workspace: Workspace;
  readonly journal: Journal;
  /** Every call opens a connection of its own, as every command does. */
  scan(): Promise<ScanResult>;
  /** Scans and plans; the plan has been through its file. */
  plan(): Promise<Planned>;
  /** `plan` may be the text of a plan file. */
  apply(plan: Plan | string, options?: ApplyOptions): Promise<Applied>;
  /** A plan that takes back what was applied: all of it, or the items chosen. */
  undo(select?: (item: PlanItem, plan: string) => boolean): Promise<Plan>;
  /** Removes the engine's folder. */
  close(): void;
}

/**
 * A clock whose waits take no time: what is slept is added to `now`. It begins at noon (UTC) of today, `days` later, so that no test runs into
 * the next day, on which a plan would expire later.
 */
export function hastyClock(days = 0): Clock {
  let skipped = Math.floor(Date.now() / DAY) * DAY + DAY / 2 - Date.now() + days * DAY;
  return {
    now: () => Date.now() + skipped,
    sleep: (ms) => {
      const really = Math.min(ms, 5);
      return new Promise((resolve) => {
        setTimeout(() => {
          skipped += ms - really;
          resolve();
        }, really);
      });
    },
  };
}

const workspaces = new Map<string, Workspace>();
let runs = 0;

/** Fails where the configuration has problems. */
export function engine(options: EngineOptions): Engine {
  const clock = options.clock ?? hastyClock();
  const folder = mkdtempSync(join(tmpdir(), "evenkeel-e2e-"));
  const roles = { read: { name: "evenkeel-read" }, remediate: { name: "evenkeel-remediate" } };
  const text = stringify({ version: 1, roles, ...options.config });
  writeFileSync(join(folder, "evenkeel.yaml"), text);
  const workspace =
    workspaces.get(text) ?? openWorkspace({ root: ROOT, data: join(ROOT, "generated") }, io(folder, clock), undefined);
  workspaces.set(text, workspace);
  const ready = readyWorkspace(workspace, {});
  const file = journalFile(options.journalPath ?? join(folder, "journal.jsonl"));
  const journal: Journal | BatchedJournal = options.journal ?? (options.batched === true ? batched(file) : file);

  async function scanned(toPlan: boolean): Promise<{ result: ScanResult; now: string }> {
    const now = new Date(clock.now()).toISOString();
    return withConnection(options, ready, clock, async ({ connection, home }) => {
      const { config, policies } = ready;
      const { types } = workspace.catalogue;
      return {
        now,
        result: await scan({
          config,
          policies,
          types,
          aws: createReader(connection),
          homeRegion: home,
          now,
          toPlan,
        }),
      };
    });
  }

  return {
    workspace,
    journal,
    scan: async () => (await scanned(false)).result,
    async plan() {
      const { result, now } = await scanned(true);
      const { guards, plan_ttl: ttl } = ready.config;
      const fixed = { scope: "all", engine: "0.0.0-test", catalogue: workspace.catalogue.digest, commit: "" };
      const written = writePlan(buildPlan({ scan: result, guards, now, ttl, ...fixed }));
      return { plan: readPlan("plan.jsonl", written), text: written, result };
    },
    async apply(given, { approval = "" } = {}) {
      const plan = typeof given === "string" ? readPlan("plan.jsonl", given) : given;
      return withConnection(
        options,
        ready,
        clock,
        ({ connection, home, run }) =>
          applyPlan(plan, {
            config: ready.config,
            catalogue: workspace.catalogue,
            policies: ready.policies,
            reader: createReader(connection),
            writer: createWriterFor(connection),
            journal,
            models: workspace.models,
            cel: workspace.cel,
            clock,
            homeRegion: home,
            approval,
            stopped: async () => undefined,
            run,
          }),
        planDigest(plan.header),
      ).finally(() => (waits(journal) ? journal.flush() : undefined));
    },
    async undo(select = () => true) {
      const now = new Date(clock.now()).toISOString();
      const fixed = { scope: "undo", engine: "0.0.0-test", catalogue: workspace.catalogue.digest, commit: "" };
      const plan = undoPlan((await journal.read()).records, select, workspace.catalogue, {
        now,
        ttl: ready.config.plan_ttl,
        ...fixed,
      });
      return readPlan("undo.jsonl", writePlan(plan));
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Any journal, written to as rarely as those are whose writes are counted. */
export function batched(journal: Journal): BatchedJournal {
  const batch = batchWrites((lines) => journal.append(lines));
  return { append: batch.append, flush: batch.flush, read: () => journal.read() };
}

function waits(journal: Journal): journal is BatchedJournal {
  return "flush" in journal;
}

interface Online {
  readonly connection: Connection;
  readonly home: string;
  readonly run: string;
}

/** As `goOnline`, but the caller's credentials are said: the commands take them from the environment of the process. */
async function withConnection<T>(
  { url, credentials, timeouts }: EngineOptions,
  { config, workspace }: Ready,
  clock: Clock,
  work: (online: Online) => Promise<T>,
  digest = "",
): Promise<T> {
  runs += 1;
  const run = `test-${runs}`;
  const connection = connect({
    models: workspace.models,
    partition: config.partition,
    roles: config.roles,
    session: { name: `${run}-${digest.slice(0, 12)}` },
    env: { AWS_ENDPOINT_URL: url, AWS_REGION: "us-east-1" },
    clock,
    random: () => 0.5,
    logger: { debug: () => undefined, warn: () => undefined },
    version: "0.0.0-test",
    baseCredentials: async () => credentials,
    ...(timeouts === undefined ? {} : { timeouts }),
  });
  try {
    return await work({ connection, home: mainRegion(config.partition), run });
  } finally {
    connection.close();
  }
}

function io(cwd: string, clock: Clock): Io {
  const output = { write: () => undefined, isTerminal: false, columns: undefined };
  return { env: {}, cwd, stdout: output, stderr: output, clock, random: () => 0.5 };
}
