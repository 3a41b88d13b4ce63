import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { awsEnv, rootCredentials } from "../test/support/accounts.ts";
import { JOB_RIGHTS, PROTECTED_FILES, protectRepository, REQUIRED } from "../test/support/github/protected.ts";
import { startGitHub } from "../test/support/github/server.ts";
import { startMoto } from "../test/support/moto.ts";
import { clientsOf } from "../test/support/world/clients.ts";
import { makeBucket } from "../test/support/world/s3.ts";
import { seedWorld } from "../test/support/world/world.ts";
import { ACCOUNTS, CONFIG, HUB, REGIONS } from "./config.ts";
import { type Shell, shell } from "./shell.ts";

/**
 * `npm run demo`: the main job from end to end against an emulated AWS with three accounts, run by the real bundle in `dist/`. GitHub is the
 * stand-in that the tests use; it checks every request and answer against GitHub's own API description.
 */
const root = dirname(import.meta.dirname);
const started = Date.now();

const say = (words: string): void => {
  const seconds = Math.round((Date.now() - started) / 1000);
  process.stdout.write(`\n━━ ${words} ${"━".repeat(Math.max(0, 66 - words.length))} ${seconds} s\n`);
};

async function main(): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "evenkeel-demo-"));
  say("Starting an AWS emulator (moto) and a GitHub stand-in");
  const moto = await startMoto();
  const tokens = { ghs_actions: { login: "github-actions[bot]", permissions: JOB_RIGHTS } };
  const github = await startGitHub({ tokens });
  try {
    say("Making three accounts: roles, and what teams leave behind");
    const expected = await seedWorld(moto, {
      accounts: Object.values(ACCOUNTS),
      regions: REGIONS,
      caller: HUB,
      old: false,
    });
    for (const account of Object.values(ACCOUNTS)) {
      const clients = await clientsOf(moto, account);
      await makeBucket(clients, `flow-logs-${account}`, {});
      clients.destroy();
    }
    process.stdout.write(
      `${expected.length} verdicts are known beforehand; ${expected.filter(({ status }) => status === "fail").length} of them are failures.\n`,
    );
    writeFileSync(join(folder, "evenkeel.yaml"), CONFIG);
    const credentials = await rootCredentials(moto, HUB);
    const aws = awsEnv(moto.url, credentials, REGIONS[0]);
    const run = shell(join(root, "dist", "cli.js"), folder, aws);
    return await story(run, github, folder);
  } finally {
    await moto.stop();
    await github.close();
    rmSync(folder, { recursive: true, force: true });
    say("Cleaned up");
  }
}

async function story(run: Shell, github: Awaited<ReturnType<typeof startGitHub>>, folder: string): Promise<number> {
  const { repo } = github;
  say("1. Are the policies right? Nothing is sent to AWS for this");
  await run(["validate"]);
  await run(["test"]);
  say("2. What fails, and what exactly would be done about it? Nothing is changed");
  await run(["plan", "--out", "-"], { allow: [0, 3] });
  say("3. The same as a pull request");
  const base = repo.seed({ ...PROTECTED_FILES, "evenkeel.yaml": CONFIG, "README.md": "# Policies\n" });
  // Set up as docs/set-up-a-repository.md says: apply looks, and refuses where a merge would be no approval.
  protectRepository(repo);
  const event = join(folder, "event.json");
  writeFileSync(event, JSON.stringify({ repository: { full_name: "acme/policies", default_branch: "main" } }));
  const runner = (sha: string, attempt: number): Record<string, string> => ({
    GITHUB_EVENT_PATH: event,
    GITHUB_ACTIONS: "true",
    GITHUB_API_URL: github.url,
    GITHUB_SERVER_URL: github.url,
    GITHUB_REPOSITORY: "acme/policies",
    GITHUB_REF: "refs/heads/main",
    GITHUB_SHA: sha,
    GITHUB_EVENT_NAME: "schedule",
    GITHUB_RUN_ID: "42",
    GITHUB_RUN_ATTEMPT: String(attempt),
    GITHUB_TOKEN: "ghs_actions",
  });
  await run(["report"], { env: runner(base, 1), allow: [0, 3], quiet: true });
  const [pull] = repo.pulls("open");
  if (pull === undefined) throw new Error("no pull request was opened");
  process.stdout.write(`\nPull request #${pull.number}: ${pull.title}\n\n${indent(pull.body ?? "", 60)}\n`);
  say("   Once more: nothing changed, so nothing is pushed");
  await run(["report"], { env: runner(base, 2), allow: [0, 3], quiet: true });
  say("4. People review and merge; merging is the approval");
  const bodies = new Map(
    repo.pulls("open").map(({ number, head, body, title }) => [number, { head, title, body: body ?? "" }]),
  );
  for (const [number, { head, title, body }] of bodies) {
    const [first] = body.split("\n").filter((line) => line.startsWith('{"confirm":'));
    process.stdout.write(`\n#${number} ${title}\n`);
    if (first !== undefined) confirm(repo, head.ref, first);
    repo.review(number, { actor: "bob", state: "APPROVED" });
    repo.pass(head.ref, REQUIRED);
    repo.merge(number, { actor: "alice", method: "squash" });
    process.stdout.write(`bob approves, alice merges: ${repo.head("main").slice(0, 12)}\n`);
  }
  say("5. Apply: settings, approval; read again, compare, journal, call, read again, check");
  const head = repo.head("main");
  // 3: three volumes were approved and not confirmed, and nothing that is left out counts as done.
  await run(["apply"], { env: { ...runner(head, 3), GITHUB_EVENT_NAME: "push" }, allow: [0, 3] });
  for (const number of bodies.keys()) {
    const [comment] = repo.comments(number);
    process.stdout.write(`\nThe result on pull request #${number}:\n\n${indent(comment?.body ?? "(none)", 24)}\n`);
    const commit = repo.pull(number).merge_commit_sha ?? "";
    for (const { name, conclusion } of repo.checks(commit))
      process.stdout.write(`\nOn its merge commit: ${name} ${conclusion}\n`);
  }
  say("6. Plan again: only what was left on purpose");
  await run(["plan", "--out", "-"], { allow: [0, 3] });
  say("7. Undo one item; its plan refuses to overwrite what others changed since");
  const item = appliedItem(repo.files("evenkeel/journal").keys(), (path) => repo.file("evenkeel/journal", path) ?? "");
  await run(["undo", "--item", item, "--apply", "--out", "-"], { env: runner(head, 4) });
  const wrong = [...github.problems, ...github.unknownRoutes];
  if (wrong.length > 0) throw new Error(`GitHub's API description was broken: ${wrong.join("; ")}`);
  const journal = [...repo.files("evenkeel/journal").keys()].map((path) => repo.file("evenkeel/journal", path) ?? "");
  process.stdout.write(
    `\nThe whole of it, by the journal: ${endings(journal)}. What nobody confirmed was left alone.\n` +
      `GitHub saw ${github.log.length} requests, every one checked against its API description.\n`,
  );
  return 0;
}

/** What somebody does in GitHub's editor: one of the lines that the pull request shows goes to the end of its plan. Who does so cannot approve it. */
function confirm(repo: Awaited<ReturnType<typeof startGitHub>>["repo"], branch: string, line: string): void {
  const path = "plans/all-destructive.jsonl";
  repo.commit(branch, { [path]: `${repo.file(branch, path)}${line}\n` }, { author: "alice" });
  process.stdout.write(`alice confirms one of its resources by name: ${line}\n`);
}

/** How the items ended by the journal: "113 applied, 6 already_ok". */
function endings(texts: readonly string[]): string {
  const ends = texts.flatMap((text) => [...text.matchAll(/"outcome":"([a-z_]+)"/g)].map(([, end = ""]) => end));
  const counts = [...Map.groupBy(ends, (end) => end)].map(([end, all]) => `${all.length} ${end}`);
  return counts.sort((a, b) => Number.parseInt(b, 10) - Number.parseInt(a, 10)).join(", ");
}

/** The ID of an item that the journal says was applied and that can be undone. */
function appliedItem(paths: Iterable<string>, read: (path: string) => string): string {
  for (const path of paths) {
    for (const line of read(path).split("\n")) {
      if (line.includes('"outcome":"applied"') && line.includes('"undo":[{')) {
        const record: { item: string } = JSON.parse(line);
        return record.item;
      }
    }
  }
  throw new Error("the journal holds no applied item");
}

/** The first lines of a Markdown text, as a reviewer would start to read it. */
function indent(text: string, most: number): string {
  const lines = text.split("\n");
  const shown = lines.slice(0, most).map((line) => `  │ ${line.length > 150 ? `${line.slice(0, 149)}…` : line}`);
  if (lines.length > most) shown.push(`  │ … showing ${most} of ${lines.length} lines`);
  return shown.join("\n");
}

process.exitCode = await main();
