import { closeSync, mkdirSync, openSync, readFileSync, unlinkSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { UsageError } from "../errors.ts";

/**
 * Keeps two applies of one machine from working by the same journal at once: each would take the other's intents for those of a killed run.
 * A lock whose process is gone is a killed run's, and is taken over. (On GitHub the workflow's concurrency group does this.)
 */
export function lockJournal(path: string): () => void {
  const lock = `${path}.lock`;
  mkdirSync(dirname(lock), { recursive: true });
  if (!take(lock)) {
    const holder = Number(readFileSync(lock, "utf8"));
    if (holder !== process.pid && isRunning(holder)) {
      throw new UsageError(`another apply (process ${holder}) is working by this journal; wait for it to end`);
    }
    unlinkSync(lock);
    if (!take(lock)) throw new UsageError("another apply has just begun by this journal; wait for it to end");
  }
  return () => unlinkSync(lock);
}

function take(lock: string): boolean {
  try {
    const file = openSync(lock, "wx", 0o600);
    writeSync(file, String(process.pid));
    closeSync(file);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  }
}

function isRunning(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Somebody else's process is a process all the same.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
