// Brings a fresh checkout to the point where everything runs: Node packages, Node 24, the emulators, generated code.
// Plain JavaScript with nothing but node: imports, because it runs on Node 20 before node_modules exists.
import { spawn, spawnSync } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { makePython, makeTools, pythonReady, toolsReady } from "./python.mjs";

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bin = join(root, "node_modules", ".bin");
const NODE_MAJOR = 24;

/**
 * Runs quietly in the project folder; rejects with what the command printed. The command leads a process group of its own,
 * so that a signal ends its helpers too: one left over would write into what the next setup builds.
 */
export function run(command, args, env = process.env) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, env, stdio: ["ignore", "pipe", "pipe"], detached: true });
    const output = [];
    child.stdout.on("data", (chunk) => output.push(chunk));
    child.stderr.on("data", (chunk) => output.push(chunk));
    const forward = (signal) => {
      process.kill(-child.pid, signal);
      process.exit(signal === "SIGINT" ? 130 : 143);
    };
    const done = () => process.off("SIGINT", forward).off("SIGTERM", forward);
    process.on("SIGINT", forward).on("SIGTERM", forward);
    child.on("error", (error) => {
      done();
      reject(new Error(`${command}: ${error.message}`));
    });
    child.on("close", (code, signal) => {
      done();
      if (code === 0) return resolve();
      const text = Buffer.concat(output).toString("utf8").trim();
      reject(new Error(`${command} ${args.join(" ")}\nended with ${signal ?? `exit code ${code}`}\n\n${text}`));
    });
  });
}

/** One progress line on stderr with the seconds it took; silent when done before anybody would wonder. */
export async function step(title, work) {
  const start = process.hrtime.bigint();
  let shown = false;
  const timer = setTimeout(() => {
    shown = true;
    process.stderr.write(`${title} … `);
  }, 300);
  try {
    await work();
    if (shown) process.stderr.write(`${Math.max(1, Math.round(Number(process.hrtime.bigint() - start) / 1e9))} s\n`);
  } catch (error) {
    process.stderr.write(shown ? "failed\n" : `${title} … failed\n`);
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** The PATH without this project's own .bin: npm must not run on the very Node it is about to replace. */
function outerEnv() {
  const path = (process.env.PATH ?? "").split(delimiter).filter((entry) => entry !== bin);
  return { ...process.env, PATH: path.join(delimiter) };
}

/** The environment in which everything of the project runs: its own programs first, so `node` is Node 24. */
export function innerEnv() {
  const outer = outerEnv();
  return { ...outer, PATH: bin + delimiter + outer.PATH };
}

/**
 * True when what is installed is what the lock file says. Compared by content, because a git checkout sets any time stamps
 * it likes; npm's own record leaves out the root and the optional packages of other platforms.
 */
function packagesReady() {
  const record = join(root, "node_modules", ".package-lock.json");
  if (!existsSync(record)) return false;
  const locked = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")).packages;
  const installed = JSON.parse(readFileSync(record, "utf8")).packages;
  const same = (path) =>
    locked[path].version === installed[path].version && locked[path].integrity === installed[path].integrity;
  return (
    Object.keys(locked).every(
      (path) => path === "" || (path in installed ? same(path) : locked[path].optional === true),
    ) && Object.keys(installed).every((path) => path in locked)
  );
}

function nodeMajor() {
  // Through innerEnv: what counts is which Node the project's programs will get.
  const asked = spawnSync("node", ["--version"], { env: innerEnv(), encoding: "utf8" });
  return asked.status === 0 ? Number(asked.stdout.slice(1).split(".")[0]) : 0;
}

async function installPackages() {
  const flags = ["--no-audit", "--no-fund", "--include=dev"];
  await step("installing Node packages", () => run("npm", ["ci", ...flags], outerEnv()));
}

async function checkNode() {
  if (nodeMajor() >= NODE_MAJOR) return;
  // The `node` package fetches its binary in an install script, which a setting may have kept from running.
  const again = ["rebuild", "node", "--ignore-scripts=false"];
  await step(`fetching Node ${NODE_MAJOR}`, () => run("npm", again, outerEnv())).catch(() => {});
  if (nodeMajor() >= NODE_MAJOR) return;
  throw new Error(
    `node_modules/.bin/node is not Node ${NODE_MAJOR}: the install script of the npm package "node" did not run, or there is no\n` +
      "build of it for this machine. Allow install scripts (npm config get ignore-scripts must say false) and run\n" +
      `  npm rebuild node\nor put a Node ${NODE_MAJOR} of your own first on the PATH.`,
  );
}

/** Two setups at once would destroy each other's work: the second waits. The lock of a process that is gone does not count. */
async function locked(work) {
  const lock = join(root, ".cache", "setup.lock");
  mkdirSync(dirname(lock), { recursive: true });
  await step("waiting for another setup to finish", () => acquire(lock));
  const release = () => rmSync(lock, { force: true });
  process.on("exit", release);
  try {
    await work();
  } finally {
    process.off("exit", release);
    release();
  }
}

async function acquire(lock) {
  for (;;) {
    try {
      const handle = openSync(lock, "wx");
      writeSync(handle, String(process.pid));
      return closeSync(handle);
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
    }
    if (!holderAlive(lock)) rmSync(lock, { force: true });
    else await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

function holderAlive(lock) {
  try {
    const pid = Number(readFileSync(lock, "utf8"));
    // An empty file belongs to a process between creating and writing it; it is looked at again.
    return pid === 0 || process.kill(pid, 0);
  } catch (error) {
    return error.code === "EPERM";
  }
}

/** What checks and runs the workflow files. Without it everything else still works: that it is missing is said, and asked for again next time. */
async function addTools() {
  if (toolsReady(root)) return;
  const title = "installing zizmor and act (Python)";
  await step(title, () => makeTools(root, run, outerEnv())).catch((error) => {
    const why = error.message.trim().split("\n").at(-1);
    process.stderr.write(`The workflow files are checked and run by fewer tests because of that: ${why}\n`);
  });
}

/** Everything a command needs; a second call finds it all done in milliseconds. Rejects with words for a person. */
export async function setup({ python = true } = {}) {
  const missing = () => !packagesReady() || nodeMajor() < NODE_MAJOR || (python && !pythonReady(root));
  if (missing()) {
    await locked(async () => {
      if (!packagesReady()) await installPackages();
      await checkNode();
      if (python && !pythonReady(root)) {
        await step("installing the AWS emulators (Python)", () => makePython(root, run, outerEnv()));
      }
    });
  }
  if (python && !toolsReady(root)) await locked(addTools);
  const generate = join(root, "scripts", "generate.ts");
  if (existsSync(generate)) await step("generating code", () => run("node", [generate], innerEnv()));
}
