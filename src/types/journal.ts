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
      /** ISO 8601, by GitHub's clock: when it was closed or asked for. Says which of two notes is the later, whenever they were written. */
      readonly since: string;
      /** IDs of plan items. */
      readonly items: readonly string[];
      /** ISO 8601. */
      readonly until: string;
      /** The report that was closed, or on which somebody asked for it. Where it is open again, or merged after all, what its closing snoozed is not. */
      readonly pull: number;
      readonly how: "closed" | "command";
      /** Login of who did it. */
      readonly by: string;
      readonly reason: string;
      /** ID of the comment that asked for it: what was noted is not noted again. */
      readonly comment?: number;
    }
  | {
      /**
       * Findings of one policy in one account that entered a stage of their grace; `cleared`: they no longer fail, and would start anew. Policy
       * and account tell later runs whether they looked at what a finding is about, also where the resource is gone.
       */
      readonly record: "grace";
      /** When the scan began that saw it. */
      readonly at: string;
      readonly run: string;
      readonly stage: GraceStage;
      readonly policy: string;
      readonly account: string;
      /** IDs of findings. */
      readonly findings: readonly string[];
    }
  | {
      /** Notices that were given, by their keys: each is given once. */
      readonly record: "told";
      readonly at: string;
      readonly run: string;
      readonly notices: readonly string[];
    }
  | {
      /** Exceptions whose end was told where they came from, or could not be: it is told once. */
      readonly record: "exceptions_ended";
      readonly at: string;
      readonly run: string;
      /** Keys of exceptions; the last day is part of a key. */
      readonly exceptions: readonly string[];
    };

export type GraceNote = Extract<JournalNote, { record: "grace" }>;
export type SnoozeNote = Extract<JournalNote, { record: "snooze" }>;

export type JournalLine = JournalRecord | JournalNote;

/** What stands in a journal, oldest first. */
export interface JournalContents {
  /** What approved items went through. */
  readonly records: readonly JournalRecord[];
  readonly notes: readonly JournalNote[];
}

/**
 * When lines must be safe: `now`, before `append` returns; `later`, with the next lines that must be safe now, or by `flush`. Later is for what a
 * run that comes after a killed one finds out by itself.
 */
export type Urgency = "now" | "later";

/** Where records go. */
export interface Journal {
  /** `now` unless said. A journal whose writes cost nothing may write at once what could wait. */
  append(lines: readonly JournalLine[], urgency?: Urgency): Promise<void>;
  read(): Promise<JournalContents>;
}

/** A journal whose lines may wait: `flush` once at the end of the run, also of one that fails. */
export interface BatchedJournal extends Journal {
  flush(): Promise<void>;
  /** Housekeeping that can wait for the end of a run, after `flush`, and need not succeed; never fails. */
  tidy?(): Promise<void>;
}

export function isNote(line: JournalLine): line is JournalNote {
  const notes: readonly string[] = ["snooze", "grace", "told", "exceptions_ended"] satisfies JournalNote["record"][];
  return notes.includes(line.record);
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
