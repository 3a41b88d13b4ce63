import type { Applied } from "../apply/apply.ts";
import { code, marker } from "../text/markdown.ts";
import { count } from "../text/plain.ts";
import type { Outcome, OutcomeCode } from "../types/outcome.ts";
import { noOutcomes } from "../types/outcome.ts";
import { fitting } from "./ladder.ts";
import { blocks } from "./markdown-parts.ts";
import { COMMENT_BYTES, nextSteps, outcomeTable } from "./result.ts";
import { outcomeVerdict, plural } from "./words.ts";

/**
 * A comment that is edited wakes nobody. What needs a person is therefore said once more, in one new comment, and said once: hidden lines of our own
 * comments tell which items were told of with which end.
 */

/** Ends after which somebody has to do something; what waits for its time or its turn is not among them. */
const NEEDS: ReadonlySet<OutcomeCode> = new Set(["failed", "verify_failed", "unknown", "denied", "blocked", "stale"]);
/** Ends that are a failure; a resource that somebody changed since is none. */
const FAILURES: ReadonlySet<OutcomeCode> = new Set(["failed", "verify_failed", "unknown", "denied"]);

/** A plan has 300 items at most; of more, the first are remembered, and the rest may be told again. */
const REMEMBERED = 500;

export function needsPerson(applied: Applied): readonly Outcome[] {
  return applied.outcomes.filter(({ outcome }) => NEEDS.has(outcome));
}

/** What was told of these: an item and its end. */
export function toldKeys(outcomes: readonly Outcome[]): string[] {
  return outcomes.slice(0, REMEMBERED).map(({ item, outcome }) => `${item.slice(0, 12)}-${outcome}`);
}

/** The hidden line that remembers them; "" for none. */
export function toldLine(keys: readonly string[]): string {
  return keys.length === 0 ? "" : `<!-- evenkeel:told ${[...new Set(keys)].sort().join(" ")} -->`;
}

/** What a comment of ours remembers. Only its second line counts: nothing that others wrote can stand there. */
export function toldIn(body: string): readonly string[] {
  const [, second = ""] = body.split("\n");
  const [, keys = ""] = /^<!-- evenkeel:told ([\w -]+) -->$/.exec(second.trimEnd()) ?? [];
  return keys === "" ? [] : keys.split(" ");
}

/** The hidden first line of all such comments on a plan. */
export function attentionMarker(digest: string): string {
  return `${marker("attention", { plan: digest.slice(0, 12) })}`;
}

const LOGIN = /^[A-Za-z0-9](?:[A-Za-z0-9_-]{0,98}[A-Za-z0-9])?$/;

/** The comment, without its marker and its hidden line. Who approved is called only where something failed. */
export function attentionComment(applied: Applied, approvers: readonly string[]): string {
  const needs = needsPerson(applied);
  const counts = noOutcomes();
  for (const { outcome } of needs) counts[outcome] += 1;
  const failed = needs.some(({ outcome }) => FAILURES.has(outcome));
  // A login is safe as it is; what is none is left out.
  const called = failed ? approvers.filter((login) => LOGIN.test(login)).map((login) => `@${login}`) : [];
  const head = `${count(needs.length)} of ${plural(applied.outcomes.length, "approved change")} ${needs.length === 1 ? "needs" : "need"} a person`;
  return fitting(
    COMMENT_BYTES - 16_000,
    (detail) =>
      `${blocks(
        `## ${head}: ${outcomeVerdict(counts)}`,
        called.length === 0 ? "" : `${called.join(" ")}: you approved it.`,
        outcomeTable(needs, detail),
        nextSteps(needs),
        `All of it stands in the result of plan ${code(applied.plan.slice(0, 12))} above, which is kept up to date.`,
      )}\n`,
  );
}
