// The Python side: a virtual environment in .cache/venv with the AWS emulators of scripts/python-requirements.txt and, where they can be had,
// the tools of scripts/python-tools.txt. Stamps are written last, so an interrupted installation is never mistaken for a finished one.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const OLDEST = [3, 10];
const NAMES = ["python3", "python", "python3.14", "python3.13", "python3.12", "python3.11", "python3.10"];
/** Personal pip settings that would send packages elsewhere, and uv's habit of fetching interpreters, are off. */
const ENV = {
  PIP_USER: "0",
  PIP_REQUIRE_VIRTUALENV: "0",
  PIP_DISABLE_PIP_VERSION_CHECK: "1",
  UV_PYTHON_DOWNLOADS: "never",
};
/** Wheels only: nothing here may need a compiler. */
const WHEELS = ["--only-binary", ":all:"];

/** Nothing waits long for what is only good to have. */
const BRIEFLY = { UV_HTTP_TIMEOUT: "15", UV_HTTP_RETRIES: "1", PIP_DEFAULT_TIMEOUT: "15", PIP_RETRIES: "1" };

/** Where the interpreter of the emulators is. */
export function pythonPath(root) {
  return join(root, ".cache", "venv", "bin", "python");
}

function requirements(root) {
  const file = join(root, "scripts", "python-requirements.txt");
  const text = readFileSync(file, "utf8");
  const uv = /^uv==\S+/m.exec(text);
  if (uv === null) throw new Error(`${file} does not pin uv`);
  return { file, uv: uv[0], digest: createHash("sha256").update(text).digest("hex") };
}

function tools(root) {
  const file = join(root, "scripts", "python-tools.txt");
  return { file, digest: createHash("sha256").update(readFileSync(file)).digest("hex") };
}

function stampPath(root) {
  return join(root, ".cache", "venv", "evenkeel-stamp");
}

function toolsStampPath(root) {
  return join(root, ".cache", "venv", "evenkeel-tools-stamp");
}

/** True when the environment holds what the requirements ask for and its interpreter still exists. */
export function pythonReady(root) {
  const stamp = stampPath(root);
  // existsSync follows the link: a system Python that was removed or upgraded away makes the environment unusable.
  return existsSync(pythonPath(root)) && existsSync(stamp) && readFileSync(stamp, "utf8") === requirements(root).digest;
}

/** True when the tools of this list are there. */
export function toolsReady(root) {
  const stamp = toolsStampPath(root);
  return existsSync(stamp) && readFileSync(stamp, "utf8") === tools(root).digest;
}

/** The first interpreter on the PATH that is new enough; throws in words when there is none. */
function findPython(env) {
  const seen = [];
  for (const name of env.PYTHON ? [env.PYTHON, ...NAMES] : NAMES) {
    const asked = spawnSync(name, ["-c", "import sys; print('%d.%d' % sys.version_info[:2])"], {
      env,
      encoding: "utf8",
    });
    const [major, minor] = (asked.status === 0 ? asked.stdout.trim() : "").split(".").map(Number);
    if (minor === undefined) continue;
    if (major === OLDEST[0] && minor >= OLDEST[1]) return name;
    seen.push(`${name} is ${major}.${minor}`);
  }
  const found = seen.length === 0 ? "none was found on the PATH" : `found only: ${seen.join(", ")}`;
  throw new Error(
    `Python ${OLDEST.join(".")} or newer is needed to run the AWS emulators; ${found}.\n` +
      "Install one, or point the PYTHON environment variable at one.",
  );
}

/**
 * Makes the environment. `run(command, args, env)` runs a command quietly and rejects with its output.
 * uv is several times quicker than pip; pip stays as the second way, because it alone reads pip's own configuration
 * (a company's package mirror, a certificate).
 */
export async function makePython(root, run, env) {
  const python = findPython(env);
  const venv = join(root, ".cache", "venv");
  const inner = pythonPath(root);
  const { file, uv, digest } = requirements(root);
  const clean = { ...env, ...ENV };
  rmSync(venv, { recursive: true, force: true });
  mkdirSync(join(root, ".cache"), { recursive: true });

  const withPip = await run(python, ["-m", "venv", venv], clean).then(
    () => true,
    () => false,
  );
  if (withPip) {
    const pip = ["-m", "pip", "install", "--quiet", ...WHEELS];
    await run(inner, [...pip, uv], clean);
    const quick = ["pip", "install", "--quiet", ...WHEELS, "--python", inner, "-r", file];
    await run(join(venv, "bin", "uv"), quick, clean).catch(() => run(inner, [...pip, "-r", file], clean));
  } else {
    await withoutEnsurepip(python, inner, venv, file, run, clean);
  }
  // Proves that both import here before the stamp says so.
  await run(inner, ["-c", "import moto.server, ministack.app"], clean);
  writeFileSync(stampPath(root), digest);
}

/** Adds the tools to an environment that is made already; rejects where they cannot be had. */
export async function makeTools(root, run, env) {
  const inner = pythonPath(root);
  const { file, digest } = tools(root);
  const clean = { ...env, ...ENV, ...BRIEFLY };
  const what = ["install", "--quiet", ...WHEELS, "-r", file];
  await run(inner, ["-m", "uv", "pip", ...what, "--python", inner], clean).catch(() =>
    run(inner, ["-m", "pip", ...what], clean),
  );
  for (const name of ["zizmor", "act"]) {
    const program = join(root, ".cache", "venv", "bin", name);
    if (existsSync(program)) await run(program, ["--version"], clean);
  }
  writeFileSync(toolsStampPath(root), digest);
}

/** Debian and Ubuntu ship Python without ensurepip: an environment without pip, filled from outside by the system's pip. */
async function withoutEnsurepip(python, inner, venv, file, run, env) {
  rmSync(venv, { recursive: true, force: true });
  try {
    await run(python, ["-m", "venv", "--without-pip", venv], env);
    const asked = spawnSync(inner, ["-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], {
      encoding: "utf8",
    });
    const target = asked.stdout.trim();
    await run(python, ["-m", "pip", "install", "--quiet", ...WHEELS, "--target", target, "-r", file], env);
  } catch (error) {
    rmSync(venv, { recursive: true, force: true });
    throw new Error(
      `${python} can neither make a virtual environment (ensurepip is missing) nor install with its own pip.\n` +
        "On Debian or Ubuntu: apt-get install python3-venv. Then run the same command again.\n\n" +
        error.message,
    );
  }
}
