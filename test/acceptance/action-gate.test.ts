/** The repository's settings as a gate before apply, and the tiers that are told; by the bundled Action. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { unguarded } from "../support/github/protected.ts";
import { CONFIG, type Company, configOf, JOURNAL, PLAN, type Repository, startCompany } from "./company.ts";

let company: Company;
beforeAll(async () => {
  company = await startCompany();
}, 180_000);
afterAll(() => company.stop());

/** A report with one item, approved and merged. `more`: keys of the configuration. */
async function approved(more: object = {}): Promise<{ repository: Repository; pull: number; bucket: string }> {
  const { account, buckets } = await company.buckets("orders");
  const repository = await company.repository(configOf([account], ["s3_bucket_versioning"], more));
  expect((await repository.report()).exit).toBe(0);
  return { repository, pull: repository.merge(), bucket: buckets[0] ?? "" };
}

const write = (bucket: string) => `s3:PutBucketVersioning ${bucket}`;
const MERGED = "main";

test("protection weakened after the merge: nothing is sent, the setting and its remedy are named everywhere; once it is mended the same approval runs", async () => {
  const { repository, pull, bucket } = await approved();
  const { repo } = repository;
  const [ruleset] = repo.state.rulesets.splice(0);
  if (ruleset === undefined) throw new Error("no ruleset");
  const weak = ruleset.rules.map((rule) =>
    rule.type === "pull_request" && rule.parameters !== undefined
      ? { ...rule, parameters: { ...rule.parameters, require_code_owner_review: false } }
      : rule,
  );
  repo.state.rulesets.push({ ...ruleset, rules: weak });
  const { sent, result } = await company.sent(() => repository.apply());
  expect(sent).toEqual([]);
  expect(result, result.text).toMatchObject({ exit: 3, outputs: { applied: "0", blocked: "1" } });
  const [comment, ...others] = repo.comments(pull);
  expect(others).toEqual([]);
  for (const text of [result.text, result.summary, comment?.body ?? ""].map((one) => one.replace(/\s+/g, " "))) {
    expect(text).toContain("branch-code-owners");
    expect(text).toContain("no review by code owners is required on main");
    expect(text).toContain("Require review from Code Owners");
  }
  expect(comment?.body).toContain("`allow_unsafe: [branch-code-owners]`");
  expect(repo.checks(MERGED)).toMatchObject([{ name: "evenkeel/apply", conclusion: "failure" }]);
  expect(() => repo.head(JOURNAL)).toThrow();
  // Told once, however often it is run.
  const again = await repository.writes(() => repository.apply());
  expect(again.calls).toEqual([]);

  repo.state.rulesets.splice(0, 1, ruleset);
  const after = await company.sent(() => repository.apply());
  expect(after.sent).toEqual([write(bucket)]);
  expect(after.result).toMatchObject({ exit: 0, outputs: { applied: "1" } });
  expect(repo.comments(pull)).toHaveLength(1);
  expect(repo.checks(MERGED)).toMatchObject([{ name: "evenkeel/apply", conclusion: "success" }]);
});

test("what is allowed by name passes, and is printed in the report, the log, the result, the summary and the JSON", async () => {
  const { repository, pull, bucket } = await approved({ allow_unsafe: ["environment-admins"] });
  const { repo } = repository;
  expect(repo.pull(pull).body).toContain("**Allowed though unsafe:** `environment-admins`");
  repo.environment("remediate", { branches: ["main"], canAdminsBypass: true });
  const { sent, result } = await company.sent(async () => {
    return (await repository.start({ command: "apply", format: "json" }, { event: "push" })).ended;
  });
  expect(sent).toEqual([write(bucket)]);
  expect(result.exit, result.text).toBe(0);
  const said = "allowed though unsafe: environment-admins (they can)";
  expect(result.summary).toContain(said);
  expect(repo.comments(pull)[0]?.body).toContain(said);
  const { plans }: { plans: { trust: unknown }[] } = JSON.parse(result.text.trim());
  expect(plans.map(({ trust }) => trust)).toEqual([
    {
      signature: { tier: "provenance", words: expect.stringContaining("verified by GitHub") },
      approval: { by: ["alice"], words: expect.stringContaining("reviewed") },
      wrong: [],
      not_known: ["branch-bypass", "actions-approve"],
      allowed: [{ id: "environment-admins", status: "wrong" }],
    },
  ]);
});

test("the input allows one of two: the other still stops it; a name that is none is told before anything is asked", async () => {
  const { repository } = await approved();
  const { repo, github } = repository;
  repo.environment("remediate", { branches: null, canAdminsBypass: true });
  const apply = async (allowed: string) =>
    (await repository.start({ command: "apply", "allow-unsafe": allowed }, { event: "push" })).ended;
  const one = await company.sent(() => apply("environment-admins"));
  expect(one.sent).toEqual([]);
  expect(one.result).toMatchObject({ exit: 3, outputs: { blocked: "1" } });
  expect(one.result.text.replace(/\s+/g, " ")).toContain(
    "1 setting of the repository makes a merge no approval: environment-branches",
  );
  expect(one.result.text).toContain("allowed though unsafe: environment-admins (they can)");
  const from = github.log.length;
  const misspelt = await apply("environment-admin");
  expect(misspelt).toMatchObject({ exit: 2, stderr: expect.stringContaining("did you mean environment-admins?") });
  expect(github.log).toHaveLength(from);
  expect(await apply("environment-admins,environment-branches")).toMatchObject({ exit: 0, outputs: { applied: "1" } });
});

test("what the job's own token may not read stops nothing and is named; an App's token that reads all of it leaves nothing to name", async () => {
  const own = await approved();
  const first = await own.repository.apply();
  expect(first).toMatchObject({ exit: 0, outputs: { applied: "1" } });
  expect(first.text.replace(/\s+/g, " ")).toContain(
    "weaker: not known with this token: branch-bypass (nobody bypasses these rules), actions-approve (Actions cannot approve pull requests)",
  );
  // Any workflow may use the job's own account: its name on a commit says less than an App's.
  expect(first.text.replace(/\s+/g, " ")).toContain(
    "any workflow here that may write contents can commit in that name",
  );

  const { account } = await company.buckets("orders");
  const repository = await company.repository(configOf([account], ["s3_bucket_versioning"]));
  const { github, repo } = repository;
  repo.state.workflowPermissions.canApprove = false;
  github.addToken("ghs_app", { login: "evenkeel[bot]" });
  const app = { "github-token": "ghs_app", actor: "evenkeel[bot]" };
  expect(await (await repository.start({ command: "report", ...app })).ended).toMatchObject({ exit: 0 });
  repository.merge();
  const from = github.log.length;
  const ended = await (await repository.start({ command: "apply", ...app }, { event: "push" })).ended;
  expect(ended, ended.text).toMatchObject({ exit: 0, outputs: { applied: "1" } });
  expect(ended.text).not.toContain("weaker");
  expect(ended.text.replace(/\s+/g, " ")).toMatch(
    /signature: provenance \(tier 3\): commit [0-9a-f]{12} of evenkeel\[bot\], verified by GitHub, vouches for every line; each/,
  );
  expect(github.log.length - from).toBeLessThanOrEqual(40);
});

test("a repository whose plan at GitHub has no rules: the words say what to allow by name, and with that it runs", async () => {
  const { repository, pull } = await approved();
  const { github, repo } = repository;
  const message = "Upgrade to GitHub Pro or make this repository public to enable this feature.";
  github.fault({ route: "repos/get-branch-rules", times: 9 }, { status: 403, body: { message } });
  repo.state.rulesets.splice(0);
  const { sent, result } = await company.sent(() => repository.apply());
  expect(sent).toEqual([]);
  expect(result).toMatchObject({ exit: 3, outputs: { blocked: "1" } });
  const body = repo.comments(pull)[0]?.body ?? "";
  expect(body).toContain("GitHub does not offer this to private repositories in the present plan");
  const [, names = ""] = /`allow_unsafe: \[([a-z, -]+)\]`/.exec(body) ?? [];
  expect(names.split(", ")).toHaveLength(9);
  const allowed = { command: "apply", "allow-unsafe": names };
  const after = await company.sent(async () => (await repository.start(allowed, { event: "push" })).ended);
  expect(after.result, after.result.text).toMatchObject({ exit: 0, outputs: { applied: "1" } });
});

test("GitHub failing says nothing of a setting: nothing runs, nothing is told, and the next run goes on", async () => {
  const { repository, pull, bucket } = await approved();
  const busy = repository.github.fault(
    { route: "repos/get-environment", times: 9 },
    { status: 502, body: { message: "Server Error" } },
  );
  const { sent, result } = await company.sent(() => repository.writes(() => repository.apply()));
  expect([sent, result.calls]).toEqual([[], []]);
  expect(result.result).toMatchObject({ exit: 3, stderr: expect.stringContaining("failed inside GitHub") });
  busy.remove();
  expect(repository.repo.comments(pull)).toEqual([]);
  expect((await company.sent(() => repository.apply())).sent).toEqual([write(bucket)]);
});

test("a workflow of the default branch that a checkout hides is read all the same", async () => {
  const { repository } = await approved();
  const text = "on: pull_request_target\njobs: { a: { environment: remediate, steps: [{ run: curl evil }] } }\n";
  repository.repo.commit("main", { ".github/workflows/other.yml": text });
  const { sent, result } = await company.sent(() => repository.apply());
  expect(sent).toEqual([]);
  expect(result.text.replace(/\s+/g, " ")).toContain(
    "2 settings of the repository make a merge no approval: environment-jobs, workflow-pull-request-target",
  );
});

test("where a plan comes from: lines that people took out leave it known; one that a person brought is re-derived only, and runs as well", async () => {
  const { account, buckets } = await company.buckets("a", "b");
  const repository = await company.repository(configOf([account], ["s3_bucket_versioning"]));
  const { repo } = repository;
  await repository.report();
  let whole = "";
  repository.merge((plan) => {
    whole = plan;
    return `${plan.split("\n").slice(0, 2).join("\n")}\n`;
  });
  const first = await company.sent(() => repository.apply());
  expect(first.result, first.result.text).toMatchObject({ exit: 0, outputs: { applied: "1" } });
  expect(first.result.text).toContain("signature: provenance (tier 3)");
  // The line that was declined, brought again by hand: approved rightly, and nobody vouches for it.
  repo.commit("by-hand", { [PLAN]: whole }, { author: "dave" });
  const pull = repo.open({ head: "by-hand", actor: "dave" });
  repo.review(pull, { actor: "alice", state: "APPROVED" });
  unguarded(repo, () => repo.merge(pull, { actor: "alice", method: "squash" }));
  const second = await company.sent(() => repository.apply());
  expect(second.result, second.result.text).toMatchObject({ exit: 0, outputs: { applied: "1", already_ok: "1" } });
  expect(second.result.text.replace(/\s+/g, " ")).toContain(
    "signature: none: re-derivation only: no commit in its pull request is of Evenkeel and verified by GitHub",
  );
  expect([...first.sent, ...second.sent].sort()).toEqual(buckets.map(write).sort());
});

test("a standing approval goes through the same gate", async () => {
  const { account, buckets } = await company.buckets("orders");
  const policies = [{ use: "s3_bucket_versioning", mode: "automatic", where: { stage: "dev" } }];
  const accounts = [{ id: account, name: "dev", labels: { stage: "dev" } }];
  const repository = await company.repository(configOf([account], policies, { accounts }));
  await repository.report();
  const automatic = async () =>
    (await repository.start({ command: "apply", automatic: "true" }, { event: "schedule" })).ended;
  repository.repo.environment("remediate", { branches: null, canAdminsBypass: false });
  const held = await company.sent(automatic);
  expect(held.sent).toEqual([]);
  expect(held.result, held.result.text).toMatchObject({ exit: 3, outputs: { blocked: "1", applied: "0" } });
  expect(held.result.text).toContain("environment-branches");
  expect(() => repository.repo.file(JOURNAL, CONFIG)).toThrow();
  repository.repo.environment("remediate", { branches: ["main"], canAdminsBypass: false });
  const ran = await company.sent(automatic);
  expect(ran.sent).toEqual(buckets.map(write));
  expect(ran.result.text).toContain("approval: standing");
});
