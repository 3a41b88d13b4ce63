import { confirmations } from "../plan/confirm.ts";
import { withHeld } from "../plan/limit.ts";
import { snoozedIn } from "../plan/snooze.ts";
import type { ApprovedState } from "../report/approved-section.ts";
import { planJson } from "../report/json.ts";
import type { ReportState } from "../report/report-state.ts";
import { waitingItems, waitingReports } from "../report/waiting.ts";
import { plural } from "../report/words.ts";
import { plain } from "../text/plain.ts";
import type { Plan } from "../types/plan.ts";
import type { Published } from "./report-publish.ts";

/** The plan that stands on the branch, with everything that this scan holds back, for those who tell of it. */
export function toldPlan({ plan, held }: Published): Plan {
  return withHeld(plan, held);
}

export function stateOf(published: Published, approved?: ApprovedState): ReportState {
  const { pullRequest, opened, declined, frozen, later, wait, action } = published.result;
  return {
    plan: toldPlan(published),
    ...(pullRequest === undefined || action === "closed" ? {} : { pullRequest: pullRequest.number }),
    ...(opened === undefined ? {} : { since: opened }),
    declined,
    ...(later === undefined ? {} : { later: later.items }),
    ...(wait === undefined ? {} : { wait }),
    ...unconfirmed(published),
    ...(frozen === undefined ? {} : { frozen }),
    ...(approved === undefined ? {} : { approved }),
  };
}

function unconfirmed(published: Published): { readonly unconfirmed?: number } {
  const { missing } = confirmedIn(published);
  return published.result.pullRequest === undefined || missing.size === 0 ? {} : { unconfirmed: missing.size };
}

/** What people's lines on the branch come to; they stand beside the plan of this run. */
function confirmedIn({ plan, result: { confirmed = [], declined } }: Published) {
  return confirmations({ ...plan, items: plan.items.filter(({ id }) => !declined.includes(id)), confirmed });
}

export function publishedJson(published: Published): object {
  const { plan, held, place, result } = published;
  const header = result.stands ?? plan.header;
  const { items, missing, idle } = confirmedIn(published);
  return {
    path: place.path,
    action: result.action,
    wait: result.wait,
    pull_request: result.pullRequest,
    pushed: result.pushed,
    declined: result.declined,
    ...(result.later === undefined
      ? {}
      : { later: result.later.items.map(({ id }) => id).sort(), approved_by: result.later.approvedBy }),
    ...(items.size + missing.size + idle.length === 0
      ? {}
      : { confirmed: [...items].sort(), unconfirmed: [...missing].sort(), idle_confirmations: idle }),
    dropped_confirmations: result.dropped,
    frozen: result.frozen,
    ...planJson({ ...plan, header }),
    ...(header.held_more === undefined && header === plan.header && result.later === undefined ? {} : { held }),
  };
}

/** Lines for the log. */
export function publishedWords(published: Published): string {
  const { plan, result } = published;
  const { scope } = plan.header;
  const { missing, idle } = confirmedIn(published);
  const about = [
    `Report ${scope}${statusWords(published)}${snoozedWords(toldPlan(published))}`,
    ...(result.later === undefined ? [] : [waitingItems(result.later.items.length, result.later.approvedBy)]),
    ...(result.pullRequest === undefined ||
    result.frozen !== undefined ||
    result.action === "closed" ||
    missing.size === 0
      ? []
      : [`${plural(missing.size, "destructive item")} not confirmed yet: the pull request says how`]),
    ...idle.map(({ name, why }) => `confirmation ${plain(name, 300)} has no effect: ${why}`),
    ...(result.dropped ?? []).map(
      (name) => `confirmation ${plain(name, 300)} was taken out: what it named changed, or is gone`,
    ),
  ];
  return about.filter((line) => line !== "").join("\n  ");
}

function snoozedWords(plan: Plan): string {
  const snoozed = snoozedIn(plan);
  return snoozed === 0 ? "" : ` ${plural(snoozed, "fix is", "fixes are")} snoozed.`;
}

function statusWords({ plan, result }: Published): string {
  const where = result.pullRequest === undefined ? "" : ` ${plain(result.pullRequest.url, 300)}`;
  if (result.frozen !== undefined) return ` left alone:${where} ${plain(result.frozen, 500)}`;
  switch (result.action) {
    case "created":
      return `: opened${where} with ${plan.items.length} items. Merging it approves them.`;
    case "updated":
      return `: updated${where}; ${plan.items.length} items.`;
    case "unchanged":
      return `: ${result.later === undefined ? "nothing changed since the last run" : "left as it was approved"};${where} stands as it was.`;
    case "closed":
      return `: nothing is left to propose; closed${where}.`;
    case "waiting":
      return `: ${plural(plan.items.length, "item")} ${plan.items.length === 1 ? "waits" : "wait"}; ${result.wait ?? ""}.`;
    case "nothing":
      return ": nothing to propose.";
  }
}

/** All reports that wait, in one line; "" where none does. */
export function waitingWords(published: readonly Published[]): string {
  return waitingReports(published.flatMap(({ result }) => (result.action === "waiting" ? [result.wait ?? ""] : [])));
}
