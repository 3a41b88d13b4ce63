import type { JournalRecord } from "./outcome.ts";

/** Where the grace of a finding stands; each stage is told once. */
export const GRACE_STAGES = ["started", "ending", "ended", "cleared"] as const;
export type GraceStage = (typeof GRACE_STAGES)[number];

/** A line of the journal that is about no approved item: what scans and reviewers leave for later runs. Append-only like the rest. */
export type JournalNote =
  | {
      /** Items that nobody wants to see for a while. A later note of the same item replaces an earlier one; `until` in the past ends it. */
      readonly record: "snooze";
      readonly at: string;
      readonly run: string;
      /** IDs of plan items. */
      readonly items: readonly string[];
      /** ISO 8601. */
      readonly until: string;
      /** The report that was closed, or on which somebody asked for it. Where it is open again, what its closing snoozed is not. */
      readonly pull: number;
      readonly how: "closed" | "command";
      /** Login of who did it. */
      readonly by: string;
      readonly reason: string;
    }
  | {
      /** Findings that entered a stage of their policy's grace; `cleared`: they no longer fail, and would start anew. */
      readonly record: "grace";
      readonly at: string;
      readonly run: string;
      readonly stage: GraceStage;
      /** IDs of findings. */
      readonly findings: readonly string[];
    }
  | {
      /** Exceptions whose end was told where they came from, or could not be: it is told once. */
      readonly record: "exceptions_ended";
      readonly at: string;
      readonly run: string;
      /** Keys of exceptions; the last day is part of a key. */
      readonly exceptions: readonly string[];
    };

export type JournalLine = JournalRecord | JournalNote;

/** What stands in a journal, oldest first. */
export interface JournalContents {
  /** What approved items went through. */
  readonly records: readonly JournalRecord[];
  readonly notes: readonly JournalNote[];
}

/** Where records go. `append` returns once they are safe. */
export interface Journal {
  append(lines: readonly JournalLine[]): Promise<void>;
  read(): Promise<JournalContents>;
}

export function isNote(line: JournalLine): line is JournalNote {
  return line.record === "snooze" || line.record === "grace" || line.record === "exceptions_ended";
}

/** The lines of a journal by what they are about, each list in the order of the lines. */
export function contentsOf(lines: readonly JournalLine[]): JournalContents {
  const records: JournalRecord[] = [];
  const notes: JournalNote[] = [];
  for (const line of lines) {
    if (isNote(line)) notes.push(line);
    else records.push(line);
  }
  return { records, notes };
}
