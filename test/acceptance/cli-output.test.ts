/** What the command line prints: for machines as docs/output.md says, for people within their terminal and without stray escapes. */
import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { stringify } from "yaml";
import { displayWidth } from "../../src/text/width.ts";
import { bundle, ROOT } from "../support/bundle.ts";
import { readLog } from "../support/runner.ts";
import { seedWorld, worldConfig } from "../support/world/world.ts";
import { CONFIG, type Company, startCompany } from "./company.ts";

/** An account with something of everything, hostile names among it. */
const ACCOUNT = "444444444444";
let company: Company;
let cwd: string;
beforeAll(async () => {
  company = await startCompany();
  await seedWorld(company.stage.moto, { accounts: [ACCOUNT], regions: ["us-east-1"], old: false });
  const roles = { read: { name: "evenkeel-read" }, remediate: { name: "evenkeel-remediate" } };
  cwd = company.folder({ [CONFIG]: stringify({ version: 1, roles, ...worldConfig([ACCOUNT], ["us-east-1"]) }) });
}, 180_000);
afterAll(() => company.stop());

const ESCAPE = /[\u001b\u009b\u202a-\u202e\u2066-\u2069\u200b]/;

/** Members by section of docs/output.md: name -> may be left out. */
const DOCUMENTED = documented(readFileSync(join(ROOT, "docs/output.md"), "utf8"));

function documented(page: string): ReadonlyMap<string, ReadonlyMap<string, boolean>> {
  const sections = page.split(/^#{2,3} /m).slice(1);
  return new Map(
    sections.map((section) => {
      const [title = "", ...lines] = section.split("\n");
      const members = new Map<string, boolean>();
      for (const line of lines) {
        const [, names = "", type = ""] = /^\| (`[^|]+`) \|([^|]*)\|/.exec(line) ?? [];
        for (const [, name = ""] of names.matchAll(/`(\w+)`/g)) members.set(name, type.includes("may be left out"));
      }
      return [title.replaceAll("`", "").toLowerCase(), members];
    }),
  );
}

function expectMembers(section: string, values: readonly object[]): void {
  const members = DOCUMENTED.get(section);
  if (members === undefined) throw new Error(`docs/output.md has no section ${section}`);
  expect(values.length, section).toBeGreaterThan(0);
  const needed = [...members].filter(([, optional]) => !optional).map(([name]) => name);
  for (const value of values) {
    const keys = Object.keys(value);
    expect(
      keys.filter((key) => !members.has(key)),
      `${section}: not documented`,
    ).toEqual([]);
    expect(
      needed.filter((name) => !keys.includes(name)),
      `${section}: documented, not there`,
    ).toEqual([]);
  }
}

interface Planned {
  readonly findings: readonly { readonly resource: object }[];
  readonly coverage: { readonly gaps: readonly object[]; readonly calls?: object };
  readonly plans: readonly {
    readonly header: { readonly held: readonly object[] };
    readonly items: readonly { readonly calls: readonly object[]; readonly undo: readonly object[] }[];
  }[];
}

test("plan --format json has exactly the members that docs/output.md names, gaps and held items among them", async () => {
  const rule = company.stage.proxy.rules.fail(
    { operation: "GetBucketPolicy" },
    { status: 403, code: "AccessDenied", message: "no" },
  );
  const { exit, stdout, stderr } = await company.cli(cwd, ["plan", "--out", "-", "--format", "json"]);
  rule.remove();
  expect({ exit, stderr }).toEqual({ exit: 3, stderr: "" });
  const { plans, ...scan }: Planned = JSON.parse(stdout);
  expectMembers("scan", [scan]);
  expectMembers("finding", scan.findings);
  expectMembers(
    "resource",
    scan.findings.map(({ resource }) => resource),
  );
  expectMembers("coverage", [scan.coverage]);
  expectMembers("gap", scan.coverage.gaps);
  expectMembers(
    "plan",
    plans.map(({ path: _, ...plan }: { path?: string } & object) => plan),
  );
  expectMembers(
    "header",
    plans.map(({ header }) => header),
  );
  expectMembers(
    "held item",
    plans.flatMap(({ header }) => header.held),
  );
  const items = plans.flatMap((plan) => plan.items);
  expectMembers("item", items);
  expectMembers(
    "call",
    items.flatMap(({ calls, undo }) => [...calls, ...undo]),
  );
});

test("the same world gives the same text twice, but for the number of calls", async () => {
  const stable = async (): Promise<unknown> => {
    const { stdout } = await company.cli(cwd, ["plan", "--out", "-", "--format", "json"]);
    const parsed: Planned = JSON.parse(stdout);
    // Hidden characters come escaped, so that JSON on a terminal steers nothing either.
    expect(stdout).not.toMatch(ESCAPE);
    expect(stdout).toMatch(/^\{\n {2}"version": 1,\n/);
    expect(stdout.endsWith("\n}\n")).toBe(true);
    const { calls: _, ...coverage } = parsed.coverage;
    return { ...parsed, coverage };
  };
  expect(JSON.stringify(await stable())).toBe(JSON.stringify(await stable()));
});

test("the other commands' JSON has the documented members too", async () => {
  const json = async (...args: readonly string[]) => {
    const { stdout, stderr } = await company.cli(cwd, [...args, "--format", "json"]);
    expect(stderr).toBe("");
    return JSON.parse(stdout);
  };
  expectMembers("validate", [await json("validate")]);
  const tests = await json("test", "--policies", "s3_*");
  expectMembers("test", [tests]);
  expect(tests.passed).toBe(tests.tests.length);
  expect(await json("explain", "s3_bucket_versioning")).toMatchObject({ version: 1 });
  expect(await json("roles")).toMatchObject({ version: 1 });
});

/** Lines that are there to be copied into a shell are never broken. */
const TO_COPY = /evenkeel apply --plan \S+$|^ {2}evenkeel /;
const HUMAN = [
  "scan",
  "plan --out plans",
  "validate",
  "test --verbose",
  "explain s3_bucket_tls_only",
  "explain ec2.snapshot-and-delete-volume",
];
test.each(HUMAN)("%s fits 40 and 80 columns, without escapes where there is no terminal", async (words) => {
  for (const COLUMNS of ["40", "80"]) {
    const { stdout, stderr } = await company.cli(cwd, words.split(" "), { COLUMNS });
    expect(stderr).toBe("");
    const lines = stdout.split("\n");
    expect(lines.length).toBeGreaterThan(1);
    expect(lines.filter((line) => displayWidth(line) > Number(COLUMNS) && !TO_COPY.test(line))).toEqual([]);
    expect(stdout).not.toMatch(ESCAPE);
    expect(readLog(stdout).commands).toEqual([]);
  }
});

test("colour: none in a pipe or with NO_COLOR, some with FORCE_COLOR, and the words stay the same", async () => {
  const args = ["scan", "--policies", "s3_*"];
  const [plain, none, forced, off] = await Promise.all([
    company.cli(cwd, args),
    company.cli(cwd, args, { NO_COLOR: "1" }),
    company.cli(cwd, args, { FORCE_COLOR: "1" }),
    company.cli(cwd, args, { FORCE_COLOR: "0" }),
  ]);
  expect(plain.stdout).not.toContain("\u001b");
  expect([none.stdout, off.stdout]).toEqual([plain.stdout, plain.stdout]);
  expect(forced.stdout).toContain("\u001b[");
  const lines = (text: string): string[] =>
    text
      .replace(/\u001b\[\d+m/g, "")
      .split("\n")
      .map((line) => line.trimEnd());
  expect(lines(forced.stdout)).toEqual(lines(plain.stdout));
});

/** Python's own pseudo-terminal: what Evenkeel does where it has a real one. */
const PTY = `
import os, pty, sys
out = b""
def read(fd):
    global out
    data = os.read(fd, 65536)
    out += data
    return data
status = pty.spawn(sys.argv[1:], read)
sys.exit(os.waitstatus_to_exitcode(status))`;
test("on a terminal: colour and a line of progress; with NO_COLOR and TERM=dumb no colour", async () => {
  const { cli } = await bundle();
  const python = join(ROOT, ".cache/venv/bin/python");
  const run = async (env: Readonly<Record<string, string>>): Promise<string> => {
    const args = ["-c", PTY, process.execPath, cli, "scan", "--policies", "s3_*"];
    const options = { cwd, env: { ...company.aws, PATH: process.env["PATH"] ?? "", HOME: cwd, ...env } };
    return (await promisify(execFile)(python, args, options)).stdout;
  };
  const colour = /\u001b\[[39]\d?m/;
  expect(await run({ TERM: "xterm-256color" })).toMatch(colour);
  expect(await run({ TERM: "xterm-256color", NO_COLOR: "1" })).not.toMatch(colour);
  expect(await run({ TERM: "dumb" })).not.toMatch(colour);
});

test("a policy of the user's own that breaks shows its line, and a hostile one steers no terminal", async () => {
  const own = company.folder({ [CONFIG]: readFileSync(join(cwd, CONFIG), "utf8") });
  const { mkdirSync } = await import("node:fs");
  mkdirSync(join(own, "policies"));
  writeFileSync(
    join(own, "policies/mine.yaml"),
    'id: mine_one\ntitle: "\\u001b[31m::error::x"\nseverity: hihg # \u202e::error::\u001b[31m\nresource: s3.bucket\ncheck: resource.Versionin.Status == "Enabled"\n',
  );
  const { exit, stdout } = await company.cli(own, ["validate"]);
  expect(exit).toBe(2);
  expect(stdout).toMatch(/^policies\/mine\.yaml:\d+:\d+: /m);
  expect(stdout).toContain("|");
  expect(stdout).not.toMatch(ESCAPE);
  expect(readLog(stdout).commands).toEqual([]);
});
