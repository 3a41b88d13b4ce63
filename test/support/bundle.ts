/**
 * The program as users run it: built from the sources as they are now, with the catalogue beside it, in a folder of its own. `dist/` may lag
 * behind the sources while somebody works on them; scripts/check-dist.ts, and not an acceptance test, says whether it does.
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

export const ROOT = dirname(dirname(import.meta.dirname));
const FOLDER = join(ROOT, ".cache/bundle-under-test");
const LOCK = `${FOLDER}.lock`;
/** What a checkout of the Action holds besides `dist/`, as far as the program reads it. */
const BESIDE = ["policies", "remediations", "resources", "action.yml"];
/** A build takes ten to thirty seconds; whoever held the lock for longer is dead. */
const STALE = 180_000;
/** Longer than any run of the tests: an older folder is in nobody's use. */
const OLD = 30 * 60_000;

/** What goes into the build; the packages are said by the lock file. */
const INPUTS = [
  "package-lock.json",
  "action.yml",
  "LICENSE",
  "scripts/build*.ts",
  "scripts/licenses.ts",
  "src/**/*.ts",
  "src/**/*.yaml",
  "generated/**/*.{js,json}",
  "{policies,remediations,resources}/**/*.yaml",
];

export interface Bundle {
  /** The folder that an Action's checkout would be. */
  readonly root: string;
  readonly cli: string;
  readonly action: string;
}

let ready: Promise<Bundle> | undefined;

/** Builds once for all sources that are the same, however many processes ask for it; rejects with what the build said. */
export function bundle(): Promise<Bundle> {
  ready ??= provide();
  return ready;
}

async function provide(): Promise<Bundle> {
  const stamp = stampOf();
  // Content names the folder: a build for other sources never pulls the files away from under a test that is running.
  const root = join(FOLDER, stamp.slice(0, 16));
  while (!existsSync(root)) {
    if (!(await locked(() => make(root)))) await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return { root, cli: join(root, "dist/cli.js"), action: join(root, "dist/action.js") };
}

async function make(root: string): Promise<void> {
  if (existsSync(root)) return;
  const old = existsSync(FOLDER) ? globSync("*", { cwd: FOLDER }).map((name) => join(FOLDER, name)) : [];
  const next = `${root}.next`;
  rmSync(next, { recursive: true, force: true });
  mkdirSync(next, { recursive: true });
  await promisify(execFile)(process.execPath, [join(ROOT, "scripts/build.ts"), join(next, "dist")], { cwd: ROOT });
  for (const name of BESIDE) cpSync(join(ROOT, name), join(next, name), { recursive: true });
  // Renamed when it is whole: an interrupted build is never taken for a finished one.
  renameSync(next, root);
  for (const folder of old) {
    if (Date.now() - statSync(folder).mtimeMs > OLD) rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs `work` unless another process is at it; says whether it ran. */
async function locked(work: () => Promise<void>): Promise<boolean> {
  mkdirSync(FOLDER, { recursive: true });
  try {
    mkdirSync(LOCK);
  } catch {
    const since = existsSync(LOCK) ? statSync(LOCK).mtimeMs : Date.now();
    if (Date.now() - since > STALE) rmSync(LOCK, { recursive: true, force: true });
    return false;
  }
  try {
    writeFileSync(join(LOCK, "pid"), String(process.pid));
    await work();
  } finally {
    rmSync(LOCK, { recursive: true, force: true });
  }
  return true;
}

function stampOf(): string {
  const hash = createHash("sha256");
  for (const file of globSync([...INPUTS], { cwd: ROOT }).sort()) {
    const content = readFileSync(join(ROOT, file));
    hash.update(`${file}\0${content.length}\0`).update(content);
  }
  return hash.digest("hex");
}
