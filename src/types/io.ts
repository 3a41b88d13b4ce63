import type { Clock } from "./clock.ts";

/** Where this program stands: in its sources, or in `dist/`. */
export interface Home {
  /** The folder that holds `policies/`, `remediations/` and `resources/`. */
  readonly root: string;
  /** The folder that holds `models/` and `iam.json`. */
  readonly data: string;
}

export interface Output {
  write(text: string): void;
  readonly isTerminal: boolean;
  /** Undefined where nobody says. */
  readonly columns: number | undefined;
}

/** Everything that comes in from outside, so that commands can be run by tests as they are by a shell. */
export interface Io {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly clock: Clock;
  /** From 0 up to but not including 1. */
  readonly random: () => number;
}
