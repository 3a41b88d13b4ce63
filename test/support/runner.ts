/**
 * Runs the bundle as its users do: the Action as GitHub's runner starts it, the command line as a shell does. What comes back is what the
 * runner would have made of it: outputs, summary, workflow commands, and the log that is left.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { parse } from "yaml";
import { bundle } from "./bundle.ts";

/** One workflow command as the runner reads it, already decoded. */
export interface RunnerCommand {
  readonly name: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly data: string;
}

export interface Ended {
  /** Null where a signal ended it. */
  readonly exit: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ActionEnded extends Ended {
  readonly outputs: Readonly<Record<string, string>>;
  /** Markdown of the step summary. */
  readonly summary: string;
  /** What the step handed on to later ones by GITHUB_ENV and GITHUB_STATE: the Action is to leave both alone. */
  readonly env: string;
  readonly state: string;
  /** Commands of standard output, in order, with `stop-commands` honoured, and then whatever standard error would command. */
  readonly commands: readonly RunnerCommand[];
  /** What the log shows: the lines that command nothing. */
  readonly text: string;
}

/** A process under way. */
export interface Running<T extends Ended> {
  readonly child: ChildProcess;
  readonly ended: Promise<T>;
}

export interface CliOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Another cli.js than that of the bundle. */
  readonly script?: string;
}

export interface ActionOptions {
  /** As under `with:`; what is not given has its default from action.yml. */
  readonly inputs: Readonly<Record<string, string>>;
  /** The checkout; GITHUB_WORKSPACE. */
  readonly cwd: string;
  /** Of the GitHub stand-in. */
  readonly apiUrl: string;
  /** Where its pages are; the same unless told. */
  readonly serverUrl?: string;
  /** The commit that triggered the run. */
  readonly sha: string;
  readonly ref?: string;
  readonly event?: string;
  readonly payload?: object;
  readonly repository?: string;
  readonly token?: string;
  readonly runId?: number;
  readonly attempt?: number;
  /** Settings of AWS, and whatever else the job sets. */
  readonly env?: Readonly<Record<string, string>>;
}

const running = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

/** `evenkeel …args`, without a terminal. Nothing of this process's environment is handed on but PATH. */
export async function runCli(args: readonly string[], options: CliOptions): Promise<Ended> {
  const { cwd, env = {} } = options;
  const script = options.script ?? (await bundle()).cli;
  return start([script, ...args], cwd, { ...basics(cwd), ...env }).ended;
}

export async function runAction(options: ActionOptions): Promise<ActionEnded> {
  return (await startAction(options)).ended;
}

/** Starts the Action; `child` is there to be killed. */
export async function startAction(options: ActionOptions): Promise<Running<ActionEnded>> {
  const { root, action } = await bundle();
  const temporary = mkdtempSync(join(tmpdir(), "evenkeel-runner-"));
  const file = (name: string, content = ""): string => {
    const path = join(temporary, name);
    writeFileSync(path, content);
    return path;
  };
  const files = { output: file("output"), summary: file("summary"), env: file("env"), state: file("state") };
  const { ref = "refs/heads/main", repository = "acme/policies", token = "ghs_actions", event = "schedule" } = options;
  const payload = { repository: { full_name: repository, default_branch: "main" }, ...options.payload };
  const { child, ended } = start([action], options.cwd, {
    ...basics(temporary),
    CI: "true",
    GITHUB_ACTIONS: "true",
    GITHUB_WORKSPACE: options.cwd,
    GITHUB_API_URL: options.apiUrl,
    GITHUB_SERVER_URL: options.serverUrl ?? options.apiUrl,
    GITHUB_REPOSITORY: repository,
    GITHUB_REF: ref,
    GITHUB_SHA: options.sha,
    GITHUB_EVENT_NAME: event,
    GITHUB_EVENT_PATH: file("event.json", JSON.stringify(payload)),
    GITHUB_RUN_ID: String(options.runId ?? 42),
    GITHUB_RUN_ATTEMPT: String(options.attempt ?? 1),
    GITHUB_OUTPUT: files.output,
    GITHUB_STEP_SUMMARY: files.summary,
    GITHUB_ENV: files.env,
    GITHUB_STATE: files.state,
    RUNNER_TEMP: temporary,
    ...inputs(join(root, "action.yml"), options.inputs, token),
    ...options.env,
  });
  const read = async (): Promise<ActionEnded> => {
    try {
      const end = await ended;
      const said = readLog(end.stdout);
      // Two pipes have no common order: at worst the runner reads standard error while commands are on.
      const complained = readLog(end.stderr);
      return {
        ...end,
        outputs: outputsOf(readFileSync(files.output, "utf8")),
        summary: readFileSync(files.summary, "utf8"),
        env: readFileSync(files.env, "utf8"),
        state: readFileSync(files.state, "utf8"),
        commands: [...said.commands, ...complained.commands],
        text: said.text + complained.text,
      };
    } finally {
      rmSync(temporary, { recursive: true, force: true });
    }
  };
  return { child, ended: read() };
}

function basics(home: string): Record<string, string> {
  const path = [dirname(process.execPath), process.env["PATH"] ?? ""].join(delimiter);
  return { PATH: path, HOME: home };
}

function start(args: readonly string[], cwd: string, env: Record<string, string>): Running<Ended> {
  const child = spawn(process.execPath, [...args], { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  running.add(child);
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (part: string) => {
    stdout += part;
  });
  child.stderr.setEncoding("utf8").on("data", (part: string) => {
    stderr += part;
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once("error", reject).once("close", (exit, signal) => {
      running.delete(child);
      resolve({ exit, signal, stdout, stderr });
    });
  });
  return { child, ended };
}

/** The runner gives every input of action.yml, with its default where the workflow says nothing; a dash in a name stays. */
function inputs(file: string, given: Readonly<Record<string, string>>, token: string): Record<string, string> {
  const action: { inputs: Record<string, { default?: string }> } = parse(readFileSync(file, "utf8"));
  const unknown = Object.keys(given).filter((name) => !Object.hasOwn(action.inputs, name));
  if (unknown.length > 0) throw new Error(`action.yml has no input ${unknown.join(", ")}`);
  return Object.fromEntries(
    Object.entries(action.inputs).map(([name, input]) => {
      const value = given[name] ?? (input.default ?? "").replace(/\$\{\{ github\.token \}\}/g, token);
      return [`INPUT_${name.replaceAll(" ", "_").toUpperCase()}`, value];
    }),
  );
}

/** `name<<delimiter`, lines, `delimiter`; or `name=value`. */
function outputsOf(text: string): Record<string, string> {
  const outputs: Record<string, string> = {};
  const lines = text.split(/\r?\n/);
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? "";
    if (line === "") continue;
    const [, name, mark] = /^([^=]+?)<<(.+)$/.exec(line) ?? [];
    if (name === undefined || mark === undefined) {
      const equals = line.indexOf("=");
      if (equals < 1) throw new Error(`the runner refuses the output line ${line}`);
      outputs[line.slice(0, equals)] = line.slice(equals + 1);
      continue;
    }
    const end = lines.indexOf(mark, at + 1);
    if (end === -1) throw new Error(`the runner finds no end of the output ${name}`);
    outputs[name] = lines.slice(at + 1, end).join("\n");
    at = end;
  }
  return outputs;
}

/** Names that the runner knows; anything else in that form is text. */
const KNOWN =
  /^(?:add-mask|add-matcher|add-path|debug|echo|endgroup|error|group|notice|remove-matcher|save-state|set-env|set-output|stop-commands|warning)$/i;

/** Reads a log as the runner does: `::name …::` where a line begins so (spaces aside), `##[name …]` anywhere in a line, line ends of all kinds. */
export function readLog(log: string): { commands: RunnerCommand[]; text: string } {
  const commands: RunnerCommand[] = [];
  const text: string[] = [];
  let stopped: string | undefined;
  for (const line of log.split(/\r\n|\r|\n/)) {
    const found = parseCommand(line, stopped);
    if (found === undefined || (stopped !== undefined && found.name !== stopped)) {
      text.push(line);
    } else if (stopped !== undefined) {
      stopped = undefined;
    } else {
      if (found.name === "stop-commands") stopped = found.data;
      commands.push(found);
    }
  }
  return { commands, text: text.join("\n") };
}

function parseCommand(line: string, token: string | undefined): RunnerCommand | undefined {
  const colons = /^\s*::(.+?)::(.*)$/s.exec(line);
  const [, head = "", data = ""] = colons ?? /##\[(.+?)\](.*)$/s.exec(line) ?? [];
  const [, name = "", rest = ""] = /^(\S+)(?:\s+(.*))?$/s.exec(head) ?? [];
  if (name !== token && !KNOWN.test(name)) return undefined;
  // Each of the two forms has a separator of its own.
  const pairs = rest.split(colons === null ? ";" : ",").flatMap((pair) => {
    const equals = pair.indexOf("=");
    return equals < 1 ? [] : [[pair.slice(0, equals).trim(), decode(pair.slice(equals + 1))]];
  });
  return { name: name.toLowerCase(), properties: Object.fromEntries(pairs), data: decode(data) };
}

function decode(text: string): string {
  const signs: Readonly<Record<string, string>> = { "%0D": "\r", "%0A": "\n", "%3A": ":", "%2C": ",", "%25": "%" };
  return text.replace(/%(?:0D|0A|3A|2C|25)/g, (sign) => signs[sign] ?? sign);
}
