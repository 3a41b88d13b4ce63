import type { EffectivePolicy } from "../catalogue/compiled.ts";
import type { JournalRecord } from "../types/outcome.ts";
import type { Plan, PlanItem } from "../types/plan.ts";
import type { Coverage } from "../types/scan.ts";
import { itemHash } from "./file.ts";

/** A resource that was fixed by itself is left alone for a day. */
const COOL_DOWN_MS = 24 * 3_600_000;
/** Who is fixed twice in a week and fails again is undone by somebody: a person has to talk to them. */
const FLAP_MS = 7 * 24 * 3_600_000;
const FLAPS = 2;
/** More newly failing than this, or than this share of what is in scope, looks like a mistake in a policy or in AWS's answers. */
const SURGE_ITEMS = 10;
const SURGE_SHARE = 0.05;

export interface AutomaticInput {
  readonly plan: Plan;
  readonly policies: readonly EffectivePolicy[];
  /** The plan on the open report's branch: what the scan before this one saw. */
  readonly reported: Plan | undefined;
  readonly records: readonly JournalRecord[];
  readonly coverage: Coverage;
  /** Milliseconds since 1970. */
  readonly now: number;
}

export interface Automatic {
  /** Items that run by their policies' standing approval. */
  readonly items: readonly PlanItem[];
  /** Items of automatic policies that do not, and why; they stay in the report. */
  readonly held: readonly { readonly item: PlanItem; readonly reason: string }[];
}

/**
 * Which items a standing approval (`mode: automatic`) lets run now. Whatever breaks a rule is left to the report, where a person decides; nothing
 * is dropped.
 */
export function automaticItems(input: AutomaticInput): Automatic {
  const wanted = input.plan.items.filter((item) => modeOf(item, input.policies) === "automatic");
  const seen = new Set((input.reported?.items ?? []).map(itemHash));
  const fresh = wanted.filter((item) => !seen.has(itemHash(item))).length;
  const inScope = input.coverage.findings.pass + input.coverage.findings.fail;
  const surge = fresh > Math.max(SURGE_ITEMS, Math.floor(inScope * SURGE_SHARE));
  const items: PlanItem[] = [];
  const held: { item: PlanItem; reason: string }[] = [];
  for (const item of wanted) {
    const reason = surge
      ? `${fresh} resources fail newly at once; so many are for a person to look at`
      : whyNot(item, seen, input);
    if (reason === undefined) items.push(item);
    else held.push({ item, reason });
  }
  return { items, held };
}

function whyNot(item: PlanItem, seen: ReadonlySet<string>, input: AutomaticInput): string | undefined {
  if (item.risk === "destructive" || item.deletes) return "what deletes or destroys never runs by itself";
  if (item.undo.length === 0) return "what cannot be taken back never runs by itself";
  if (input.coverage.gaps.some(({ account }) => account === item.account)) {
    return `something in account ${item.account} could not be read, so the scan is not the whole picture`;
  }
  if (!seen.has(itemHash(item))) return "two scans must agree: the report before this one did not have it";
  const applied = input.records.filter(
    (record) => record.record === "outcome" && record.item === item.id && record.outcome === "applied",
  );
  const ages = applied.map(({ at }) => input.now - Date.parse(at));
  if (ages.filter((age) => age <= FLAP_MS).length >= FLAPS) {
    return "it was fixed twice within a week and fails again: somebody or something undoes it";
  }
  if (ages.some((age) => age <= COOL_DOWN_MS)) return "it was fixed less than a day ago";
  const undone = input.records.some(
    (record) =>
      record.record === "outcome" &&
      record.outcome === "undone" &&
      input.now - Date.parse(record.at) <= FLAP_MS &&
      undoes(record, input.records) === item.id,
  );
  return undone ? "it was taken back less than a week ago" : undefined;
}

function undoes(
  outcome: Extract<JournalRecord, { record: "outcome" }>,
  records: readonly JournalRecord[],
): string | undefined {
  for (const record of records) {
    if (record.record === "intent" && record.plan === outcome.plan && record.item.id === outcome.item)
      return record.item.undoes;
  }
  return undefined;
}

function modeOf(item: PlanItem, policies: readonly EffectivePolicy[]): string | undefined {
  return policies.find(({ policy, account }) => policy.file.id === item.policy && account.id === item.account)?.mode;
}
