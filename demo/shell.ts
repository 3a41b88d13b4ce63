import { spawn } from "node:child_process";

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Exit codes that are as they should be; only 0 unless told. */
  readonly allow?: readonly number[];
  /** Only what became of the reports is shown. */
  readonly quiet?: boolean;
}

export type Shell = (args: readonly string[], options?: RunOptions) => Promise<void>;

/** Runs the bundle as a user's shell would, with its real output. Not synchronous: the GitHub it may speak to lives in this process. */
export function shell(bundle: string, cwd: string, aws: Readonly<Record<string, string>>): Shell {
  return async (args, options = {}) => {
    const { env = {}, allow = [0], quiet = false } = options;
    process.stdout.write(`\n$ evenkeel ${args.join(" ")}\n`);
    const child = spawn(process.execPath, [bundle, ...args], {
      cwd,
      env: { PATH: process.env["PATH"] ?? "", HOME: cwd, ...terminal(), ...aws, ...env },
      stdio: ["ignore", quiet ? "pipe" : "inherit", "inherit"],
    });
    let text = "";
    child.stdout?.setEncoding("utf8").on("data", (part: string) => {
      text += part;
    });
    const code = await new Promise<number | null>((resolve, reject) => {
      child.on("error", reject).on("close", resolve);
    });
    if (quiet) {
      const lines = text.trimEnd().split("\n");
      const from = lines.findIndex((line) => line.startsWith("Report "));
      process.stdout.write(`${lines.slice(from < 0 ? -2 : from).join("\n")}\n`);
    }
    if (code === null || !allow.includes(code))
      throw new Error(`evenkeel ${args[0] ?? ""} ended with ${code ?? "a signal"}`);
  };
}

/** What the user's terminal says of itself goes through. */
function terminal(): Record<string, string> {
  const given: Record<string, string> = {};
  for (const name of ["TERM", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "COLORTERM"]) {
    const value = process.env[name];
    if (value !== undefined) given[name] = value;
  }
  return given;
}
