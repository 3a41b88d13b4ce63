import type { Io } from "../../src/types/io.ts";

/** A process without a terminal, and what was written to it. */
export function testIo(cwd: string, env: Readonly<Record<string, string>>, now = "2026-03-08T00:00:00Z") {
  const texts = { out: "", err: "" };
  const output = (name: keyof typeof texts) => ({
    write: (text: string) => {
      texts[name] += text;
    },
    isTerminal: false,
    columns: 120,
  });
  const io: Io = {
    env,
    cwd,
    stdout: output("out"),
    stderr: output("err"),
    clock: { now: () => Date.parse(now), sleep: () => Promise.resolve() },
    random: () => 0.5,
  };
  return { io, out: () => texts.out, err: () => texts.err };
}
