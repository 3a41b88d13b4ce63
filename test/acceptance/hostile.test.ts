/** Names that somebody chose to break reports, logs and pull requests, through the whole bundled program. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { displayWidth } from "../../src/text/width.ts";
import { bundle } from "../support/bundle.ts";
import { JOB_RIGHTS, PROTECTED_FILES, protectRepository, REQUIRED } from "../support/github/protected.ts";
import { type GitHubStandIn, startGitHub } from "../support/github/server.ts";
import { type ActionEnded, readLog, runAction, runCli } from "../support/runner.ts";
import { cellCounts, html, prose, structure } from "../text/github-markdown.ts";
import { HOSTILE } from "../text/hostile.ts";
import { configOf } from "./company.ts";
import { ACCOUNT, startWireWorld, type WireWorld } from "./wire-world.ts";

/** JSON carries no lone surrogate. Several in a row make a name, since each name is a change to be approved, made and told; none is left out. */
const TEXTS = HOSTILE.filter((text) => text.isWellFormed() && text.trim() !== "");
const NAMES = TEXTS.filter((_, at) => at % 5 === 0).map((_, at) => TEXTS.slice(at * 5, at * 5 + 5).join(" "));
const DENIAL = TEXTS.join(" ");
const CONFIG = configOf([ACCOUNT], ["logs_group_retention"], {
  guards: { per_policy: 200, per_account: 200, per_run: 200, percent: 100 },
});

const TOKENS = { ghs_actions: { login: "github-actions[bot]", permissions: JOB_RIGHTS } };

interface Seen {
  readonly report: ActionEnded;
  readonly apply: ActionEnded;
  readonly body: string;
  readonly title: string;
  readonly comment: string;
}

let hostile: WireWorld;
let folder: string;
let github: GitHubStandIn;
let seen: Seen;
beforeAll(async () => {
  await bundle();
  folder = mkdtempSync(join(tmpdir(), "evenkeel-hostile-"));
  writeFileSync(join(folder, "evenkeel.yaml"), CONFIG);
  hostile = await startWireWorld(NAMES, DENIAL);
  github = await startGitHub({ tokens: TOKENS });
  seen = await throughPullRequest(github, hostile);
}, 180_000);
afterAll(async () => {
  await hostile.stop();
  await github.close();
  rmSync(folder, { recursive: true, force: true });
  expect([...github.problems, ...github.unknownRoutes, ...hostile.wire.problems]).toEqual([]);
});

async function throughPullRequest({ repo, url }: GitHubStandIn, world: WireWorld): Promise<Seen> {
  const run = (command: string, sha: string): Promise<ActionEnded> =>
    runAction({ inputs: { command }, cwd: folder, apiUrl: url, sha, event: "push", env: world.aws });
  const base = repo.seed({ ...PROTECTED_FILES, "evenkeel.yaml": CONFIG });
  protectRepository(repo);
  const report = await run("report", base);
  const { title, body, head } = repo.pull(1);
  repo.review(1, { actor: "alice", state: "APPROVED" });
  repo.pass(head.ref, REQUIRED);
  repo.merge(1, { actor: "alice" });
  const apply = await run("apply", repo.head("main"));
  return { report, apply, title, body: body ?? "", comment: repo.comments(1)[0]?.body ?? "" };
}

/** Anything that steers a terminal or does not show, but for line breaks and our own colours. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{DI}]/u;
const strip = (text: string): string => text.replace(/\u001b\[\d+(;\d+)*m/g, "").replaceAll("\n", "");

const VIEWS = ["scan", "plan --out -", "plan --out - --verbose"];
test.each(VIEWS.flatMap((words) => ["40", "80"].map((width) => [words, width] as const)))(
  "%s, %s columns: no hidden character, no line too long, nothing that a workflow log would obey",
  async (words, COLUMNS) => {
    const world = await startWireWorld(NAMES, DENIAL);
    const plain = await runCli(words.split(" "), { cwd: folder, env: { ...world.aws, COLUMNS } });
    const coloured = await runCli(words.split(" "), { cwd: folder, env: { ...world.aws, COLUMNS, FORCE_COLOR: "1" } });
    await world.stop();
    expect([plain.exit, plain.stderr, coloured.exit]).toEqual([0, "", 0]);
    expect(plain.stdout.replaceAll("\n", "")).not.toMatch(HIDDEN);
    expect(strip(coloured.stdout)).not.toMatch(HIDDEN);
    expect(strip(coloured.stdout)).toBe(plain.stdout.replaceAll("\n", ""));
    expect(plain.stdout.split("\n").filter((line) => displayWidth(line) > Number(COLUMNS))).toEqual([]);
    expect(readLog(plain.stdout).commands).toEqual([]);
    expect(readLog(plain.stdout).text).toBe(plain.stdout);
  },
);

test("JSON gives the names as they are, byte for byte", async () => {
  const world = await startWireWorld(NAMES, DENIAL);
  const { stdout } = await runCli(["scan", "--format", "json"], { cwd: folder, env: world.aws });
  await world.stop();
  const { findings }: { findings: { resource: { id: string } }[] } = JSON.parse(stdout);
  expect(new Set(findings.map(({ resource }) => resource.id))).toEqual(new Set(NAMES));
});

test("what was approved is applied to exactly these names", () => {
  const put = hostile.wire.calls.filter(({ operation }) => operation === "PutRetentionPolicy");
  const names = put.map(({ input }) => Reflect.get(input, "logGroupName"));
  expect(new Set(names)).toEqual(new Set(NAMES));
  expect(names).toHaveLength(NAMES.length);
  expect(seen.apply.outputs).toMatchObject({ applied: String(NAMES.length - 1), denied: "1" });
});

test("the runner obeys nothing but the Action itself", () => {
  for (const { commands, outputs, env, state, exit } of [seen.report, seen.apply]) {
    expect([env, state]).toEqual(["", ""]);
    expect([0, 3]).toContain(exit);
    const allowed = new Set(["stop-commands", "error", "warning", "notice"]);
    expect(commands.filter(({ name }) => !allowed.has(name))).toEqual([]);
    expect(commands.filter(({ name }) => name === "stop-commands")).toHaveLength(1);
    // Text from AWS leaves through no output, where a script might run it.
    for (const value of Object.values(outputs)) expect(value).toMatch(/^[\w./:-]*$/);
    for (const { data } of commands) expect(data).not.toMatch(HIDDEN);
  }
  for (const { stderr } of [seen.report, seen.apply]) {
    expect(readLog(stderr).commands).toEqual([]);
    expect(stderr.replaceAll("\n", "")).not.toMatch(HIDDEN);
  }
});

test("pull request, comment and summaries: no mention, no reference, no link, no HTML, no cell or fold broken open", () => {
  const texts = [seen.body, seen.comment, seen.report.summary, seen.apply.summary];
  for (const text of texts) {
    expect(text.length).toBeGreaterThan(200);
    // The zero-width space is our own: it keeps GitHub from taking a name for a mention or a link.
    expect(text.replace(/[\n\u200b]/g, "")).not.toMatch(HIDDEN);
    expect(html(text)).not.toMatch(/<(script|img|a|h1|iframe|style)\b/i);
    expect(prose(text)).not.toMatch(/(^|[^\w`])@\w|(^|[^\w&])#\d|GH-\d|https?:\/\/|www\./i);
    const tags = structure(text);
    for (const name of ["details", "summary", "table", "code", "pre", "ul", "p"])
      expect([name, tags.filter((tag) => tag === name).length]).toEqual([
        name,
        tags.filter((tag) => tag === `/${name}`).length,
      ]);
  }
  expect(seen.body.match(/<!--/g)).toHaveLength(1);
  expect(seen.comment.match(/<!--/g)).toHaveLength(1);
  expect(new Set(cellCounts(seen.comment))).toEqual(new Set([5]));
  expect(seen.title).not.toMatch(HIDDEN);
});

test("the same pull request and comment with harmless names have the same structure", async () => {
  const names = NAMES.map((_, at) => `group-${at + 10}`);
  const world = await startWireWorld(names, "no");
  const other = await startGitHub({ tokens: TOKENS });
  const harmless = await throughPullRequest(other, world);
  await world.stop();
  await other.close();
  expect(structure(seen.comment)).toEqual(structure(harmless.comment));
  expect(structure(seen.apply.summary)).toEqual(structure(harmless.apply.summary));
  expect([...other.problems, ...other.unknownRoutes]).toEqual([]);
});

test("names reach no branch, path or commit message", () => {
  const { repo } = github;
  const paths = [...repo.files("main").keys(), ...repo.files("evenkeel/journal").keys()];
  for (const path of paths) expect(path).toMatch(/^[\w./-]+$/);
  for (const ref of ["main", "evenkeel/journal"])
    for (const { message } of repo.history(ref)) expect(message.replaceAll("\n", "")).toMatch(/^[\w .,:;#/()[\]-]*$/);
});
