import type { Progress } from "../scan/scan.ts";
import type { Io } from "../types/io.ts";

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
