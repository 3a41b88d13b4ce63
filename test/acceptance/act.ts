/**
 * Runs a workflow file that users copy, as it stands, by act (https://github.com/nektos/act) against the stand-ins. What act ignores is done
 * here: the job's token may do what the job's `permissions` say and no more, and the ID token is there only for jobs that ask for it.
 */
import { execFileSync, spawn } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { delimiter, dirname, join } from "node:path";
import { parse } from "yaml";
import { bundle, ROOT } from "../support/bundle.ts";
import type { TokenOptions } from "../support/github/access.ts";
import { tool } from "../support/tools.ts";
import type { Company, Repository } from "./company.ts";

export const ACT = tool("act");

export interface Acted {
  readonly exit: number | null;
  /** Outputs that any step set. */
  readonly outputs: Readonly<Record<string, string>>;
  readonly log: string;
  /** Roles that an ID token was exchanged for, by what the token says of the run. */
  readonly assumed: readonly string[];
}

export interface ActOptions {
  readonly event: string;
  /** The event's payload. */
  readonly payload?: object;
  /** What is checked out; the default branch unless told. */
  readonly ref?: string;
  /** GitHub cuts the rights of a fork's token down to reading, and gives it no ID token. */
  readonly fork?: boolean;
}

interface Job {
  readonly permissions?: Readonly<Record<string, "read" | "write">>;
}

/** Stands for aws-actions/configure-aws-credentials: an ID token for the audience that AWS trusts, exchanged at STS for the job's credentials. */
const CREDENTIALS = {
  "action.yml":
    "name: credentials\ninputs: { role-to-assume: { required: true }, aws-region: { required: true } }\nruns: { using: node24, main: index.js }\n",
  "index.js": `
const { appendFileSync } = require("node:fs");
const { env } = process;
async function main() {
  if (!env.ACTIONS_ID_TOKEN_REQUEST_URL) throw new Error("the job has no right to an ID token");
  const headers = { authorization: "Bearer " + env.ACTIONS_ID_TOKEN_REQUEST_TOKEN };
  const asked = await fetch(env.ACTIONS_ID_TOKEN_REQUEST_URL + "&audience=sts.amazonaws.com", { headers });
  const { value } = await asked.json();
  const role = env["INPUT_ROLE-TO-ASSUME"];
  const body = new URLSearchParams({
    Action: "AssumeRoleWithWebIdentity", Version: "2011-06-15", RoleArn: role, RoleSessionName: "GitHubActions", WebIdentityToken: value,
  });
  const given = await (await fetch(env.STS_URL, { method: "POST", body })).text();
  const part = (name) => new RegExp("<" + name + ">([^<]+)<").exec(given)[1];
  const { ref, environment } = JSON.parse(Buffer.from(value.split(".")[1], "base64url"));
  console.log("assumed " + role + " for " + (environment ? "environment " + environment : ref));
  appendFileSync(env.GITHUB_ENV, [
    "AWS_REGION=" + env["INPUT_AWS-REGION"], "AWS_ACCESS_KEY_ID=" + part("AccessKeyId"),
    "AWS_SECRET_ACCESS_KEY=" + part("SecretAccessKey"), "AWS_SESSION_TOKEN=" + part("SessionToken"), "",
  ].join("\\n"));
}
main().catch((error) => { console.log("::error::" + error.message); process.exitCode = 1; });
`,
};

/** Runs `.github/workflows/<name>.yml` in a checkout of the repository. */
export async function act(company: Company, repository: Repository, name: string, options: ActOptions): Promise<Acted> {
  const { event, ref = "main", payload, fork = false } = options;
  const { root } = await bundle();
  const folder = company.folder();
  repository.repo.exportTo(folder, ref);
  const file = `.github/workflows/${name}.yml`;
  mkdirSync(join(folder, dirname(file)), { recursive: true });
  cpSync(join(ROOT, file), join(folder, file));
  git(folder, "init", "-q");
  // act takes the commit from here, and the Action asks GitHub about it.
  writeFileSync(join(folder, ".git/refs/heads/main"), `${repository.repo.head(ref)}\n`);
  const text = readFileSync(join(ROOT, file), "utf8");
  const job = jobOf(text);
  const token = `ghs_${name}${fork ? "-fork" : ""}`;
  repository.github.addToken(token, { login: "github-actions[bot]", permissions: scopes(job, fork) });
  const oidc = await idTokens(claims(text, event, payload));
  const wantsId = !fork && job.permissions?.["id-token"] === "write";
  const { AWS_ACCESS_KEY_ID: _id, AWS_SECRET_ACCESS_KEY: _key, AWS_SESSION_TOKEN: _token, ...aws } = company.aws;
  const env = {
    ...aws,
    STS_URL: company.stage.moto.url,
    GITHUB_API_URL: repository.github.url,
    GITHUB_SERVER_URL: repository.github.url,
    GITHUB_REPOSITORY: "acme/policies",
    GITHUB_RUN_ID: "42",
    ...(wantsId ? { ACTIONS_ID_TOKEN_REQUEST_URL: oidc.url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: oidc.bearer } : {}),
  };
  const events = company.folder({ "event.json": JSON.stringify({ repository: REPOSITORY, ...payload }) });
  const args = [
    ...[event, "-W", file, "-e", join(events, "event.json"), "-s", `GITHUB_TOKEN=${token}`, "--json"],
    ...["-P", "ubuntu-24.04=-self-hosted", "--no-cache-server"],
    ...["--var", "EVENKEEL_READ_ROLE=arn:aws:iam::999999999999:role/read"],
    ...["--var", "EVENKEEL_REMEDIATE_ROLE=arn:aws:iam::999999999999:role/remediate"],
    ...["--local-repository", `evenkeel/evenkeel@${"0".repeat(40)}=${root}`],
    ...credentialsAction(company, text),
    ...Object.entries(env).flatMap(([key, value]) => ["--env", `${key}=${value}`]),
  ];
  try {
    const { exit, said } = await run(args, folder, company.folder());
    const entries = said.split("\n").flatMap((line): Entry[] => (line.startsWith("{") ? [JSON.parse(line)] : []));
    const log = entries.map(({ msg = "" }) => msg).join("");
    const outputs = entries.flatMap(({ command, name: key = "", arg = "" }) =>
      command === "set-output" ? [[key, arg]] : [],
    );
    const assumed = [...log.matchAll(/assumed (\S+ for [^\n]+)/g)].map(([, what = ""]) => what.trim());
    return { exit, outputs: Object.fromEntries(outputs), log, assumed };
  } finally {
    await oidc.close();
  }
}

const REPOSITORY = { full_name: "acme/policies", name: "policies", default_branch: "main", owner: { login: "acme" } };

interface Entry {
  readonly msg?: string;
  readonly command?: string;
  readonly name?: string;
  readonly arg?: string;
}

async function run(args: readonly string[], cwd: string, home: string) {
  const path = [dirname(process.execPath), process.env["PATH"] ?? ""].join(delimiter);
  const child = spawn(ACT.path, args, { cwd, env: { PATH: path, HOME: home } });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (part) => (said += String(part)));
  const exit = await new Promise<number | null>((resolve, reject) =>
    child.once("error", reject).once("close", resolve),
  );
  return { exit, said };
}

function git(cwd: string, ...args: readonly string[]): void {
  const who = ["-c", "user.name=test", "-c", "user.email=test@example.com", "-c", "init.defaultBranch=main"];
  execFileSync("git", [...who, ...args], { cwd, stdio: "pipe" });
}

/** The one job of a workflow of ours. */
function jobOf(text: string): Job & { readonly environment?: string } {
  const { jobs }: { jobs: Record<string, Job & { environment?: string }> } = parse(text);
  const [job, ...more] = Object.values(jobs);
  if (job === undefined || more.length > 0) throw new Error("the workflow has not one job");
  return job;
}

function scopes({ permissions = {} }: Job, fork: boolean): NonNullable<TokenOptions["permissions"]> {
  const known = Object.entries(permissions).filter(([name]) => name !== "id-token");
  return Object.fromEntries(known.map(([name, level]) => [name.replaceAll("-", "_"), fork ? "read" : level]));
}

/** What GitHub's ID token says of a run, as far as trust policies ask. */
function claims(text: string, event: string, payload: object | undefined): object {
  const { environment } = jobOf(text);
  const number: unknown = payload === undefined ? undefined : Reflect.get(payload, "number");
  const ref = event === "pull_request" ? `refs/pull/${String(number)}/merge` : "refs/heads/main";
  return { repository: "acme/policies", ref, ...(environment === undefined ? {} : { environment }) };
}

/** GitHub's endpoint for ID tokens: one answer for whoever holds the job's bearer token and names the audience. */
async function idTokens(claimed: object) {
  const bearer = "id-request-token";
  const server = createServer((request, response) => {
    const { searchParams } = new URL(request.url ?? "/", "http://127.0.0.1");
    const allowed =
      request.headers.authorization === `Bearer ${bearer}` && searchParams.get("audience") === "sts.amazonaws.com";
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
    const value = [part({ alg: "none" }), part({ aud: "sts.amazonaws.com", ...claimed }), ""].join(".");
    response.writeHead(allowed ? 200 : 401, { "content-type": "application/json" });
    response.end(JSON.stringify(allowed ? { count: value.length, value } : {}));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const close = () => new Promise<void>((resolve) => server.close(() => resolve()));
  return { url: `http://127.0.0.1:${port}/token?api-version=2.0`, bearer, close };
}

/** The workflow's own pin of the credentials action, led to the stand-in for it. */
function credentialsAction(company: Company, text: string): string[] {
  const [, commit] = /aws-actions\/configure-aws-credentials@([0-9a-f]{40})/.exec(text) ?? [];
  if (commit === undefined) return [];
  const folder = company.folder(CREDENTIALS);
  git(folder, "init", "-q");
  git(folder, "add", "-A");
  git(folder, "commit", "-q", "-m", "stand-in");
  return ["--local-repository", `aws-actions/configure-aws-credentials@${commit}=${folder}`];
}
