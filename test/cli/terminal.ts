import type { Io } from "../../src/types/io.ts";

export interface TerminalOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly isTerminal?: boolean;
  readonly columns?: number;
}

/** A shell's surroundings with what was written kept, and a clock that stands still. */
export function terminalOf(options: TerminalOptions = {}): { io: Io; out: () => string; err: () => string } {
  const { env = {}, cwd = "/nowhere", isTerminal = false, columns } = options;
  const said = { out: "", err: "" };
  const output = (key: "out" | "err"): Io["stdout"] => ({
    write: (text) => {
      said[key] += text;
    },
    isTerminal,
    columns,
  });
  const io: Io = {
    env,
    cwd,
    stdout: output("out"),
    stderr: output("err"),
    clock: { now: () => Date.parse("2026-03-02T12:00:00Z"), sleep: () => Promise.resolve() },
    random: () => 0.5,
  };
  return { io, out: () => said.out, err: () => said.err };
}
