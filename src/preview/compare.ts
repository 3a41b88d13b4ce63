import type { EffectivePolicy } from "../catalogue/compiled.ts";
import type { Config } from "../types/catalogue.ts";
import type { Finding, FindingStatus, Gap } from "../types/scan.ts";
import { MODE_ORDER, runKey } from "./diff.ts";

/** One side's verdicts, with what is needed to say why one is missing. */
export interface Judged {
  readonly findings: readonly Finding[];
  readonly gaps: readonly Gap[];
  readonly policies: readonly EffectivePolicy[];
  readonly config: Pick<Config, "accounts" | "regions"> | undefined;
}

/** Why a resource that was looked at is looked at no more, or less is done about it: a closed list. */
export const LOSSES = [
  "policy_removed",
  "account_removed",
  "account_excluded",
  "region_removed",
  "when_excludes",
  "unreadable",
  "not_listed",
  "mode_lowered",
] as const;
export type LossCause = (typeof LOSSES)[number];

export interface Loss {
  readonly cause: LossCause;
  /** The base's finding. */
  readonly finding: Finding;
  /** What AWS said, or the modes; may be empty. */
  readonly detail: string;
}

export type Counts = Readonly<Record<FindingStatus, number>>;

export interface Comparison {
  readonly policy: string;
  readonly base: Counts;
  readonly head: Counts;
  /** Fails now and did not before; newly checked resources too. */
  readonly newlyFailing: readonly Finding[];
  /** Failed before and passes now. What merely is not looked at any more is not among them: it is lost coverage. */
  readonly noLongerFailing: readonly Finding[];
  readonly lost: readonly Loss[];
  /** Judged now, and not before. */
  readonly newlyChecked: readonly Finding[];
  /** Fails, and an exception that did not cover it before keeps it from being fixed. */
  readonly newlyExcepted: readonly Finding[];
}

/** How much is known of a resource under a policy: it is judged, it is in scope but could not be judged, it is not looked at. */
const KNOWN: Readonly<Record<FindingStatus, number>> = { pass: 2, fail: 2, unknown: 1, out_of_scope: 0 };

const known = (finding: Finding | undefined): number => (finding === undefined ? 0 : KNOWN[finding.status]);

/** One entry for each policy of either side, sorted by ID. Both sides must come from the same answers of AWS. */
export function compareFindings(base: Judged, head: Judged): Comparison[] {
  const runs: Runs = { base: runsOf(base), head: runsOf(head) };
  const before = Map.groupBy(base.findings, ({ policy }) => policy);
  const after = Map.groupBy(head.findings, ({ policy }) => policy);
  const ids = [...base.policies, ...head.policies].map(({ policy }) => policy.file.id);
  return [...new Set([...ids, ...before.keys(), ...after.keys()])].sort().map((policy) => {
    const was = new Map((before.get(policy) ?? []).map((finding) => [finding.id, finding]));
    const is = new Map((after.get(policy) ?? []).map((finding) => [finding.id, finding]));
    const now = sorted(is.values());
    const then = sorted(was.values());
    return {
      policy,
      base: countsOf(then),
      head: countsOf(now),
      newlyFailing: now.filter(({ id, status }) => status === "fail" && was.get(id)?.status !== "fail"),
      noLongerFailing: then.filter(({ id, status }) => status === "fail" && is.get(id)?.status === "pass"),
      lost: then.flatMap((finding) => {
        const loss = lossOf(finding, is.get(finding.id), head, runs);
        return loss === undefined ? [] : [loss];
      }),
      newlyChecked: now.filter((finding) => known(finding) > known(was.get(finding.id))),
      newlyExcepted: now.filter(
        ({ id, status, excepted }) =>
          status === "fail" && excepted !== undefined && was.get(id)?.excepted === undefined,
      ),
    };
  });
}

/** Policies as they run on each side, by `runKey`: a comparison asks for them once for each finding. */
interface Runs {
  readonly base: ReadonlyMap<string, EffectivePolicy>;
  readonly head: ReadonlyMap<string, EffectivePolicy>;
}

function runsOf({ policies }: Judged): ReadonlyMap<string, EffectivePolicy> {
  return new Map(policies.map((one) => [runKey(one.policy.file.id, one.account.id), one]));
}

function lossOf(finding: Finding, now: Finding | undefined, head: Judged, runs: Runs): Loss | undefined {
  const loss = (cause: LossCause, detail = ""): Loss => ({ cause, finding, detail });
  const key = runKey(finding.policy, finding.account);
  if (known(now) < known(finding)) {
    if (now?.status === "out_of_scope") return loss("when_excludes");
    if (now?.status === "unknown") return loss("unreadable", now.reason);
    return missing(finding, head, runs.head.get(key), loss);
  }
  const [then, today] = [runs.base.get(key), runs.head.get(key)];
  if (known(finding) === 0 || then === undefined || today === undefined) return undefined;
  return MODE_ORDER[today.mode] < MODE_ORDER[then.mode]
    ? loss("mode_lowered", `${then.mode} → ${today.mode}`)
    : undefined;
}

/** Why the head says nothing of a resource that the base judged. */
function missing(
  finding: Finding,
  head: Judged,
  run: EffectivePolicy | undefined,
  loss: (cause: LossCause, detail?: string) => Loss,
): Loss {
  const { policy, account, region, resource } = finding;
  if (!head.policies.some((one) => one.policy.file.id === policy)) return loss("policy_removed");
  if (head.config?.accounts.some(({ id }) => id === account) !== true) return loss("account_removed");
  if (run === undefined) return loss("account_excluded");
  const gap = head.gaps.find(
    (one) =>
      one.account === account &&
      one.policies.includes(policy) &&
      (one.type === "*" || one.type === resource.type) &&
      (one.region === "*" || one.region === region || run.policy.type.file.scope === "global"),
  );
  if (gap !== undefined) return loss("unreadable", gap.message);
  const { regions } = head.config;
  const regional = run.policy.type.file.scope === "region";
  return regional && regions !== "enabled" && !regions.includes(region) ? loss("region_removed") : loss("not_listed");
}

function countsOf(findings: readonly Finding[]): Counts {
  const counts: Record<FindingStatus, number> = { pass: 0, fail: 0, unknown: 0, out_of_scope: 0 };
  for (const { status } of findings) counts[status] += 1;
  return counts;
}

function sorted(findings: Iterable<Finding>): Finding[] {
  return [...findings].sort((a, b) => byText(placeOf(a), placeOf(b)) || byText(a.id, b.id));
}

function placeOf({ account, region, resource }: Finding): string {
  return [account, region, resource.id].join("\n");
}

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
