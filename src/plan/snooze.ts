import type { JournalNote, SnoozeNote } from "../types/journal.ts";
import type { Plan } from "../types/plan.ts";
import type { Hold } from "./held.ts";

/** ID of a plan item -> the note that puts it off now. */
export type Snoozes = ReadonlyMap<string, SnoozeNote>;

/**
 * When pull requests were closed without a merge (ISO 8601); undefined for one that is open or merged. What a closing snoozed is snoozed only as
 * long as that closing stands: whoever opens the pull request again, or merges it after all, takes it back.
 */
export type Closings = ReadonlyMap<number, string | undefined>;

export function isSnooze(note: JournalNote): note is SnoozeNote {
  return note.record === "snooze";
}

/** The closing that a note is about is not the pull request's state any more. One that is not asked about counts. */
function isLifted({ how, pull, since }: SnoozeNote, closings: Closings): boolean {
  if (how !== "closed" || !closings.has(pull)) return false;
  const closed = closings.get(pull);
  return closed === undefined || !sameTime(closed, since);
}

/** What is put off at `now` (milliseconds since 1970). Of several notes of an item the one asked for last holds, alone. */
export function snoozesAt(notes: readonly JournalNote[], now: number, closings: Closings = new Map()): Snoozes {
  const last = new Map<string, SnoozeNote>();
  const counted = notes.filter(isSnooze).filter((note) => !isLifted(note, closings));
  for (const note of counted.sort(byTime)) for (const item of note.items) last.set(item, note);
  return new Map([...last].filter(([, { until }]) => Date.parse(until) > now));
}

/** Within one second of GitHub's clock what was written last. */
function byTime(a: SnoozeNote, b: SnoozeNote): number {
  return Date.parse(a.since) - Date.parse(b.since) || Date.parse(a.at) - Date.parse(b.at);
}

/** Pull requests on whose state it hangs whether a note counts: those closed with something still put off. */
export function closingsToAskFor(notes: readonly JournalNote[], now: number): ReadonlySet<number> {
  const standing = notes.filter(isSnooze).filter(({ how, until }) => how === "closed" && Date.parse(until) > now);
  return new Set(standing.map(({ pull }) => pull));
}

/** Whether the journal has this closing already. */
export function closingNoted(notes: readonly JournalNote[], pull: number, closed: string): boolean {
  return notes
    .filter(isSnooze)
    .some((note) => note.how === "closed" && note.pull === pull && sameTime(note.since, closed));
}

function sameTime(a: string, b: string): boolean {
  return Date.parse(a) === Date.parse(b);
}

/** Keeps what is put off out of a plan, whatever its severity: a person said so. */
export function postponedBy(snoozes: Snoozes): Hold {
  return ({ id }) => {
    const note = snoozes.get(id);
    return note === undefined ? undefined : { outcome: "snoozed", reason: snoozeWords(note) };
  };
}

/** Until when, by whom, because of what. The same at any time, so that waiting alone is no news. */
export function snoozeWords({ until, how, by, pull, reason }: SnoozeNote): string {
  if (how === "closed") return `snoozed until ${minute(until)} by ${by}, who closed pull request ${pull}`;
  return `snoozed until ${minute(until)} by ${by} on pull request ${pull}${reason === "" ? "" : `: ${reason}`}`;
}

/** `2026-03-22 06:00Z` */
export function minute(iso: string): string {
  const at = Date.parse(iso);
  return Number.isNaN(at) ? iso : `${new Date(at).toISOString().slice(0, 16).replace("T", " ")}Z`;
}

/** How many of a plan's held items are snoozed. */
export function snoozedIn({ header }: Plan): number {
  return header.held.filter(({ outcome }) => outcome === "snoozed").length;
}
