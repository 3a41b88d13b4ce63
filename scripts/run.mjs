// `node scripts/run.mjs <name> [arguments]`: set the project up if needed, then run one of the commands below.
// Nothing but Node 20 with npm and Python 3.10 has to be there beforehand.
import { spawn } from "node:child_process";
import { innerEnv, root, setup } from "./setup.mjs";

/** Steps run one after the other until one fails; further arguments go to the last. `python: false`: no emulator needed. */
const COMMANDS = {
  setup: { steps: [] },
  test: { steps: [["vitest", "run"]] },
  demo: { steps: [["node", "demo/main.ts"]] },
  pictures: { steps: [["node", "scripts/pictures.ts"]] },
  bench: { steps: [["node", "bench/main.ts"]] },
  build: { python: false, steps: [["node", "scripts/build.ts"]] },
  "check-dist": { python: false, steps: [["node", "scripts/check-dist.ts"]] },
  check: {
    python: false,
    steps: [
      ["biome", "check"],
      ["tsc", "--noEmit"],
    ],
  },
  ci: {
    steps: [
      ["biome", "ci"],
      ["tsc", "--noEmit"],
      ["vitest", "run"],
    ],
  },
};

/** Runs with this terminal; resolves with how it ended. */
function runStep([command, ...args]) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, env: innerEnv(), stdio: "inherit" });
    const forward = (signal) => {
      // Ctrl-C reaches the child from the terminal already; a second one would make it skip its clean-up.
      if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
    };
    process.on("SIGINT", forward).on("SIGTERM", forward);
    child.on("error", reject);
    child.on("close", (code, signal) => {
      process.off("SIGINT", forward).off("SIGTERM", forward);
      resolve({ code, signal });
    });
  });
}

async function main([name, ...rest]) {
  if (Number(process.versions.node.split(".")[0]) < 20)
    throw new Error(`Node 20 or newer is needed, this is ${process.version}.`);
  const command = name !== undefined && Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command === undefined) {
    process.stderr.write(`usage: node scripts/run.mjs <${Object.keys(COMMANDS).join("|")}> [arguments]\n`);
    return { code: 2 };
  }
  await setup({ python: command.python });
  const last = command.steps.length - 1;
  for (const [index, words] of command.steps.entries()) {
    const ended = await runStep(index === last ? [...words, ...rest] : words);
    if (ended.code !== 0) return ended;
  }
  return { code: 0 };
}

main(process.argv.slice(2)).then(
  ({ code, signal }) => {
    // Dying of the child's own signal lets the caller see the true cause.
    if (signal) process.kill(process.pid, signal);
    else process.exitCode = code ?? 1;
  },
  (error) => {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  },
);
