import { isSecurityId, nearestCheck } from "../doctor/allow.ts";
import type { Problem } from "../errors.ts";
import { nearest } from "../text/nearest.ts";
import type { Config, ConfigPolicyEntry, JournalPlace, LabelSelector } from "../types/catalogue.ts";
import { isTimezone } from "./calendar.ts";
import type { CompiledCatalogue } from "./compiled.ts";
import { checkForm, type Forms } from "./form.ts";
import { checkParams } from "./params.ts";
import { type Path, readSource, type Source } from "./source.ts";

export const DEFAULT_GUARDS = { per_policy: 10, per_account: 25, per_run: 50, percent: 20 } as const;
export const DEFAULT_JOURNAL_PREFIX = "evenkeel/";
export const DEFAULT_REPORT = {
  branch_prefix: "evenkeel/report",
  plan_path: "plans",
  most_open: 5,
  most_new: 2,
  snooze: "14d",
  renewal_days: 90,
} as const;

export interface LoadedConfig {
  /** Undefined where the file's form is wrong. */
  readonly config: Config | undefined;
  readonly source: Source | undefined;
  readonly problems: readonly Problem[];
}

/** Reads evenkeel.yaml, fills in the defaults and resolves what it names against the catalogue. */
export function loadConfig(
  file: string,
  text: string,
  catalogue: CompiledCatalogue,
  broken: ReadonlySet<string>,
): LoadedConfig {
  const read = readSource(file, text);
  if (read.source === undefined) return { config: undefined, source: undefined, problems: read.problems };
  const { source } = read;
  const { value, problems } = checkForm("config", source);
  if (value === undefined) return { config: undefined, source, problems };
  const { journal, ...rest } = value;
  const config: Config = {
    ...rest,
    partition: value.partition ?? "aws",
    accounts: value.accounts.map((account) => ({ ...account, labels: account.labels ?? {} })),
    regions: value.regions ?? "enabled",
    guards: { ...DEFAULT_GUARDS, ...value.guards },
    changes: {
      windows: (value.changes?.windows ?? []).map((window) => ({ ...window, timezone: window.timezone ?? "UTC" })),
      freezes: value.changes?.freezes ?? [],
    },
    plan_ttl: value.plan_ttl ?? "7d",
    report: { ...DEFAULT_REPORT, ...value.report },
    ...(journal === undefined ? {} : { journal: journalPlace(journal) }),
  };
  return { config, source, problems: [...problems, ...checkMeaning(config, source, catalogue, broken)] };
}

/** Where the journal is by a configuration that says so. */
export function journalPlace(given: NonNullable<Forms["config"]["journal"]>): JournalPlace {
  return { ...given, prefix: given.prefix ?? DEFAULT_JOURNAL_PREFIX };
}

function checkMeaning(
  config: Config,
  source: Source,
  catalogue: CompiledCatalogue,
  broken: ReadonlySet<string>,
): Problem[] {
  const problems: Problem[] = [];
  const problem = (path: Path, at: "key" | "value", message: string, near?: string): void => {
    problems.push({ file: source.file, ...source.locate(path, at), message, nearest: near });
  };
  const ids = new Map<string, number>();
  for (const [index, account] of config.accounts.entries()) {
    if (ids.has(account.id)) problem(["accounts", index, "id"], "value", `account ${account.id} is listed twice`);
    ids.set(account.id, index);
  }
  const { read, remediate } = config.roles;
  if (read.name === remediate.name) {
    problem(
      ["roles", "remediate", "name"],
      "value",
      "the role that reads must not be the one that holds the rights to write",
    );
  }
  if (read.external_id !== undefined && read.external_id === remediate.external_id) {
    problem(["roles", "remediate", "external_id"], "value", "the two roles must not share an ExternalId");
  }
  for (const [index, { timezone }] of config.changes.windows.entries()) {
    if (!isTimezone(timezone))
      problem(["changes", "windows", index, "timezone"], "value", `no time zone is called ${timezone}`);
  }
  for (const [index, { from, to }] of config.changes.freezes.entries()) {
    if (from > to) problem(["changes", "freezes", index, "to"], "value", "the freeze ends before it begins");
  }
  for (const [index, entry] of config.policies.entries()) {
    checkEntry(entry, ["policies", index], config, catalogue, broken, problem);
  }
  for (const [index, name] of (config.allow_unsafe ?? []).entries()) {
    if (!isSecurityId(name))
      problem(
        ["allow_unsafe", index],
        "value",
        `doctor has no security check \`${name}\` that could be allowed`,
        nearestCheck(name),
      );
  }
  const { group_by: group } = config.report;
  if (group !== undefined && !config.accounts.some(({ labels }) => Object.hasOwn(labels, group))) {
    problem(["report", "group_by"], "value", `no account has a label \`${group}\``, nearest(group, labelNames(config)));
  }
  return problems;
}

function checkEntry(
  entry: ConfigPolicyEntry,
  path: Path,
  config: Config,
  catalogue: CompiledCatalogue,
  broken: ReadonlySet<string>,
  problem: (path: Path, at: "key" | "value", message: string, near?: string) => void,
): void {
  for (const key of ["where", "except"] as const) {
    const selector = entry[key];
    if (selector !== undefined) checkSelector(selector, [...path, key], config, problem);
  }
  if (entry.pack !== undefined) {
    const packs = [...catalogue.packs.keys()];
    if (!packs.includes(entry.pack))
      problem([...path, "pack"], "value", `unknown pack \`${entry.pack}\``, nearest(entry.pack, packs));
    for (const key of ["params", "remediation_params", "allow_destructive"] as const) {
      if (entry[key] !== undefined)
        problem([...path, key], "key", `\`${key}\` is given for one policy, not for a pack`);
    }
    checkStanding(entry, path, problem);
    return;
  }
  const id = entry.use ?? "";
  const policy = catalogue.policies.get(id);
  if (policy === undefined) {
    const known = [...catalogue.policies.keys()];
    if (!broken.has(id)) problem([...path, "use"], "value", `unknown policy \`${id}\``, nearest(id, known));
    return;
  }
  const { remediation } = policy;
  for (const wrong of checkParams(policy.file.params, entry.params ?? {})) {
    problem([...path, "params", ...wrong.path], wrong.at, wrong.message, wrong.nearest);
  }
  for (const wrong of checkParams(remediation?.file.params, entry.remediation_params ?? {})) {
    problem([...path, "remediation_params", ...wrong.path], wrong.at, wrong.message, wrong.nearest);
  }
  const destructive = remediation?.file.risk === "destructive";
  if (entry.mode !== undefined && entry.mode !== "report" && remediation === undefined) {
    problem([...path, "mode"], "value", `\`${id}\` has no remediation; it can only report`);
  }
  if (entry.grace !== undefined && remediation === undefined) {
    problem([...path, "grace"], "key", `\`grace\` has no effect: \`${id}\` has no remediation`);
  }
  if (entry.mode === "automatic" && destructive) {
    problem([...path, "mode"], "value", `\`${remediation.file.id}\` is destructive and never runs automatically`);
  }
  checkStanding(entry, path, problem);
  if (entry.allow_destructive === true && !destructive) {
    problem(
      [...path, "allow_destructive"],
      "key",
      `\`allow_destructive\` has no effect: the remediation of \`${id}\` is not destructive`,
    );
  }
}

function checkStanding(
  { mode, where }: ConfigPolicyEntry,
  path: Path,
  problem: (path: Path, at: "key" | "value", message: string) => void,
): void {
  if (mode !== "automatic" || Object.keys(where ?? {}).length > 0) return;
  const message = "`automatic` needs `where`: a standing approval holds only for the accounts it names";
  problem([...path, "mode"], "value", message);
}

function checkSelector(
  selector: LabelSelector,
  path: Path,
  config: Config,
  problem: (path: Path, at: "key" | "value", message: string, near?: string) => void,
): void {
  for (const [label, wanted] of Object.entries(selector)) {
    const values = config.accounts.flatMap(({ labels }) => (Object.hasOwn(labels, label) ? [labels[label] ?? ""] : []));
    if (values.length === 0) {
      problem([...path, label], "key", `no account has a label \`${label}\``, nearest(label, labelNames(config)));
      continue;
    }
    for (const value of typeof wanted === "string" ? [wanted] : wanted) {
      if (values.includes(value)) continue;
      problem([...path, label], "value", `no account has \`${label}: ${value}\``, nearest(value, values));
    }
  }
}

function labelNames(config: Config): string[] {
  return [...new Set(config.accounts.flatMap(({ labels }) => Object.keys(labels)))];
}
