import type { Progress } from "../scan/scan.ts";
import { plain } from "../text/plain.ts";
import type { Io } from "../types/io.ts";
import type { Outcome } from "../types/outcome.ts";

/** On a terminal one line that is rewritten; elsewhere (a job's log) a line every few seconds, so that a long scan never looks dead. */
export function scanProgress(io: Io): { onProgress: (progress: Progress) => void; end: () => void } {
  const { stderr, clock } = io;
  const started = clock.now();
  let shown = 0;
  const words = (progress: Progress): string => {
    const { unitsDone, unitsTotal, resources, failing } = progress;
    const seconds = Math.round((clock.now() - started) / 1000);
    return `scanning ${unitsDone}/${unitsTotal} lists, ${resources} resources, ${failing} failing, ${seconds} s`;
  };
  return {
    onProgress(progress) {
      const now = clock.now();
      const last = progress.unitsDone === progress.unitsTotal;
      if (stderr.isTerminal ? now - shown < 100 && !last : now - shown < 5_000) return;
      if (!stderr.isTerminal && shown === 0) {
        shown = now;
        return;
      }
      shown = now;
      stderr.write(stderr.isTerminal ? `\r\u001b[2K${words(progress)}` : `${words(progress)}\n`);
    },
    end() {
      if (stderr.isTerminal && shown > 0) stderr.write("\r\u001b[2K");
    },
  };
}

const FINE = new Set<Outcome["outcome"]>(["applied", "already_ok", "undone"]);

/** Counts as it goes, and says at once what did not go well. */
export function applyProgress(io: Io): {
  onOutcome: (outcome: Outcome, done: number, total: number) => void;
  end: () => void;
} {
  const { stderr, clock } = io;
  let shown = clock.now();
  const clear = stderr.isTerminal ? "\r\u001b[2K" : "";
  return {
    onOutcome(outcome, done, total) {
      const line = `applying ${done}/${total}`;
      if (!FINE.has(outcome.outcome)) {
        stderr.write(
          `${clear}${outcome.outcome}: ${plain(outcome.resource, 80)} in ${outcome.account} (${outcome.policy})\n`,
        );
      }
      if (stderr.isTerminal) stderr.write(`${clear}${line}`);
      else if (clock.now() - shown >= 3_000) {
        shown = clock.now();
        stderr.write(`${line}\n`);
      }
    },
    end() {
      stderr.write(clear);
    },
  };
}
