/** The workflow files that users copy, run as they stand: what they check out, the credentials they ask for, and the rights of their token included. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { ACT, act } from "./act.ts";
import { CONFIG, type Company, configOf, PLAN, type Repository, startCompany } from "./company.ts";

let company: Company;
beforeAll(async () => {
  if (ACT.there) company = await startCompany();
}, 180_000);
afterAll(() => (ACT.there ? company.stop() : undefined));

const READ = "arn:aws:iam::999999999999:role/read";
const REMEDIATE = "arn:aws:iam::999999999999:role/remediate";

async function oneBucket(policies: readonly string[] = ["s3_bucket_versioning"]) {
  const { account, buckets } = await company.buckets("orders");
  return { account, buckets, repository: await company.repository(configOf([account], policies)) };
}

test.skipIf(!ACT.there)(
  `evenkeel-report.yml opens the pull request, and evenkeel-apply.yml applies what was merged${ACT.words}`,
  async () => {
    const { repository, buckets } = await oneBucket();
    const report = await act(company, repository, "evenkeel-report", { event: "workflow_dispatch" });
    expect(report.exit, report.log).toBe(0);
    expect(report.assumed).toEqual([`${READ} for refs/heads/main`]);
    expect(report.outputs).toMatchObject({ exit_code: "0", planned: "1", pull_request: "1" });
    expect(report.log).toContain("Dashboard created");
    const pull = repository.merge();
    const { result, sent } = await company.sent(() => act(company, repository, "evenkeel-apply", { event: "push" }));
    expect(result.exit, result.log).toBe(0);
    expect(result.assumed).toEqual([`${REMEDIATE} for environment remediate`]);
    expect(result.outputs).toMatchObject({ exit_code: "0", applied: "1" });
    expect(sent).toEqual(buckets.map((bucket) => `s3:PutBucketVersioning ${bucket}`));
    expect(repository.repo.comments(pull)).toHaveLength(1);
  },
  90_000,
);

/** A pull request that asks for one policy more, and the event that GitHub tells of it. */
function pullRequest({ repo }: Repository, account: string, from = "acme/policies") {
  const base = repo.head("main");
  const more = configOf([account], ["s3_bucket_versioning", "s3_bucket_public_access_block"]);
  const sha = repo.commit("block", { [CONFIG]: more }, { author: "alice" });
  const number = repo.open({ head: "block", title: "Block public access", actor: "alice" });
  const head = { ref: "block", sha, repo: { full_name: from } };
  const pull_request = { number, draft: false, base: { ref: "main", sha: base }, head };
  return { number, sha, payload: { action: "opened", number, pull_request } };
}

test.skipIf(!ACT.there)(
  `evenkeel-preview.yml shows base and head of a pull request on its comment and its check${ACT.words}`,
  async () => {
    const { repository, account } = await oneBucket();
    const { number, sha, payload } = pullRequest(repository, account);
    const { result, sent } = await company.sent(() =>
      act(company, repository, "evenkeel-preview", { event: "pull_request", payload, ref: "block" }),
    );
    expect(result.exit, result.log).toBe(0);
    expect(result.assumed).toEqual([`${READ} for refs/pull/${number}/merge`]);
    expect(sent).toEqual([]);
    expect(result.outputs).toMatchObject({ exit_code: "0", newly_failing: "1", coverage_lost: "0", planned: "2" });
    const [comment, ...more] = repository.repo.comments(number);
    expect(more).toEqual([]);
    expect(comment?.body).toContain("s3_bucket_public_access_block");
    expect(repository.repo.checks(sha)).toMatchObject([{ name: "evenkeel/preview", conclusion: "success" }]);
  },
  90_000,
);

test.skipIf(!ACT.there)(
  `evenkeel-preview.yml for a fork: files only, no AWS, and a token that cannot write fails nothing${ACT.words}`,
  async () => {
    const { repository, account } = await oneBucket();
    const { number, payload } = pullRequest(repository, account, "stranger/policies");
    const calls = company.stage.proxy.calls.length;
    const ended = await act(company, repository, "evenkeel-preview", {
      ...{ event: "pull_request", payload, ref: "block", fork: true },
    });
    expect(ended.exit, ended.log).toBe(0);
    expect(ended.assumed).toEqual([]);
    expect(company.stage.proxy.calls).toHaveLength(calls);
    expect(ended.outputs).toMatchObject({ exit_code: "0", problems: "0" });
    expect(ended.outputs["newly_failing"] ?? "").toBe("");
    expect(ended.log).toContain("from a fork");
    expect(repository.repo.comments(number)).toEqual([]);
  },
  90_000,
);

test.skipIf(!ACT.there)(
  `evenkeel-comment.yml takes an item out where somebody asks for it, without AWS, and leaves other comments alone${ACT.words}`,
  async () => {
    const { repository } = await oneBucket(["s3_bucket_versioning", "s3_bucket_public_access_block"]);
    await repository.report();
    const { repo } = repository;
    const [pull] = repo.pulls("open");
    const { number = 0, head } = pull ?? {};
    const lines = () => (repo.file(head?.ref ?? "", PLAN) ?? "").trimEnd().split("\n").slice(1);
    const [first = "", second = ""] = lines();
    const idOf = (line: string): string => {
      const { id }: { id: string } = JSON.parse(line);
      return id.slice(0, 12);
    };
    const comment = async (body: string) => {
      const made = repo.comment(number, { body, actor: "alice" });
      const user = { login: "alice", type: "User" };
      const payload = {
        action: "created",
        issue: { number, pull_request: { url: pull?.url } },
        comment: { id: made.id, body, created_at: made.created_at, user },
      };
      return act(company, repository, "evenkeel-comment", { event: "issue_comment", payload });
    };
    const idle = await comment("What is this?");
    expect(idle.exit, idle.log).toBe(0);
    expect(idle.outputs).toEqual({});
    expect(lines()).toEqual([first, second]);
    const rejected = await comment(`/reject ${idOf(first)} not now`);
    expect(rejected.exit, rejected.log).toBe(0);
    expect(rejected.assumed).toEqual([]);
    expect(lines()).toEqual([second]);
    expect(repo.comments(number).at(-1)?.body).toContain(`Rejected: \`${idOf(first)}\``);
    const waived = await comment(`/waive ${idOf(second)} 30d we rebuild this bucket next week`);
    expect(waived.exit, waived.log).toBe(0);
    expect(repo.pulls("open")).toHaveLength(2);
  },
  90_000,
);
