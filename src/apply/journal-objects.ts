import { createHash } from "node:crypto";
import { JournalError, UsageError } from "../errors.ts";
import { forEachConcurrent } from "../scan/concurrency.ts";
import type { BatchedJournal, JournalLine } from "../types/journal.ts";
import type { ClaimStore } from "./claim.ts";
import { batchWrites } from "./journal-batch.ts";
import { merged, parseJournal } from "./journal-file.ts";
import type { ObjectStore } from "./object-store.ts";

/**
 * `journal/<yyyy-mm>/<run>-<0001>.jsonl`: one object for each write, never written again. `rolled-up/<hash>.jsonl`: many of them in one, which its first
 * line names; so that reading stays cheap although nothing is ever deleted.
 */
const FILE = /^journal\/[^/]+\/[^/]+\.jsonl$/;
const ROLL_UP = /^rolled-up\/[0-9a-f]+\.jsonl$/;
const CLAIM = "claim.json";

const READS_AT_ONCE = 50;
/** So many objects may lie about beside the roll-ups; each costs a call whenever the journal is read. */
const LOOSE = 100;
/** A roll-up takes in no more once it is this large, in characters. */
const FULL = 8 * 1024 * 1024;

export interface ObjectJournalOptions {
  /** Names this run. */
  readonly run: string;
  readonly debug: (message: string) => void;
}

/** The journal as objects. Errors: the store's own, and JournalError; what then is there is not known, and the item must not be touched. */
export function objectJournal(store: ObjectStore, { run, debug }: ObjectJournalOptions): BatchedJournal {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(run))
    throw new UsageError("the name of a run is letters, digits, dots and dashes");
  const reading = reader(store);
  let number = 0;
  const batch = batchWrites(async (lines) => {
    if (reading.loose.length > LOOSE) await rollUp(store, reading, debug);
    const text = lines.map((line) => `${JSON.stringify(line)}\n`).join("");
    const month = /^\d{4}-\d{2}/.exec(lines[0]?.at ?? "")?.[0] ?? "undated";
    for (;;) {
      number += 1;
      const name = `journal/${month}/${run}-${String(number).padStart(4, "0")}.jsonl`;
      if ((await store.put(name, text, undefined)) !== undefined) return;
      // There already: by this very write, whose answer was lost; or by another process of this run, and then the next number is ours.
      if ((await store.get(name))?.text === text) return;
    }
  });
  return {
    append: batch.append,
    flush: batch.flush,
    read: async () => merged(await reading.read(), batch.waiting),
  };
}

interface Reading {
  read(): Promise<JournalLine[][]>;
  /** What no roll-up holds, as of the last reading. */
  readonly loose: readonly { readonly name: string; readonly text: string }[];
  forget(): void;
}

function reader(store: ObjectStore): Reading {
  // An object never changes: within one process it is read once.
  const texts = new Map<string, string>();
  let loose: Reading["loose"] = [];
  const fetchAll = (names: readonly string[]): Promise<void> =>
    forEachConcurrent(
      names.filter((name) => !texts.has(name)),
      READS_AT_ONCE,
      async (name) => {
        const found = await store.get(name);
        if (found === undefined)
          throw new JournalError(
            `${store.place}${name} was listed and is not there: what stands in a journal is never deleted`,
          );
        texts.set(name, found.text);
      },
    );
  const textOf = (name: string): string => texts.get(name) ?? "";
  return {
    get loose() {
      return loose;
    },
    forget() {
      loose = [];
    },
    async read() {
      const names = await store.names();
      const rollUps = names.filter((name) => ROLL_UP.test(name));
      await fetchAll(rollUps);
      const joined = rollUps.map((name) => split(`${store.place}${name}`, textOf(name)));
      const covered = new Set(joined.flatMap(({ holds }) => holds));
      const single = names.filter((name) => FILE.test(name) && !covered.has(name));
      await fetchAll(single);
      loose = single.map((name) => ({ name, text: textOf(name) }));
      return [
        ...joined.map(({ lines }) => lines),
        ...single.map((name) => parseJournal(`${store.place}${name}`, textOf(name))),
      ];
    },
  };
}

/** The names in a roll-up's first line, and the lines of the objects that it holds. */
function split(place: string, text: string): { readonly holds: readonly string[]; readonly lines: JournalLine[] } {
  const end = text.indexOf("\n");
  const head: unknown = JSON.parse(text.slice(0, end));
  const holds: unknown = typeof head === "object" && head !== null ? Reflect.get(head, "rolled_up") : undefined;
  if (!Array.isArray(holds)) throw new JournalError(`${place} does not say what it holds`);
  return { holds: holds.map(String), lines: parseJournal(place, text.slice(end + 1)) };
}

/** Housekeeping: nothing is lost where it fails, and it is tried again by a later run. */
async function rollUp(store: ObjectStore, reading: Reading, debug: (message: string) => void): Promise<void> {
  const holds: string[] = [];
  let body = "";
  for (const { name, text } of reading.loose) {
    if (body.length > FULL) break;
    holds.push(name);
    body += text === "" || text.endsWith("\n") ? text : `${text}\n`;
  }
  reading.forget();
  const hash = createHash("sha256").update(holds.join("\n")).digest("hex").slice(0, 16);
  try {
    // Where there is one of that name already, it holds the same: what it is called follows from that.
    await store.put(`rolled-up/${hash}.jsonl`, `${JSON.stringify({ rolled_up: holds })}\n${body}`, undefined);
  } catch (error) {
    debug(`the journal was not rolled up: ${error instanceof Error ? error.message : "unknown"}`);
  }
}

/** The claim as an object beside the journal. */
export function objectClaim(store: ObjectStore): ClaimStore {
  return {
    place: `${store.place}${CLAIM}`,
    look: () => store.get(CLAIM),
    async swap(text, version) {
      const written = await store.put(CLAIM, text, version);
      if (written !== undefined) return written;
      const standing = await store.get(CLAIM);
      return standing?.text === text ? standing.version : undefined;
    },
  };
}
