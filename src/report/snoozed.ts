import { minute, type Snoozes } from "../plan/snooze.ts";
import { code, inline, markdownTable } from "../text/markdown.ts";
import { count } from "../text/plain.ts";
import type { SnoozeNote } from "../types/journal.ts";
import type { HeldItem } from "../types/plan.ts";
import type { Detail } from "./ladder.ts";
import { blocks, shownNote } from "./markdown-parts.ts";
import { byText, plural } from "./words.ts";

interface Group {
  readonly note: SnoozeNote;
  readonly items: readonly HeldItem[];
}

/** What one closing or one command put off together, what ends first on top. */
function groupsOf(held: readonly HeldItem[], snoozes: Snoozes): Group[] {
  const notes = new Map<SnoozeNote, HeldItem[]>();
  for (const item of held) {
    const note = item.outcome === "snoozed" ? snoozes.get(item.id) : undefined;
    if (note !== undefined) notes.set(note, [...(notes.get(note) ?? []), item]);
  }
  return [...notes]
    .map(([note, items]) => ({ note, items }))
    .sort(
      (a, b) =>
        Date.parse(a.note.until) - Date.parse(b.note.until) ||
        a.note.pull - b.note.pull ||
        b.items.length - a.items.length ||
        byText(a.items[0]?.id ?? "", b.items[0]?.id ?? ""),
    );
}

/** Fixes that people put off: from which report, until when, by whom; "" where there is none. `held`: of all plans of the run. */
export function snoozedSection(held: readonly HeldItem[], snoozes: Snoozes, detail: Detail): string {
  const groups = groupsOf(held, snoozes);
  const total = groups.reduce((sum, { items }) => sum + items.length, 0);
  if (total === 0) return "";
  const rows = groups.slice(0, detail.groups).map(({ note, items }) => {
    const { pull, until, by, how, reason } = note;
    const why = how === "closed" ? "closed without merging" : reason === "" ? "snoozed by comment" : reason;
    const names = items
      .slice(0, detail.names)
      .map(({ id, resource }) => `${code(resource.id, 80)} (${code(id.slice(0, 12))})`);
    const more =
      items.length > names.length && names.length > 0 ? ` and ${count(items.length - names.length)} more` : "";
    return [
      // The number is ours: it leads to the pull request.
      `#${pull}`,
      count(items.length),
      inline(minute(until)),
      inline(by),
      inline(why, detail.text),
      ...(detail.names === 0 ? [] : [names.join(", ") + more]),
    ];
  });
  const heads = ["Report", "Fixes:", "Until", "By", "Why", ...(detail.names === 0 ? [] : ["Which"])];
  return blocks(
    "### Snoozed",
    `${plural(total, "fix is", "fixes are")} put off: what they are for fails, and is left as it is. Open the closed pull request again, or comment ${code("/unsnooze ITEM")} on it, and the next report proposes them.`,
    rows.length === 0 ? "" : markdownTable(heads, rows),
    shownNote(detail.groups, groups.length, "snoozes"),
  );
}
