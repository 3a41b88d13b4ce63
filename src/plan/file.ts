import { createHash } from "node:crypto";
import * as validators from "../../generated/validators.js";
import { type Problem, UserError } from "../errors.ts";
import { canonical, toJson } from "../json.ts";
import { hash } from "../scan/finding.ts";
import { checkedAs } from "../trust.ts";
import type { Json } from "../types/json.ts";
import type { Plan, PlanHeader, PlanItem } from "../types/plan.ts";

/**
 * A plan file: JSON Lines, the header first, then one line per item sorted by ID, then the confirmations of people, each canonical (RFC 8785). Its
 * git diff is the review.
 */

export function itemLine(item: PlanItem): string {
  return canonical(toJson(item));
}

/** What the header lists: SHA-256 of the item's line, in hex. */
export function itemHash(item: PlanItem): string {
  return createHash("sha256").update(itemLine(item)).digest("hex");
}

/** The line by which a person confirms what is destructive; `name`: see `confirmations`. */
export function confirmationLine(name: string): string {
  return canonical({ confirm: name });
}

export function writePlan({ header, items, confirmed = [] }: Plan): string {
  const lines = [canonical(toJson(header)), ...items.map(itemLine), ...confirmed.map(confirmationLine)];
  return lines.map((line) => `${line}\n`).join("");
}

/** Names a plan in titles, journals and sessions. The expiry is not part of it, nor are lines that a reviewer deleted. */
export function planDigest(header: PlanHeader): string {
  return hash([header.kind, header.scope, [...header.items]]);
}

/**
 * Reads a plan. A line may be missing (a reviewer declined it), and a confirmation be there; a line that was edited, added or doubled is refused,
 * and so is the plan: whoever changed one line may have changed what the others mean.
 */
export function readPlan(file: string, text: string): Plan {
  const problems: Problem[] = [];
  const problem = (line: number, message: string): void => {
    problems.push({ file, line, column: 1, message });
  };
  const lines = text.split("\n");
  if (lines[lines.length - 1] === "") lines.pop();
  const parsed = lines.map((line, index): Json | undefined => {
    try {
      const value = toJson(JSON.parse(line));
      if (canonical(value) === line) return value;
      problem(index + 1, notCanonical(value));
    } catch {
      problem(index + 1, "not JSON; the line was edited");
    }
    return undefined;
  });
  const [first, ...rest] = parsed;
  if (first === undefined || !validators.planHeader(first)) {
    if (problems.length === 0)
      problem(
        1,
        lines.length === 0 ? "the plan is empty" : "expected the header of an Evenkeel plan (`evenkeel_plan: 1`)",
      );
    throw new UserError(problems);
  }
  const header = checkedAs<PlanHeader>(first);
  const listed = new Set(header.items);
  const items: PlanItem[] = [];
  const seen = new Set<string>();
  const confirmed: string[] = [];
  for (const [index, value] of rest.entries()) {
    const line = index + 2;
    if (value === undefined) continue;
    if (validators.planConfirmation(value)) {
      confirmed.push(checkedAs<{ readonly confirm: string }>(value).confirm);
      continue;
    }
    if (!validators.planItem(value)) {
      problem(line, "expected a plan item; the line was edited or added");
      continue;
    }
    const item = checkedAs<PlanItem>(value);
    if (!listed.has(itemHash(item))) {
      problem(
        line,
        `item ${item.id}: the line was edited or added after the engine wrote the plan (its hash is not in the header)`,
      );
    } else if ((item.undoes !== undefined) !== (header.kind === "undo")) {
      problem(line, `item ${item.id}: the header says \`${header.kind}\`, and the item is none; the header was edited`);
    } else if (seen.has(item.id)) {
      problem(line, `item ${item.id}: the line stands twice`);
    }
    seen.add(item.id);
    items.push(item);
  }
  if (Number.isNaN(Date.parse(header.expires))) problem(1, "`expires` is not a time; the line was edited");
  if (problems.length > 0) throw new UserError(problems.sort((a, b) => a.line - b.line));
  return confirmed.length === 0 ? { header, items } : { header, items, confirmed };
}

function notCanonical(value: Json): string {
  // People write these by hand: what is all but right is shown as it has to be.
  if (validators.planConfirmation(value))
    return `write the confirmation as ${canonical(value)}, without spaces and with nothing else on the line`;
  return "not as the engine wrote it (the line is not canonical JSON)";
}
