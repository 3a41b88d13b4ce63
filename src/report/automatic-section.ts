import type { LeftItem } from "../plan/automatic.ts";
import type { Eligible, StandingWeek } from "../plan/standing.ts";
import { code, inline, markdownTable } from "../text/markdown.ts";
import { count, plain } from "../text/plain.ts";
import type { LastChange } from "../types/aws.ts";
import type { Detail } from "./ladder.ts";
import { blocks, shownNote } from "./markdown-parts.ts";
import { byText, plural } from "./words.ts";

/** What standing approvals did, and what they leave to people. */
export interface StandingState {
  /** Items of automatic policies that the reports propose and no automatic run will make. */
  readonly left: readonly LeftItem[];
  /** By item ID: who undid what was fixed twice. */
  readonly who: ReadonlyMap<string, LastChange>;
  readonly week: readonly StandingWeek[];
  readonly eligible: readonly Eligible[];
}

/** `last changed by arn:… with PutBucketVersioning at 2026-03-01T10:00:00.000Z`, as it is: to be encoded for where it goes. */
export function changeWords(change: LastChange): string {
  return "why" in change
    ? `who undid it could not be found out: ${change.why}`
    : `last changed by ${change.principal} with ${change.event} at ${change.at}`;
}

/** For a report's body: what of it no automatic run will make, although its policy is automatic; `own` says which items are the report's. */
export function leftToReportSection(
  state: Pick<StandingState, "left" | "who"> | undefined,
  own: ReadonlySet<string>,
  detail: Detail,
): string {
  const left = (state?.left ?? []).filter(({ item }) => own.has(item.id));
  if (state === undefined || left.length === 0) return "";
  return blocks(
    "### Left to this report, although the policy is automatic",
    reasonTable(left, detail),
    flappingList(left, state.who, detail),
  );
}

/** For the dashboard; "" where no policy runs by itself and none could. */
export function standingSection(state: StandingState | undefined, detail: Detail): string {
  if (state === undefined) return "";
  const { left, who, week, eligible } = state;
  const rows = week.slice(0, detail.rows);
  const suggestions = eligible.slice(0, detail.groups);
  return blocks(
    week.length + left.length === 0
      ? ""
      : blocks(
          "### By standing approval, last 7 days",
          `${plural(sum(week, "applied"), "change")} applied, ${count(sum(week, "undone"))} taken back, ${count(sum(week, "failed"))} not done; ${count(left.length)} left to the reports.`,
          rows.length === 0
            ? ""
            : markdownTable(
                ["Policy", "Applied:", "Taken back:", "Not done:"],
                rows.map((one) => [code(one.policy, 120), ...[one.applied, one.undone, one.failed].map(count)]),
              ),
          shownNote(rows.length, week.length, "policies"),
          reasonTable(left, detail),
          flappingList(left, who, detail),
        ),
    eligible.length === 0
      ? ""
      : blocks(
          "### Fit for a standing approval",
          suggestions
            .map(
              ({ policy, fixes, days }) =>
                `- ${code(policy, 120)}: ${plural(fixes, "fix", "fixes")} approved and made in ${days} days, none failed or was taken back. ${code("mode: automatic")} is yours to decide.`,
            )
            .join("\n"),
          shownNote(suggestions.length, eligible.length, "policies"),
        ),
  );
}

function sum(week: readonly StandingWeek[], what: "applied" | "undone" | "failed"): number {
  return week.reduce((total, one) => total + one[what], 0);
}

function reasonTable(left: readonly LeftItem[], detail: Detail): string {
  const groups = [...Map.groupBy(left, ({ item, reason }) => JSON.stringify([item.policy, reason])).values()]
    .flatMap((own) => own.slice(0, 1).map(({ item, reason }) => ({ policy: item.policy, reason, number: own.length })))
    .sort((a, b) => b.number - a.number || byText(a.policy, b.policy) || byText(a.reason, b.reason));
  const rows = groups
    .slice(0, detail.groups)
    .map(({ policy, reason, number }) => [code(policy, 120), count(number), inline(reason, detail.text)]);
  return blocks(
    rows.length === 0 ? "" : markdownTable(["Policy", "Resources:", "Why no automatic run makes it"], rows),
    shownNote(rows.length, groups.length, "groups"),
  );
}

function flappingList(left: readonly LeftItem[], who: ReadonlyMap<string, LastChange>, detail: Detail): string {
  const flapping = left.filter((one) => one.flapping === true);
  if (flapping.length === 0) return "";
  const shown = flapping.slice(0, detail.groups);
  const lines = shown.map(({ item }) => {
    const change = who.get(item.id);
    const where = `${code(item.resource.id, detail.text)} in ${code(item.account)}, ${code(item.region)}`;
    return `- ${where}: fixed twice in 7 days; ${change === undefined ? "who undid it was not asked" : changeMarkdown(change, detail)}`;
  });
  return blocks(lines.join("\n"), shownNote(shown.length, flapping.length, "resources that are undone"));
}

/** Names of principals, sessions and calls are others' texts, and belong in code. */
function changeMarkdown(change: LastChange, detail: Detail): string {
  if ("why" in change) return `who undid it could not be found out: ${code(change.why, detail.text)}`;
  const { principal, event, at } = change;
  return `last changed by ${code(principal, detail.text)} with ${code(event, 120)} at ${inline(plain(at, 40))}`;
}
