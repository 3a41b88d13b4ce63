import type { EffectivePolicy } from "../catalogue/compiled.ts";
import { canonical, sameJson, toJson } from "../json.ts";
import type { Config, Guards, Mode, Severity } from "../types/catalogue.ts";

/** What a pull request changes in policies and configuration, as far as the files alone tell: no resource is looked at. */

export interface PolicyChange {
  readonly policy: string;
  readonly title: string;
  readonly severity: Severity;
  readonly kind: "added" | "removed" | "changed";
  /** In words: `check`, `mode approve → report in 2 accounts`. */
  readonly what: readonly string[];
  /** Accounts in which it ran and does not any more; sorted. */
  readonly accountsLost: readonly string[];
  readonly accountsGained: readonly string[];
  /** Accounts in which its mode goes down (automatic, approve, report). */
  readonly modeLowered: readonly string[];
}

/** The part of a side that is compared; nothing runs on a side without a configuration. */
export interface Running {
  readonly config: Config | undefined;
  readonly policies: readonly EffectivePolicy[];
}

export const MODE_ORDER: Readonly<Record<Mode, number>> = { report: 0, approve: 1, automatic: 2 };

/** Names a policy in an account. */
export function runKey(policy: string, account: string): string {
  return `${policy} ${account}`;
}

/** Policies that run otherwise than before, sorted by ID; those that only moved to another file or line are none. */
export function policyChanges(base: Running, head: Running): PolicyChange[] {
  const before = Map.groupBy(base.policies, ({ policy }) => policy.file.id);
  const after = Map.groupBy(head.policies, ({ policy }) => policy.file.id);
  return [...new Set([...before.keys(), ...after.keys()])].sort().flatMap((id) => {
    const change = policyChange(id, byAccount(before.get(id) ?? []), byAccount(after.get(id) ?? []));
    return change === undefined ? [] : [change];
  });
}

type Runs = ReadonlyMap<string, EffectivePolicy>;

function byAccount(runs: readonly EffectivePolicy[]): Runs {
  return new Map(runs.map((one) => [one.account.id, one]));
}

function policyChange(id: string, before: Runs, after: Runs): PolicyChange | undefined {
  const [was] = before.values();
  const [is] = after.values();
  const shown = is ?? was;
  if (shown === undefined) return undefined;
  const accountsLost = [...before.keys()].filter((account) => !after.has(account)).sort();
  const accountsGained = [...after.keys()].filter((account) => !before.has(account)).sort();
  const both = [...after].flatMap(([account, now]) => {
    const then = before.get(account);
    return then === undefined ? [] : [{ account, then, now }];
  });
  const modes = Map.groupBy(
    both.filter(({ then, now }) => then.mode !== now.mode),
    ({ then, now }) => `mode ${then.mode} → ${now.mode}`,
  );
  const what: string[] = [];
  if (was !== undefined && is !== undefined) {
    what.push(...fileDifferences(was, is));
    if (accountsLost.length > 0) what.push(`leaves ${accountWords(accountsLost.length)}`);
    if (accountsGained.length > 0) what.push(`runs in ${accountWords(accountsGained.length)} more`);
    for (const [words, of] of modes) what.push(`${words} in ${accountWords(of.length)}`);
    const graces = Map.groupBy(
      both.filter(({ then, now }) => then.grace !== now.grace),
      ({ then, now }) => `grace ${then.grace ?? "none"} → ${now.grace ?? "none"}`,
    );
    for (const [words, of] of graces) what.push(`${words} in ${accountWords(of.length)}`);
    const values = [
      ["params", "params"],
      ["remediationParams", "remediation_params"],
      ["allowDestructive", "allow_destructive"],
    ] as const;
    for (const [key, name] of values) {
      const differ = both.filter(({ then, now }) => !sameJson(toJson(then[key]), toJson(now[key])));
      if (differ.length > 0) what.push(`${name} in ${accountWords(differ.length)}`);
    }
    if (what.length === 0) return undefined;
  }
  return {
    policy: id,
    title: shown.policy.file.title,
    severity: shown.severity,
    kind: was === undefined ? "added" : is === undefined ? "removed" : "changed",
    what,
    accountsLost,
    accountsGained,
    modeLowered: both
      .filter(({ then, now }) => MODE_ORDER[now.mode] < MODE_ORDER[then.mode])
      .map(({ account }) => account)
      .sort(),
  };
}

function accountWords(number: number): string {
  return number === 1 ? "1 account" : `${number} accounts`;
}

/** Keys of the policy's own file that differ, and the files it leans on. */
function fileDifferences(was: EffectivePolicy, is: EffectivePolicy): string[] {
  const { policy: before } = was;
  const { policy: after } = is;
  const found: string[] = [];
  if (before.digest !== after.digest) {
    const [then, now] = [new Map(Object.entries(before.file)), new Map(Object.entries(after.file))];
    for (const key of [...new Set([...then.keys(), ...now.keys()])].sort()) {
      const [a, b] = [then.get(key), now.get(key)];
      if (a !== b && canonical(toJson(a ?? null)) !== canonical(toJson(b ?? null))) {
        found.push(key === "severity" ? `severity ${was.severity} → ${is.severity}` : `\`${key}\``);
      }
    }
  }
  const [old, now] = [before.remediation, after.remediation];
  if (old !== undefined && now !== undefined && old.file.id === now.file.id && old.digest !== now.digest)
    found.push(`the remediation ${now.file.id} itself`);
  if (!sameJson(toJson(before.type.file), toJson(after.type.file)))
    found.push(`the resource type ${after.type.file.type}`);
  return found;
}

export interface GuardChange {
  readonly guard: keyof Guards;
  readonly base: number;
  readonly head: number;
}

/** Guards that differ, in the order of the configuration. */
export function guardChanges(base: Guards, head: Guards): GuardChange[] {
  const names = ["per_policy", "per_account", "per_run", "percent"] as const;
  return names
    .filter((guard) => base[guard] !== head[guard])
    .map((guard) => ({ guard, base: base[guard], head: head[guard] }));
}

export interface ConfigChange {
  /** In words. */
  readonly what: readonly string[];
  readonly accountsLost: readonly string[];
  /** Regions that were listed and are not any more. */
  readonly regionsLost: readonly string[];
  readonly guards: readonly GuardChange[];
}

/** Keys that are told in words of their own; `policies` by what runs where. */
const WORDED = new Set(["version", "accounts", "regions", "roles", "guards", "plan_ttl", "partition", "policies"]);

/** What differs in the configuration beside its `policies`. */
export function configChange(base: Config | undefined, head: Config | undefined): ConfigChange {
  if (base === undefined || head === undefined) {
    const what = base === undefined && head === undefined ? [] : [head === undefined ? "removed" : "added"];
    const accountsLost = head === undefined ? (base?.accounts ?? []).map(({ id }) => id).sort() : [];
    return { what, accountsLost, regionsLost: [], guards: [] };
  }
  const ids = (config: Config): readonly string[] => config.accounts.map(({ id }) => id).sort();
  const lost = ids(base).filter((id) => !ids(head).includes(id));
  const gained = ids(head).filter((id) => !ids(base).includes(id));
  const what: string[] = [];
  if (lost.length > 0) what.push(`accounts taken out: ${lost.join(", ")}`);
  if (gained.length > 0) what.push(`accounts put in: ${gained.join(", ")}`);
  const relabelled = head.accounts.filter((now) => {
    const then = base.accounts.find(({ id }) => id === now.id);
    return then !== undefined && !sameJson(toJson(then), toJson(now));
  });
  if (relabelled.length > 0) what.push(`name or labels of ${relabelled.map(({ id }) => id).join(", ")}`);
  if (!sameJson(toJson(base.regions), toJson(head.regions)))
    what.push(`regions ${listed(base.regions)} → ${listed(head.regions)}`);
  if (!sameJson(toJson(base.roles), toJson(head.roles))) what.push("roles");
  for (const { guard, base: from, head: to } of guardChanges(base.guards, head.guards))
    what.push(`guard ${guard} ${from} → ${to}`);
  if (base.plan_ttl !== head.plan_ttl) what.push(`plan_ttl ${base.plan_ttl} → ${head.plan_ttl}`);
  if (base.partition !== head.partition) what.push(`partition ${base.partition} → ${head.partition}`);
  // Whatever else a configuration may say, now or later: a difference that nobody words is named at least.
  const [then, now] = [new Map(Object.entries(base)), new Map(Object.entries(head))];
  for (const key of [...new Set([...then.keys(), ...now.keys()])].filter((name) => !WORDED.has(name)).sort()) {
    if (!sameJson(toJson(then.get(key) ?? null), toJson(now.get(key) ?? null))) what.push(`\`${key}\``);
  }
  const regions = head.regions;
  const regionsLost =
    base.regions === "enabled" || regions === "enabled" ? [] : base.regions.filter((one) => !regions.includes(one));
  return { what, accountsLost: lost, regionsLost, guards: guardChanges(base.guards, head.guards) };
}

function listed(regions: Config["regions"]): string {
  return regions === "enabled" ? "enabled" : regions.join(", ");
}
