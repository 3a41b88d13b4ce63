import { execFileSync } from "node:child_process";
import { dirname, resolve } from "node:path";
import { buildPlan, type Postponed, partOf } from "../plan/build.ts";
import { type ExceptedScan, exceptFindings, readTags } from "../plan/exceptions.ts";
import { exceptionRemarks } from "../report/exceptions.ts";
import { type ScanResult, scan } from "../scan/scan.ts";
import type { Io } from "../types/io.ts";
import type { Plan } from "../types/plan.ts";
import { VERSION } from "../version.ts";
import { type CommandInput, type CommandResult, list, text } from "./command.ts";
import { goOnline } from "./connection.ts";
import { reportGroups } from "./groups.ts";
import { scanProgress } from "./progress.ts";
import { openWorkspace, type Ready, readyWorkspace } from "./workspace.ts";

export interface Scanned {
  readonly ready: Ready;
  readonly result: ExceptedScan;
  readonly now: string;
}

/** What `scan`, `plan` and `report` begin with: read the catalogue and the configuration, then the accounts. */
export async function runScan(input: CommandInput, toPlan: boolean): Promise<Scanned> {
  const { home, io } = input;
  const choice = {
    ...optional("accounts", list(input, "accounts")),
    ...optional("regions", list(input, "regions")),
    ...optional("policies", list(input, "policies")),
  };
  const ready = readyWorkspace(openWorkspace(home, io, text(input, "config")), choice);
  const online = goOnline(ready, io);
  const progress = scanProgress(io);
  const now = new Date(io.clock.now()).toISOString();
  try {
    const found = await scan({
      config: ready.config,
      policies: ready.policies,
      types: ready.workspace.catalogue.types,
      aws: online.reader,
      homeRegion: online.homeRegion,
      now,
      toPlan,
      onProgress: progress.onProgress,
    });
    const { exceptions, config, policies: configured } = ready.workspace;
    await readTags(found.failing, exceptions);
    const scope = { scanned: ready.policies, configured, allRegions: ready.config.regions === config?.regions };
    const calls = Object.fromEntries([...online.reader.counts].sort(([a], [b]) => (a < b ? -1 : 1)));
    const counted = { ...found, coverage: { ...found.coverage, calls } };
    return { ready, result: exceptFindings(counted, exceptions, scope, now), now };
  } finally {
    progress.end();
    online.connection.close();
  }
}

function optional<K extends string>(key: K, value: readonly string[] | undefined): { [P in K]?: readonly string[] } {
  const given: { [P in K]?: readonly string[] } = {};
  if (value !== undefined) given[key] = value;
  return given;
}

/**
 * One plan per report group; one for all accounts where the configuration groups by nothing. The guards hold for all of them together.
 * `narrowed` goes into the scopes' names: what looked at a part must not pass for the whole.
 */
export function plansOf(
  scanned: Scanned,
  io: Io,
  { narrowed = "", postponed }: { readonly narrowed?: string; readonly postponed?: Postponed } = {},
): Plan[] {
  const { ready, result, now } = scanned;
  const { config, workspace } = ready;
  const whole = buildPlan({
    scan: result,
    guards: config.guards,
    scope: "all",
    now,
    ttl: config.plan_ttl,
    engine: VERSION,
    catalogue: workspace.catalogue.digest,
    commit: commitOfPolicies(scanned, io),
    ...(postponed === undefined ? {} : { postponed }),
  });
  return reportGroups(config).map(({ scope, accounts }) =>
    partOf(whole, `${scope}${narrowed}`, ({ account }) => accounts.has(account)),
  );
}

export function commitOfPolicies({ ready }: Scanned, io: Io): string {
  return commitOf(io, dirname(resolve(io.cwd, ready.workspace.configFile)));
}

/** The commit of the policies: GitHub's, or git's own, or none. */
function commitOf(io: Io, folder: string): string {
  const { GITHUB_SHA: sha } = io.env;
  if (sha !== undefined && /^[0-9a-f]{40}$/.test(sha)) return sha;
  try {
    return execFileSync("git", ["rev-parse", "HEAD"], {
      cwd: folder,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  } catch {
    return "";
  }
}

/** Whether something fails that no exception covers: an exception hides nothing, but it does not stop a pipeline either. */
export function anyUnexcepted(findings: ScanResult["findings"]): boolean {
  return findings.some(({ status, excepted }) => status === "fail" && excepted === undefined);
}

/** Numbers for the Action's outputs. */
export function scanOutputs(result: ScanResult): Record<string, number> {
  const { findings, gaps, resources } = result.coverage;
  return {
    failing: findings.fail,
    passing: findings.pass,
    unknown: findings.unknown,
    out_of_scope: findings.out_of_scope,
    resources,
    gaps: gaps.length,
  };
}

/**
 * One annotation for each policy that fails: on the policy's own line where it stands in the user's repository, else on the configuration's
 * entry that makes it run; and one for each exception that somebody should look at.
 */
export function findingAnnotations({ ready, result }: Scanned): NonNullable<CommandResult["annotations"]> {
  const builtin = ready.workspace.builtin;
  const remarks = exceptionRemarks(result.exceptions).map((one) => ({ ...one, column: 1, level: "warning" as const }));
  const policies = [...Map.groupBy(result.findings, ({ policy }) => policy)].flatMap(([id, findings]) => {
    const failing = findings.filter(({ status }) => status === "fail").length;
    const effective = ready.policies.find(({ policy }) => policy.file.id === id);
    if (failing === 0 || effective === undefined) return [];
    const { location, file } = effective.policy;
    const { file: path, line } = builtin.has(location.file) ? effective.entry : location;
    const excepted = findings.filter((one) => one.excepted !== undefined).length;
    const spared = excepted === 0 ? "" : `, ${excepted} of them excepted`;
    const message = `${id} (${file.severity}): ${failing} of ${findings.length} resources fail${spared}: ${file.title}`;
    // Where all that fails is excepted nobody has to act, but it is still said.
    const level = excepted === failing ? ("notice" as const) : ("warning" as const);
    return [{ file: path, line, column: 1, message, level }];
  });
  return [...policies, ...remarks];
}
