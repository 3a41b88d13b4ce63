import type { Comparison, LossCause } from "../preview/compare.ts";
import { type PolicyChange, runKey } from "../preview/diff.ts";
import { type Preview, totalsOf } from "../preview/preview.ts";
import { count } from "../text/plain.ts";
import type { Mode, Severity } from "../types/catalogue.ts";
import type { PlanItem } from "../types/plan.ts";
import { bySeverity, byText, plural } from "./words.ts";

/** What a preview says, in words and rows that terminal, comment and check share. Nothing is encoded for a place yet. */

export const LOSS_WORDS: Readonly<Record<LossCause, string>> = {
  policy_removed: "the policy does not run any more",
  account_removed: "the account is taken out of the configuration",
  account_excluded: "the policy leaves the account",
  region_removed: "the region is taken out of the configuration",
  when_excludes: "the policy's `when` leaves it out",
  unreadable: "what the policy asks for now could not be read",
  not_listed: "the resource type does not list it any more",
  mode_lowered: "its mode goes down",
};

/** `Policy preview: 2 policies changed, 14 newly failing, 3 no longer failing, 214 losing coverage`. */
export function previewVerdict(preview: Preview): string {
  const totals = totalsOf(preview);
  if (preview.problems.length > 0) return `Policy preview: ${plural(preview.problems.length, "problem")} in the files`;
  const changed = plural(totals.policies, "policy changed", "policies changed");
  if (preview.observed === undefined) {
    const what = totals.policies === 0 && preview.config.what.length === 0 ? "nothing changes" : changed;
    return `Policy preview${preview.unobserved === undefined ? "" : " (files only)"}: ${what}`;
  }
  const { newlyFailing, noLongerFailing, lost } = totals;
  return `Policy preview: ${changed}, ${count(newlyFailing)} newly failing, ${count(noLongerFailing)} no longer failing, ${count(lost)} losing coverage`;
}

export const NOTHING_IN_AWS = "Merging this PR changes nothing in AWS.";

/** What comes after the merge, in a sentence or two. */
export function previewEffect(preview: Preview): string {
  const { observed, unobserved, problems } = preview;
  if (problems.length > 0) return "Nothing was sent to AWS: the files must be right first.";
  if (observed === undefined) {
    return unobserved === undefined
      ? "No policy and no setting differs, so AWS was not asked."
      : `AWS was not asked (${unobserved}): what the change means for resources is not known.`;
  }
  const { items, added, dropped } = observed.plan;
  const changes = [
    ...(added.size === 0 ? [] : [`${count(added.size)} of them new`]),
    ...(dropped.length === 0 ? [] : [`${count(dropped.length)} not proposed any more`]),
  ];
  const modes = modeWords(preview, items);
  const later = items.filter(({ policy, account }) => preview.graces?.has(runKey(policy, account)) === true).length;
  const grace = later === 0 ? "" : `; ${count(later)} of them only after the grace of their policies`;
  const standing = items.filter((item) => added.has(item.id) && modeOf(preview, item) === "automatic").length;
  return `The next report would propose ${plural(items.length, "fix", "fixes")}${modes === "" ? "" : ` (${modes})`}${changes.length === 0 ? ", as without this change" : `; ${changes.join(", ")}`}${grace}.${standing === 0 ? "" : ` ${plural(standing, "new fix", "new fixes")} of mode automatic ${standing === 1 ? "needs" : "need"} no further merge.`}`;
}

function modeOf({ modes }: Pick<Preview, "modes">, { policy, account }: PlanItem): Mode | undefined {
  return modes.get(runKey(policy, account));
}

/** `7 approve, 2 automatic`. */
export function modeWords(preview: Pick<Preview, "modes">, items: readonly PlanItem[]): string {
  const order: readonly Mode[] = ["automatic", "approve", "report"];
  return order
    .map((mode) => ({
      mode,
      number: items.filter((item) => modeOf(preview, item) === mode).length,
    }))
    .filter(({ number }) => number > 0)
    .map(({ mode, number }) => `${count(number)} ${mode}`)
    .join(", ");
}

/** One policy of the table: one that the pull request changes, or whose verdicts or fixes change with it. */
export interface PreviewRow {
  readonly policy: string;
  readonly severity: Severity;
  readonly change: PolicyChange | undefined;
  readonly comparison: Comparison | undefined;
  readonly items: readonly PlanItem[];
  readonly mode: string;
}

/** Worst first: what loses coverage or newly fails, then by severity and name. */
export function previewRows(preview: Preview): PreviewRow[] {
  const { observed, policies, infos } = preview;
  const changes = new Map(policies.map((change) => [change.policy, change]));
  const plan = observed?.plan;
  const moved = (observed?.comparisons ?? []).filter(
    ({ newlyFailing, noLongerFailing, lost, newlyChecked, newlyExcepted }) =>
      [newlyFailing, noLongerFailing, lost, newlyChecked, newlyExcepted].some(({ length }) => length > 0),
  );
  const planned = [...(plan?.items.filter(({ id }) => plan.added.has(id)) ?? []), ...(plan?.dropped ?? [])].map(
    ({ policy }) => policy,
  );
  const ids = [...new Set([...changes.keys(), ...moved.map(({ policy }) => policy), ...planned])];
  const rows = ids.map((policy): PreviewRow => {
    const change = changes.get(policy);
    const info = infos.get(policy);
    return {
      policy,
      severity: info?.severity ?? change?.severity ?? "info",
      change,
      comparison: observed?.comparisons.find((one) => one.policy === policy),
      items: plan?.items.filter((item) => item.policy === policy) ?? [],
      mode: change?.kind === "removed" ? "" : (info?.mode ?? ""),
    };
  });
  const weight = ({ comparison }: PreviewRow): number =>
    (comparison?.lost.length ?? 0) + (comparison?.newlyFailing.length ?? 0);
  return rows.sort((a, b) => weight(b) - weight(a) || bySeverity(a.severity, b.severity) || byText(a.policy, b.policy));
}

export function changeWords(change: PolicyChange | undefined): string {
  if (change === undefined) return "";
  return change.kind === "changed" ? change.what.join("; ") : change.kind;
}

export interface LossGroup {
  readonly policy: string;
  readonly cause: LossCause;
  readonly detail: string;
  readonly resources: readonly Comparison["lost"][number][];
  /** Of them, how many failed: these fall out of sight without being mended. */
  readonly failing: number;
}

/** Lost coverage by policy and cause, the largest group first. */
export function lossGroups(comparisons: readonly Comparison[]): LossGroup[] {
  const all = comparisons.flatMap(({ policy, lost }) => lost.map((loss) => ({ policy, loss })));
  return [
    ...Map.groupBy(all, ({ policy, loss: { cause, detail } }) => JSON.stringify([policy, cause, detail])).values(),
  ]
    .flatMap((group): LossGroup[] => {
      const [first] = group;
      if (first === undefined) return [];
      const resources = group.map(({ loss }) => loss);
      const failing = resources.filter(({ finding }) => finding.status === "fail").length;
      return [{ policy: first.policy, cause: first.loss.cause, detail: first.loss.detail, resources, failing }];
    })
    .sort((a, b) => b.resources.length - a.resources.length || byText(a.policy, b.policy) || byText(a.cause, b.cause));
}

/** `guard per_run raised from 50 to 80`, for a reader who is to notice. */
export function guardWords({ guard, base, head }: { guard: string; base: number; head: number }): string {
  return `guard ${guard} ${head > base ? "raised" : "lowered"} from ${count(base)} to ${count(head)}`;
}
