/** What acceptance tests share: an emulated AWS behind a fault proxy, a GitHub, and a repository whose workflow runs the Action. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect } from "vitest";
import { stringify } from "yaml";
import { models } from "../aws/connection.ts";
import { awsEnv } from "../support/accounts.ts";
import { bundle } from "../support/bundle.ts";
import { JOB_RIGHTS, PROTECTED_FILES, protectRepository, REQUIRED, unguarded } from "../support/github/protected.ts";
import { type GitHubOptions, type GitHubStandIn, type LogEntry, startGitHub } from "../support/github/server.ts";
import {
  type ActionEnded,
  type ActionOptions,
  type Ended,
  type Running,
  runCli,
  startAction,
} from "../support/runner.ts";
import { makeBucket } from "../support/world/s3.ts";
import { type Stage, startStage } from "../support/world/stage.ts";

export const CONFIG = "evenkeel.yaml";
export const PLAN = "plans/all.jsonl";
export const JOURNAL = "evenkeel/journal";

/** A configuration file's text for accounts of the stage; `more` replaces or adds keys. */
export function configOf(
  accounts: readonly string[],
  policies: readonly (string | object)[],
  more: object = {},
): string {
  return stringify({
    version: 1,
    accounts: accounts.map((id, index) => ({ id, name: `team-${index + 1}` })),
    regions: ["us-east-1"],
    roles: {
      read: { name: "evenkeel-read", external_id: "acme-read" },
      remediate: { name: "evenkeel-remediate", external_id: "acme-remediate" },
    },
    policies: policies.map((one) => (typeof one === "string" ? { use: one } : one)),
    guards: { percent: 100 },
    ...more,
  });
}

export interface Company {
  readonly stage: Stage;
  /** Leads the program to the emulator, by way of the fault proxy. */
  readonly aws: Readonly<Record<string, string>>;
  /** A folder with these files; removed in the end. */
  folder(files?: Readonly<Record<string, string>>): string;
  /** Names of buckets that are new, in an account of their own; each fails `s3_bucket_versioning` and `s3_bucket_public_access_block`. */
  buckets(...names: readonly string[]): Promise<{ account: string; buckets: string[] }>;
  /** The command line in a folder. */
  cli(cwd: string, args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Ended>;
  /** The writing calls that AWS saw while `work` ran, whether or not their answers arrived: `s3:PutBucketVersioning orders-1`, sorted. */
  sent<T>(work: () => Promise<T>): Promise<{ result: T; sent: string[] }>;
  /**
   * A repository on a GitHub of its own, with the configuration on its default branch, set up as the docs say; jobs have their own token, with the
   * rights of the workflows to copy.
   */
  repository(config: string, options?: GitHubOptions): Promise<Repository>;
  stop(): Promise<void>;
}

export interface Repository {
  readonly github: GitHubStandIn;
  readonly repo: GitHubStandIn["repo"];
  report(more?: Partial<ActionOptions>): Promise<ActionEnded>;
  /** As the push to the default branch starts it, at its head unless told. */
  apply(more?: Partial<ActionOptions>): Promise<ActionEnded>;
  start(inputs: Readonly<Record<string, string>>, more?: Partial<ActionOptions>): Promise<Running<ActionEnded>>;
  /** Merges the only open pull request; `edit` changes the plan file on its branch first. */
  merge(edit?: (plan: string) => string): number;
  /** Merges a pull request as it stands, against the rules: they were off for a minute. */
  mergeUnguarded(number: number, actor: string): void;
  /** The calls that would change something, made while `work` ran. */
  writes<T>(work: () => Promise<T>): Promise<{ result: T; calls: LogEntry[] }>;
}

/** A hook that starts one needs two minutes: where sources changed, the bundle is built first. */
export async function startCompany(): Promise<Company> {
  const [stage] = await Promise.all([startStage(), bundle()]);
  const folders: string[] = [];
  const open: GitHubStandIn[] = [];
  const aws = awsEnv(stage.proxy.url, stage.credentials);
  const folder = (files: Readonly<Record<string, string>> = {}): string => {
    const made = mkdtempSync(join(tmpdir(), "evenkeel-acceptance-"));
    folders.push(made);
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(made, name)), { recursive: true });
      writeFileSync(join(made, name), text);
    }
    return made;
  };
  return {
    stage,
    aws,
    folder,
    async buckets(...names) {
      const clients = await stage.account();
      const made = await Promise.all(names.map((name) => makeBucket(clients, `${name}-${clients.account}`)));
      return { account: clients.account, buckets: made };
    },
    cli: (cwd, args, env = {}) => runCli(args, { cwd, env: { ...aws, ...env } }),
    async sent(work) {
      const from = stage.proxy.calls.length;
      const result = await work();
      const sent = stage.proxy.calls.slice(from).flatMap(({ service, operation, path, forwarded }) => {
        const reads = service === "sts" || models.operation(service, operation)?.reads === true;
        return reads || !forwarded ? [] : [`${service}:${operation} ${path.split("/")[1] ?? ""}`.trimEnd()];
      });
      return { result, sent: sent.sort() };
    },
    async repository(config, options) {
      const tokens = { ghs_actions: { login: "github-actions[bot]", permissions: JOB_RIGHTS } };
      const github = await startGitHub({ tokens, ...options });
      open.push(github);
      const files = { ...PROTECTED_FILES, [CONFIG]: config };
      github.repo.seed(files);
      protectRepository(github.repo);
      return repositoryOf(github, aws, folder(files));
    },
    async stop() {
      for (const one of folders.splice(0)) rmSync(one, { recursive: true, force: true });
      const spoilt = open.flatMap(({ problems, unknownRoutes }) => [...problems, ...unknownRoutes]);
      for (const one of open.splice(0)) await one.close();
      await stage.stop();
      // Whatever a test was about: no request and no answer may break GitHub's description.
      expect(spoilt).toEqual([]);
    },
  };
}

function repositoryOf(github: GitHubStandIn, aws: Readonly<Record<string, string>>, cwd: string): Repository {
  const { repo } = github;
  let attempt = 0;
  const start: Repository["start"] = (inputs, more = {}) => {
    attempt += 1;
    return startAction({
      inputs,
      cwd,
      apiUrl: github.url,
      serverUrl: github.site,
      sha: repo.head("main"),
      attempt,
      ...more,
      env: { ...aws, ...more.env },
    });
  };
  return {
    github,
    repo,
    start,
    report: async (more) => (await start({ command: "report" }, more)).ended,
    apply: async (more) => (await start({ command: "apply" }, { event: "push", ...more })).ended,
    merge(edit) {
      const [pull, second] = repo.pulls("open");
      if (pull === undefined || second !== undefined) throw new Error("there is not one open pull request");
      if (edit !== undefined) {
        const before = repo.file(pull.head.ref, PLAN) ?? "";
        repo.commit(pull.head.ref, { [PLAN]: edit(before) }, { author: "alice" });
      }
      // Who wrote in the pull request is none to approve it, even if all they did was to decline a line.
      const approver = edit === undefined ? "alice" : "bob";
      repo.review(pull.number, { actor: approver, state: "APPROVED" });
      repo.pass(pull.head.ref, REQUIRED);
      repo.merge(pull.number, { actor: approver, method: "squash" });
      return pull.number;
    },
    mergeUnguarded(number, actor) {
      unguarded(repo, () => repo.merge(number, { actor }));
    },
    async writes(work) {
      const from = github.log.length;
      const result = await work();
      return { result, calls: github.log.slice(from).filter(({ method }) => method !== "GET") };
    },
  };
}
