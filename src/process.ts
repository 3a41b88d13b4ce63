import type { Io, Output } from "./types/io.ts";

/** The process itself, as commands see it. */
export function processIo(): Io {
  return {
    env: process.env,
    cwd: process.cwd(),
    stdout: outputOf(process.stdout),
    stderr: outputOf(process.stderr),
    clock: { now: () => Date.now(), sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)) },
    random: () => Math.random(),
  };
}

function outputOf(stream: NodeJS.WriteStream): Output {
  // Whoever read our output has gone (`| head`): nobody hears the rest, and what was begun, an apply above all, is brought to its end.
  stream.on("error", (error: Error) => {
    if (!("code" in error && error.code === "EPIPE")) throw error;
  });
  return {
    write: (text) => void stream.write(text),
    get isTerminal() {
      return stream.isTTY === true;
    },
    get columns() {
      return stream.isTTY === true ? stream.columns : undefined;
    },
  };
}
