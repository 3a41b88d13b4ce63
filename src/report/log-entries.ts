import { sessionName } from "../aws/session-name.ts";
import type { JournalRecord, OutcomeCode } from "../types/outcome.ts";
import type { PlanItem, PlannedCall } from "../types/plan.ts";

/** A call of an entry; `made` is not there where the journal does not say that it was made in this run. */
export interface LoggedCall {
  readonly call: PlannedCall;
  /** `requestId` is empty where nothing had to be sent. */
  readonly made: { readonly at: string; readonly requestId: string } | undefined;
}

/** What one run did about one item of one plan. */
export interface LogEntry {
  /** When it ended, or the last that the journal has of it; ISO 8601. */
  readonly at: string;
  readonly began: string;
  readonly run: string;
  /** The role session's name in CloudTrail, in the account itself. */
  readonly session: string;
  readonly plan: string;
  readonly approval: string;
  readonly id: string;
  /** Undefined where no intent in the journal says what the item was. */
  readonly item: PlanItem | undefined;
  readonly calls: readonly LoggedCall[];
  /** Undefined where the run was cut off, or is still at it. */
  readonly outcome: OutcomeCode | undefined;
  readonly reason: string;
  /** The later run that took it up where this one was cut off. */
  readonly takenUpBy: string | undefined;
}

interface Open {
  began: string;
  at: string;
  item: PlanItem | undefined;
  steps: Map<string, { at: string; requestId: string }>;
  outcome: OutcomeCode | undefined;
  reason: string;
  readonly key: string;
  readonly record: JournalRecord;
}

/** The journal as entries, newest first. A run that tries an item again begins another entry. */
export function logEntries(records: readonly JournalRecord[]): LogEntry[] {
  const items = new Map<string, PlanItem>();
  const entries: Open[] = [];
  const current = new Map<string, Open>();
  for (const record of records) {
    const id = idOf(record);
    const key = JSON.stringify([record.plan, record.approval, id, record.run]);
    if (record.record === "intent") items.set(id, record.item);
    let entry = current.get(key);
    if (entry === undefined || entry.outcome !== undefined) {
      entry = {
        began: record.at,
        at: record.at,
        item: undefined,
        steps: new Map(),
        outcome: undefined,
        reason: "",
        key,
        record,
      };
      entries.push(entry);
      current.set(key, entry);
    }
    entry.at = record.at;
    if (record.record === "intent") entry.item = record.item;
    else if (record.record === "step") entry.steps.set(record.step, { at: record.at, requestId: record.request_id });
    else {
      entry.outcome = record.outcome;
      entry.reason = record.reason;
    }
  }
  return entries
    .map((entry, index) => finish(entry, items, entry.outcome === undefined ? entries.slice(index + 1) : []))
    .map((entry, index) => ({ entry, index }))
    .sort((a, b) => Date.parse(b.entry.at) - Date.parse(a.entry.at) || b.index - a.index)
    .map(({ entry }) => entry);
}

function finish(entry: Open, items: ReadonlyMap<string, PlanItem>, later: readonly Open[]): LogEntry {
  const { record, began, at, steps, outcome, reason } = entry;
  const { run, plan, approval } = record;
  const id = idOf(record);
  const next = later.find(
    ({ record: other }) => other.plan === plan && other.approval === approval && idOf(other) === id,
  );
  return {
    at,
    began,
    run,
    session: sessionName(`${run}-${plan.slice(0, 12)}`),
    plan,
    approval,
    id,
    item: entry.item ?? items.get(id),
    calls: (entry.item?.calls ?? []).map((call) => ({ call, made: steps.get(call.step) })),
    outcome,
    reason,
    takenUpBy: next?.record.run,
  };
}

const idOf = (record: JournalRecord): string => (record.record === "intent" ? record.item.id : record.item);

export interface LogFilter {
  readonly account?: string | undefined;
  /** `s3_bucket_versioning`, or `s3_*`. */
  readonly policy?: string | undefined;
  /** ID or ARN, whole or with `*` at its end. */
  readonly resource?: string | undefined;
  /** IDs, or their beginnings. */
  readonly item?: readonly string[] | undefined;
  readonly plan?: string | undefined;
  /** Milliseconds since 1970. */
  readonly since?: number | undefined;
}

/** Entries that match everything that is asked for. One of which the journal does not say what it was about matches no account, policy or resource. */
export function matching(entries: readonly LogEntry[], filter: LogFilter): LogEntry[] {
  const { account, policy, resource, item: ids, plan, since } = filter;
  return entries.filter(({ id, item, plan: digest, at }) => {
    if (account !== undefined && item?.account !== account) return false;
    if (policy !== undefined && (item === undefined || !fits(policy, item.policy))) return false;
    if (resource !== undefined) {
      if (item === undefined || !(fits(resource, item.resource.id) || fits(resource, item.resource.arn))) return false;
    }
    if (ids !== undefined && !ids.some((wanted) => id.startsWith(wanted))) return false;
    if (plan !== undefined && !digest.startsWith(plan)) return false;
    return since === undefined || Date.parse(at) >= since;
  });
}

function fits(wanted: string, value: string): boolean {
  return wanted.endsWith("*") ? value.startsWith(wanted.slice(0, -1)) : wanted === value;
}
