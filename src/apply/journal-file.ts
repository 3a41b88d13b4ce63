import { type FileHandle, mkdir, open, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { UserError } from "../errors.ts";
import { toJson } from "../json.ts";
import { checkedAs } from "../trust.ts";
import { contentsOf, type Journal, type JournalContents, type JournalLine } from "../types/journal.ts";

/** A journal in a local file, JSON Lines: for the CLI, and for tests. Every append is on the disk before it returns. */
export function journalFile(path: string): Journal {
  let last: Promise<void> = Promise.resolve();
  const write = async (records: readonly JournalLine[]): Promise<void> => {
    await mkdir(dirname(path), { recursive: true });
    const file = await open(path, "a+", 0o600);
    try {
      await dropHalfLine(file);
      await file.appendFile(records.map((record) => `${JSON.stringify(record)}\n`).join(""));
      await file.sync();
    } finally {
      await file.close();
    }
  };
  return {
    // One after the other: a line half written by one append must not look like a killed run's to the next.
    append(records: readonly JournalLine[]): Promise<void> {
      const next = last.then(() => write(records));
      last = next.catch(() => undefined);
      return next;
    },
    async read(): Promise<JournalContents> {
      let text: string;
      try {
        text = await readFile(path, "utf8");
      } catch (error) {
        if (error instanceof Error && "code" in error && error.code === "ENOENT") return contentsOf([]);
        throw error;
      }
      return contentsOf(parseJournal(path, text));
    },
  };
}

/** What a killed run left behind its last line end was never safe, and would spoil the next record. */
async function dropHalfLine(file: FileHandle): Promise<void> {
  const text = await file.readFile();
  const end = text.lastIndexOf(0x0a) + 1;
  if (end !== text.length) await file.truncate(end);
}

/** Reads journal lines. A last line that a killed run left half written says nothing; anything else that is broken stops us. */
export function parseJournal(file: string, text: string): JournalLine[] {
  const lines = text.split("\n");
  const whole = text.endsWith("\n") ? lines.length - 1 : lines.length;
  const records: JournalLine[] = [];
  for (const [index, line] of lines.slice(0, whole).entries()) {
    if (line === "") continue;
    try {
      records.push(recordOf(line));
    } catch {
      if (index === whole - 1 && !text.endsWith("\n")) break;
      throw new UserError([
        { file, line: index + 1, column: 1, message: "not a journal record; a journal is only ever appended to" },
      ]);
    }
  }
  return records;
}

/**
 * A journal of many files, oldest line first; within one millisecond the order of the files and lines holds. A line may stand twice, where its file was
 * joined with others; `waiting` has not been written yet.
 */
export function merged(files: readonly (readonly JournalLine[])[], waiting: readonly JournalLine[]): JournalContents {
  const lines = new Map<string, JournalLine>();
  for (const file of files) for (const line of file) lines.set(JSON.stringify(line), line);
  return contentsOf([...lines.values(), ...waiting].sort((a, b) => Date.parse(a.at) - Date.parse(b.at)));
}

function recordOf(line: string): JournalLine {
  const value = toJson(JSON.parse(line));
  if (typeof value === "object" && value !== null && "record" in value) {
    const isItem = "plan" in value && "item" in value;
    const isOther = ["items", "findings", "notices", "exceptions"].some((name) => name in value);
    if (isItem || isOther) return checkedAs<JournalLine>(value);
  }
  throw new SyntaxError("not a record");
}
