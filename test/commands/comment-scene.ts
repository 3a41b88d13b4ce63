/** A report with three items, and the command that a comment on it starts. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { runCommand } from "../../src/cli.ts";
import { publishReport } from "../../src/github/report.ts";
import type { PlanItem } from "../../src/types/plan.ts";
import { connect, item, operations, reportOf } from "../github/client-under-test.ts";
import { start } from "../support/github/harness.ts";
import { testIo } from "./io.ts";

const root = join(import.meta.dirname, "../..");
const home = { root, data: join(root, "generated") };
const CONFIG = `version: 1
accounts:
  - { id: "111111111111", name: prod }
roles: { read: { name: evenkeel-read, external_id: a }, remediate: { name: evenkeel-remediate, external_id: b } }
policies:
  - use: s3_bucket_versioning
`;

export const PATH = "plans/all.jsonl";
/** IDs that differ in their first characters, as hashes do. */
export const named = (n: number): PlanItem => ({ ...item(n), id: `${n}`.repeat(8) + item(n).id.slice(8) });
export const [one, two, three] = [named(1), named(2), named(3)];
export const ITEMS = [one, two, three];
export const linesOf = (text: string | undefined): string[] => (text ?? "").split("\n").slice(1, -1);

export async function scene() {
  const folder = mkdtempSync(join(tmpdir(), "evenkeel-comment-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, "evenkeel.yaml"), CONFIG);
  const { github, repo } = await start();
  const { client } = await connect(github);
  const report = reportOf(ITEMS, { path: PATH });
  await publishReport(client, report);
  repo.collaborator("alice", "write");
  repo.collaborator("eve", "read");
  const run = async (
    body: string,
    more: {
      actor?: string;
      on?: number;
      pull?: boolean;
      type?: string;
      action?: string;
      id?: number;
      event?: string;
    } = {},
  ) => {
    const { actor = "alice", on = 1, pull = true, type = "User", action = "created" } = more;
    const made = more.id === undefined ? repo.comment(on, { body, actor }) : undefined;
    const id = more.id ?? made?.id ?? 0;
    const payload = {
      action,
      issue: { number: on, ...(pull ? { pull_request: {} } : {}) },
      comment: { id, body, created_at: made?.created_at ?? "2026-03-01T00:00:00Z", user: { login: actor, type } },
    };
    writeFileSync(join(folder, "event.json"), JSON.stringify(payload));
    const { io, out, err } = testIo(folder, {
      GITHUB_REPOSITORY: "acme/policies",
      GITHUB_SHA: repo.head("main"),
      GITHUB_REF: "refs/heads/main",
      GITHUB_EVENT_NAME: more.event ?? "issue_comment",
      GITHUB_EVENT_PATH: join(folder, "event.json"),
      GITHUB_RUN_ID: "42",
      GITHUB_RUN_ATTEMPT: "1",
      GITHUB_SERVER_URL: "https://github.com",
      GITHUB_API_URL: github.url,
      GITHUB_TOKEN: "ghs_actions",
    });
    const from = github.log.length;
    const { exit } = await runCommand("comment", home, [], io);
    const calls = github.log.slice(from);
    const replies = repo.comments(on).filter((reply) => reply.body?.includes(`evenkeel:reply v1 to=${id} `));
    const written = operations(calls.filter(({ method }) => method !== "GET"));
    return { exit, out: out(), err: err(), id, calls, written, replies: replies.map((reply) => reply.body ?? "") };
  };
  return { github, repo, client, report, run };
}
