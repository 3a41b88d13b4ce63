/** A pull request and comments whose every text was chosen to break what tells of them, through the whole bundled program. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { publishReport } from "../../src/github/report.ts";
import { connect, item, reportOf } from "../github/client-under-test.ts";
import { bundle } from "../support/bundle.ts";
import { type GitHubStandIn, startGitHub } from "../support/github/server.ts";
import { type ActionEnded, runAction } from "../support/runner.ts";
import { cellCounts, html, prose, structure } from "../text/github-markdown.ts";
import { HOSTILE } from "../text/hostile.ts";
import { CONFIG, configOf, PLAN } from "./company.ts";

const TEXTS = HOSTILE.filter((text) => text.isWellFormed() && text.trim() !== "" && !text.includes("\0"));
/** As ours begin: prose that GitHub would act on. */
const ACTIVE = /@[a-z0-9]|#\d|\bGH-\d|https?:|www\.|mailto:|:tada:/i;
const ACCOUNT = "111111111111";

let folder: string;
const open: GitHubStandIn[] = [];
beforeAll(async () => {
  await bundle();
  folder = mkdtempSync(join(tmpdir(), "evenkeel-hostile-pull-"));
  writeFileSync(join(folder, CONFIG), config("x", ["s3_bucket_versioning"]));
}, 180_000);
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  const spoilt = open.flatMap(({ problems, unknownRoutes }) => [...problems, ...unknownRoutes]);
  for (const one of open) await one.close();
  expect(spoilt).toEqual([]);
});

async function start(): Promise<GitHubStandIn> {
  const github = await startGitHub();
  open.push(github);
  github.repo.seed({ [CONFIG]: config("x"), "policies/owned.yaml": policy("x", "x") });
  return github;
}

function config(name: string, policies: readonly string[] = ["s3_bucket_owned", "s3_bucket_versioning"]): string {
  const accounts = [{ id: ACCOUNT, name, labels: { team: name } }];
  return configOf([ACCOUNT], policies, { accounts });
}

/** A policy of the repository's own whose test fails: it passes where it says it fails. */
function policy(title: string, name: string): string {
  return stringify({
    ...{ id: "s3_bucket_owned", title, severity: "medium", resource: "s3.bucket", check: '"owner" in resource.Tags' },
    tests: [{ name, resource: { Name: "logs", Tags: { owner: "ann" } }, expect: "fail" }],
  });
}

function waiver(text: string): string {
  const words = { reason: `because ${text}`, owner: `team ${text}`, ticket: `SEC ${text}` };
  return stringify({ policy: "s3_bucket_versioning", match: { resource: text }, ...words, expires: "2030-01-01" });
}

/** A pull request that says `text` wherever its author has a say, and what the preview of its files made of it. */
async function previewed(text: string) {
  const github = await start();
  github.addToken("ghs_fork", { login: "github-actions[bot]", permissions: { contents: "read" } });
  const { repo } = github;
  const base = repo.head("main");
  const name = text.replaceAll(/[/\r\n]/g, "_");
  const changes = {
    [CONFIG]: config(`prod ${text}`),
    "policies/owned.yaml": policy(`owned ${text}`, `owned ${text}`),
    [`exceptions/${name}.yaml`]: waiver(text),
    [`policies/${name}.yaml`]: `${text}: [`,
  };
  const sha = repo.commit("topic", changes, {
    author: "mallory",
    message: `Change\n\n${text}\n\nCo-authored-by: ${text} <a@b.c>`,
  });
  const title = [...text].slice(0, 256).join("");
  const number = repo.open({ head: "topic", title, body: text, actor: "mallory" });
  repo.comment(number, { body: text, actor: "mallory" });
  repo.review(number, { actor: "alice", state: "COMMENTED", body: text });
  const head = { ref: text, sha, label: text, repo: { full_name: "acme/policies" }, user: { login: text } };
  const pull_request = { number, title, body: text, draft: false, base: { ref: "main", sha: base }, head };
  const run = (token: string): Promise<ActionEnded> =>
    runAction({
      inputs: { command: "preview", static: "true" },
      ...{ cwd: folder, apiUrl: github.url, sha, event: "pull_request", ref: `refs/pull/${number}/merge`, token },
      payload: { number, pull_request },
    });
  // What may not write says by annotations of the log what else stands in the check.
  const [ended, silent] = [await run("ghs_actions"), await run("ghs_fork")];
  const ours = repo.comments(number).filter(({ user }) => user?.login === "github-actions[bot]");
  expect(ours).toHaveLength(1);
  return { ended, silent, comment: ours[0]?.body ?? "", github, files: new Set(Object.keys(changes)) };
}

test("a preview of it: the comment as ever, annotations as texts on their lines, and no command that is not ours", async () => {
  const plainly = await previewed("x");
  expect(plainly.ended).toMatchObject({ exit: 2, commands: [{ name: "stop-commands" }], env: "", state: "" });
  expect(plainly.comment).toContain("policies/x.yaml");
  for (let at = 0; at < TEXTS.length; at += 18) {
    const text = TEXTS.slice(at, at + 18).join(" ");
    const { ended, silent, comment, github, files } = await previewed(text);
    expect([ended.exit, silent.exit], ended.stderr).toEqual([2, 2]);
    const said = silent.commands.filter(({ name }) => name !== "stop-commands");
    expect(said.length).toBeGreaterThan(1);
    for (const { name, properties, data } of said) {
      expect(name).toBe("error");
      expect(files).toContain(properties["file"]);
      expect(data).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    }
    expect(ended.commands.map((one) => one.name)).toEqual(["stop-commands"]);
    expect([ended.env, ended.state]).toEqual(["", ""]);
    expect(Object.values(ended.outputs).join("")).toMatch(/^[\d\s]*$/);
    for (const page of [comment, ended.summary]) {
      expect(prose(page)).not.toMatch(ACTIVE);
      expect(html(page)).not.toMatch(/<(a|img|script|h1)\b/);
      expect(structure(page).filter((tag) => tag === "details")).toHaveLength(
        structure(page).filter((tag) => tag === "/details").length,
      );
    }
    expect(comment.match(/<!--/g)).toHaveLength(1);
    expect(new Set(cellCounts(comment)).size).toBeLessThanOrEqual(new Set(cellCounts(plainly.comment)).size);
    const [check] = github.repo.checks("topic");
    expect(check).toMatchObject({ name: "evenkeel/preview", conclusion: "failure" });
    for (const { message } of check?.annotations ?? []) expect(message).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  }
}, 120_000);

test("comments of it: answers and exceptions keep their form, and a file's name holds nothing of them", async () => {
  const github = await start();
  const { repo } = github;
  const { client } = await connect(github);
  const rows = TEXTS.map((text) => text.replaceAll(/[\r\n\u2028]/g, " ")).filter((text) => text.trim() !== "");
  const reasons = Array.from({ length: Math.ceil(rows.length / 24) }, (_, at) =>
    rows.slice(at * 24, at * 24 + 24).join(" "),
  );
  // IDs that differ in their first characters, as hashes do.
  const items = reasons.map((_, at) => ({ ...item(at + 1), id: `${at + 1}`.repeat(8) + item(at + 1).id.slice(8) }));
  await publishReport(client, reportOf(items, { path: PLAN }));
  repo.collaborator("alice", "write");
  const say = async (body: string) => {
    const made = repo.comment(1, { body, actor: "alice" });
    const comment = { ...made, user: { login: "alice", type: "User" } };
    const payload = { action: "created", issue: { number: 1, pull_request: {} }, comment };
    const sha = repo.head("main");
    const ended = await runAction({
      ...{ inputs: { command: "comment" }, cwd: folder, apiUrl: github.url, sha, event: "issue_comment", payload },
    });
    expect(ended.exit, ended.stderr).toBe(0);
    expect(ended.commands.map(({ name }) => name)).toEqual(["stop-commands"]);
    const reply = repo.comments(1).at(-1)?.body ?? "";
    expect(reply.match(/<!--/g)).toHaveLength(1);
    expect(prose(reply.replace(/(Proposed: )#\d+/, "$1"))).not.toMatch(ACTIVE);
    return reply;
  };
  for (const [at, reason] of reasons.entries()) {
    const { id = "", policy = "" } = items[at] ?? {};
    expect(await say(`/waive ${id.slice(0, 12)} 30d because ${reason}`)).toContain("Proposed: #");
    const pull = repo.pulls("open").find(({ number }) => number !== 1);
    if (pull === undefined) throw new Error("no exception was proposed");
    const path = `exceptions/${policy}-${id.slice(0, 12)}.yaml`;
    expect([...repo.files(pull.head.ref).keys()]).toContain(path);
    expect(parse(repo.file(pull.head.ref, path) ?? "")).toMatchObject({ owner: "alice", policy });
    expect(structure(pull.body ?? "").filter((tag) => !/^\/?(p|ul|li|code)$/.test(tag))).toEqual([]);
    expect(prose((pull.body ?? "").replace("comment on #1", ""))).not.toMatch(ACTIVE);
    repo.close(pull.number, "bob");
    expect(await say(`/reject ${id.slice(0, 12)} ${reason}`)).toContain("Rejected: ");
    expect(repo.history(repo.pull(1).head.ref)[0]?.message).not.toMatch(/@|https?:|because/);
  }
}, 120_000);
