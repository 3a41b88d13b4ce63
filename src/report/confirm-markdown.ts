import { confirmationNames } from "../plan/confirm.ts";
import { confirmationLine } from "../plan/file.ts";
import { code, fence } from "../text/markdown.ts";
import { count } from "../text/plain.ts";
import type { Plan } from "../types/plan.ts";
import type { Detail } from "./ladder.ts";
import { blocks, shownNote } from "./markdown-parts.ts";
import { byUrgency } from "./plan.ts";

const TITLE = "### To confirm what is destructive";

/** Longer than any line of ours: a line that is cut could not be copied. */
const WHOLE = 8_000;

/** Which line each destructive item needs before it may run; "" where none does. */
export function confirmSection(plan: Plan, planPath: string, detail: Detail): string {
  const names = confirmationNames(plan.items, survives);
  if (names.size === 0) return "";
  const lines = [...new Set(byUrgency(plan.items).flatMap(({ id }) => names.get(id) ?? []))].map(confirmationLine);
  const shown = lines.slice(0, detail.first);
  const where = `at the end of ${code(planPath, 200)} on this branch`;
  if (shown.length === 0) {
    const what = `Each of ${count(lines.length)} destructive changes needs ${code(confirmationLine("ARN"))} with its ARN ${where}; who adds it cannot approve.`;
    return blocks(TITLE, what);
  }
  return blocks(
    TITLE,
    `Approval alone does not run a destructive change. Whoever wants it adds its line ${where}, letter by letter, and commits that. Whoever adds a line wrote a ` +
      `commit of this pull request, so that somebody else has to approve it. What nobody confirmed ends as ${code("blocked")}: nothing is sent for it.`,
    fence(shown, "json", WHOLE),
    shown.length === lines.length
      ? ""
      : `${shownNote(shown.length, lines.length, "lines")}: ${code(confirmationLine("ARN"))} with the ARN of the item's resource`,
  );
}

/** Whether a name looks in a code block as it is: mentions and links are broken up there, and what does not show is spelt out. */
function survives(name: string): boolean {
  const line = confirmationLine(name);
  return fence([line], "json", WHOLE).split("\n")[1] === line;
}
