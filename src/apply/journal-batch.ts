import type { BatchedJournal, JournalLine } from "../types/journal.ts";

interface Waiting {
  readonly lines: readonly JournalLine[];
  resolve(): void;
  reject(error: unknown): void;
}

export interface Batch extends Pick<BatchedJournal, "append" | "flush"> {
  /** Lines that no write has taken along yet. */
  readonly waiting: readonly JournalLine[];
}

/**
 * Makes few writes of many appends, for journals where each costs a call or an object. One write at a time; what is appended while it is under way goes
 * into the next one, together, and what may wait goes along. Where a write fails, those who waited for it hear of it, and what could wait waits on.
 */
export function batchWrites(write: (lines: readonly JournalLine[]) => Promise<void>): Batch {
  let queue: Waiting[] = [];
  let buffer: readonly JournalLine[] = [];
  let writing = false;

  async function drain(): Promise<void> {
    if (writing) return;
    writing = true;
    while (queue.length > 0) {
      const batch = queue;
      const patient = buffer;
      queue = [];
      buffer = [];
      try {
        const lines = [...patient, ...batch.flatMap((one) => one.lines)];
        if (lines.length > 0) await write(lines);
        for (const one of batch) one.resolve();
      } catch (error) {
        buffer = [...patient, ...buffer];
        for (const one of batch) one.reject(error);
      }
    }
    writing = false;
  }
  const enqueue = (lines: readonly JournalLine[]): Promise<void> =>
    new Promise((resolve, reject) => {
      queue.push({ lines, resolve, reject });
      void drain();
    });

  return {
    get waiting() {
      return buffer;
    },
    async append(lines, urgency = "now") {
      if (urgency === "later") buffer = [...buffer, ...lines];
      else await enqueue(lines);
    },
    flush: () => enqueue([]),
  };
}
