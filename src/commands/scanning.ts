import { execFileSync } from "node:child_process";
import { dirname, resolve } from "node:path";
import { buildPlan } from "../plan/build.ts";
import { type ScanResult, scan } from "../scan/scan.ts";
import type { Io } from "../types/io.ts";
import type { Plan } from "../types/plan.ts";
import { VERSION } from "../version.ts";
import { type CommandInput, type CommandResult, list, text } from "./command.ts";
import { goOnline } from "./connection.ts";
import { scanProgress } from "./progress.ts";
import { openWorkspace, type Ready, readyWorkspace } from "./workspace.ts";

export interface Scanned {
  readonly ready: Ready;
  readonly result: ScanResult;
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
    const result = await scan({
      config: ready.config,
      policies: ready.policies,
      types: ready.workspace.catalogue.types,
      aws: online.reader,
      homeRegion: online.homeRegion,
      now,
      toPlan,
      onProgress: progress.onProgress,
    });
    return { ready, result, now };
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

/** One plan per report group; one for all accounts where the configuration groups by nothing. */
export function plansOf(scanned: Scanned, io: Io): Plan[] {
  const { ready, result, now } = scanned;
  const { config, workspace } = ready;
  return groups(scanned).map(({ scope, accounts }) => {
    const own = (account: string): boolean => accounts.has(account);
    return buildPlan({
      scan: {
        findings: result.findings.filter((finding) => own(finding.account)),
        failing: result.failing.filter(({ finding }) => own(finding.account)),
        coverage: result.coverage,
      },
      guards: config.guards,
      scope,
      now,
      ttl: config.plan_ttl,
      engine: VERSION,
      catalogue: workspace.catalogue.digest,
      commit: commitOf(io, dirname(resolve(io.cwd, workspace.configFile))),
    });
  });
}

function groups({ ready }: Scanned): { scope: string; accounts: ReadonlySet<string> }[] {
  const { config } = ready;
  const label = config.report.group_by;
  if (label === undefined) return [{ scope: "all", accounts: new Set(config.accounts.map(({ id }) => id)) }];
  const byValue = Map.groupBy(config.accounts, ({ labels }) =>
    Object.hasOwn(labels, label) ? (labels[label] ?? "") : "",
  );
  return [...byValue]
    .map(([value, accounts]) => ({ scope: scopeName(label, value), accounts: new Set(accounts.map(({ id }) => id)) }))
    .sort((a, b) => (a.scope < b.scope ? -1 : 1));
}

/** A label's value as a part of file and branch names. */
function scopeName(label: string, value: string): string {
  const safe = value.replace(/[^A-Za-z0-9._-]/g, "-").replace(/^[^A-Za-z0-9]+/, "");
  return `${label.replace(/[^A-Za-z0-9._-]/g, "-")}-${safe === "" ? "none" : safe}`;
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
 * entry that makes it run.
 */
export function findingAnnotations({ ready, result }: Scanned): NonNullable<CommandResult["annotations"]> {
  const builtin = ready.workspace.builtin;
  return [...Map.groupBy(result.findings, ({ policy }) => policy)].flatMap(([id, findings]) => {
    const failing = findings.filter(({ status }) => status === "fail").length;
    const effective = ready.policies.find(({ policy }) => policy.file.id === id);
    if (failing === 0 || effective === undefined) return [];
    const { location, file } = effective.policy;
    const { file: path, line } = builtin.has(location.file) ? effective.entry : location;
    const message = `${id} (${file.severity}): ${failing} of ${findings.length} resources fail: ${file.title}`;
    return [{ file: path, line, column: 1, message, level: "warning" as const }];
  });
}
