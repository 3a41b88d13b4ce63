import type { ApprovalRecord } from "../github/approval-record.ts";
import { count } from "../text/plain.ts";
import type { JsonObject } from "../types/json.ts";
import { Lines } from "./lines.ts";
import type { LogEntry } from "./log-entries.ts";
import { limitOf, type TextOptions } from "./options.ts";
import type { Tone } from "./style.ts";
import { callWords } from "./values.ts";
import { OUTCOME_WORDS, outcomeIsGood, plural, shownOf } from "./words.ts";

export interface Logged {
  /** Newest first. */
  readonly entries: readonly LogEntry[];
  /** How many the journal holds, whatever was asked for. */
  readonly total: number;
  /** What GitHub knows of approvals, as far as it was asked. */
  readonly approvals: ReadonlyMap<string, ApprovalRecord>;
}

/** Who approved what, what was done and how it ended, newest first. Ends with a line break. */
export function logText({ entries, total, approvals }: Logged, options: TextOptions): string {
  const out = new Lines(options);
  const limit = limitOf(options);
  if (entries.length === 0) {
    out.text(
      total === 0
        ? "The journal is empty: nothing was applied."
        : `None of ${plural(total, "entry", "entries")} matches.`,
    );
    return out.toString();
  }
  const of =
    entries.length === total
      ? plural(total, "entry", "entries")
      : `${count(entries.length)} of ${plural(total, "entry", "entries")}`;
  out.text(`${of}, newest first`, { tone: "strong" });
  for (const entry of entries.slice(0, limit)) entryLines(out, entry, approvals.get(entry.approval));
  const note = shownOf(limit, entries.length, "entries");
  if (note !== "") {
    out.blank();
    out.text(`${note}; --verbose shows all`, { tone: "warn" });
  }
  return out.toString();
}

function entryLines(out: Lines, entry: LogEntry, record: ApprovalRecord | undefined): void {
  const { item, outcome, reason, calls, takenUpBy } = entry;
  out.blank();
  const what =
    item === undefined
      ? "of which the journal holds no intent"
      : `${item.policy}  ${item.resource.id}  ${item.account} ${item.region}`;
  out.text(`${timeOf(entry.at)}  ${outcome ?? "no outcome"}  ${what}  [${entry.id.slice(0, 12)}]`, {
    tone: toneOf(entry),
    hang: 2,
  });
  out.labelled("by", approvalWords(entry.approval, record), { max: 600 });
  if (item?.undoes !== undefined) out.labelled("undoes", `item ${item.undoes.slice(0, 12)}`);
  for (const { call, made } of calls) {
    const done =
      made === undefined
        ? "not made by this run"
        : made.requestId === ""
          ? `done before ${timeOf(made.at)}`
          : `made ${timeOf(made.at)}, request ${made.requestId}`;
    out.labelled(call.reads === true ? "read" : "call", `${callWords(call)} (${done})`, { max: 500 });
  }
  out.labelled(
    "ended",
    outcome === undefined ? openWords(takenUpBy) : `${OUTCOME_WORDS[outcome]}${reason === "" ? "" : `: ${reason}`}`,
    {
      max: 600,
    },
  );
  out.labelled("run", `${entry.run}, since ${timeOf(entry.began)}; plan ${entry.plan.slice(0, 12)}`);
  out.labelled("trail", `role session ${entry.session}`, { tone: "dim" });
}

function openWords(takenUpBy: string | undefined): string {
  return takenUpBy === undefined
    ? "nothing says how: it was cut off or is still under way; running apply again finishes it"
    : `cut off; run ${takenUpBy} took it up`;
}

/** Whose word it was, as far as it is known. */
export function approvalWords(approval: string, record: ApprovalRecord | undefined): string {
  if (approval === "") return "a person at a terminal";
  const [, commit] = /^commit\/([0-9a-f]{40,64})$/.exec(approval) ?? [];
  const [, pull] = /^pull\/(\d+)$/.exec(approval) ?? [];
  const [, policies] = /^policies at (.+)$/.exec(approval) ?? [];
  const merged =
    record === undefined
      ? ""
      : `pull request ${record.number}, ${record.approvedBy.length === 0 ? "without a review" : `approved by ${record.approvedBy.join(", ")}`}, merged by ${record.mergedBy ?? "somebody"} ${timeOf(record.mergedAt)} (${record.url})`;
  if (commit !== undefined)
    return merged === "" ? `the merge of commit ${commit.slice(0, 12)}` : `${merged}, commit ${commit.slice(0, 12)}`;
  if (pull !== undefined) return merged === "" ? `the merge of pull request ${pull}` : merged;
  return policies === undefined
    ? `approval ${JSON.stringify(approval)}`
    : `standing approval of the policies at ${policies}`;
}

function toneOf({ outcome }: LogEntry): Tone {
  if (outcome === undefined) return "warn";
  return outcomeIsGood(outcome) ? "good" : "bad";
}

/** `2026-03-01 06:00:12Z`; what is no time is shown as it is. */
function timeOf(iso: string): string {
  const [, day, time] = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}:\d{2})(?:\.\d+)?Z$/.exec(iso) ?? [];
  return day === undefined ? iso : `${day} ${time}Z`;
}

/** The machine form (docs/journal.md). */
export function logJson({ entries, total, approvals }: Logged): JsonObject {
  return { version: 1, total, entries: entries.map((entry) => entryJson(entry, approvals.get(entry.approval))) };
}

function entryJson(entry: LogEntry, record: ApprovalRecord | undefined): JsonObject {
  const { item, outcome, calls, takenUpBy } = entry;
  return {
    at: entry.at,
    began: entry.began,
    run: entry.run,
    session: entry.session,
    plan: entry.plan,
    approval: entry.approval,
    ...(record === undefined
      ? {}
      : {
          approved: {
            pull_request: record.number,
            url: record.url,
            merged_at: record.mergedAt,
            ...(record.mergedBy === undefined ? {} : { merged_by: record.mergedBy }),
            reviewers: record.approvedBy,
          },
        }),
    item: entry.id,
    ...(item === undefined
      ? {}
      : {
          policy: item.policy,
          remediation: item.remediation,
          account: item.account,
          region: item.region,
          resource: { ...item.resource },
          ...(item.undoes === undefined ? {} : { undoes: item.undoes }),
        }),
    calls: calls.map(({ call, made }) => ({
      step: call.step,
      call: call.call,
      params: call.params,
      ...(call.bind === undefined ? {} : { bind: call.bind }),
      ...(call.reads === true ? { reads: true } : {}),
      ...(made === undefined ? {} : { made_at: made.at, request_id: made.requestId }),
    })),
    ...(outcome === undefined ? {} : { outcome, reason: entry.reason }),
    ...(takenUpBy === undefined ? {} : { taken_up_by: takenUpBy }),
  };
}
