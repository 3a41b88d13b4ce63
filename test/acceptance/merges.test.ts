/** However an approved plan gets onto the default branch, and whatever else happens there: it is applied once; by the bundled Action. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { REQUIRED } from "../support/github/protected.ts";
import type { ActionEnded } from "../support/runner.ts";
import { CONFIG, type Company, configOf, PLAN, type Repository, startCompany } from "./company.ts";

let company: Company;
beforeAll(async () => {
  company = await startCompany();
}, 120_000);
afterAll(() => company.stop());

const POLICIES = ["s3_bucket_versioning"];
/** As the runner starts a catch-up. */
const SCHEDULE = { event: "schedule" };

interface Scene {
  readonly repository: Repository;
  readonly repo: Repository["repo"];
}

/** A case does to the repository what it is named for, from the opened report on, and gives what the apply jobs came to. */
interface Case {
  readonly name: string;
  run(scene: Scene): Promise<readonly ActionEnded[]>;
  /** Items applied, over all runs; 1 unless told. */
  readonly applied?: number;
}

type Repo = Repository["repo"];
const approve = (repo: Repo, number = 1) => repo.review(number, { actor: "alice", state: "APPROVED" });
/** The button that somebody else than the approver presses. */
const merge = (repo: Repo, number = 1, more: Parameters<Repo["merge"]>[1] = {}) => {
  repo.pass(repo.pull(number).head.ref, REQUIRED);
  return repo.merge(number, { method: "squash", actor: "bob", ...more });
};
const other = { "docs/notes.md": "something else\n" };

const CASES: readonly Case[] = [
  ...(["merge", "squash", "rebase"] as const).map(
    (method): Case => ({
      name: `merged by ${method}, after other files changed on the base`,
      async run(scene) {
        scene.repo.commit("main", other, { author: "carol" });
        approve(scene.repo);
        merge(scene.repo, 1, { method });
        return [await scene.repository.apply()];
      },
    }),
  ),
  {
    name: "the base got a plan file of its own: no merge until the next report, and what was pushed by hand is never applied",
    async run(scene) {
      const { repo, repository } = scene;
      const pushed = (repo.file(repo.pull(1).head.ref, PLAN) ?? "").split("\n")[0] ?? "";
      repo.commit("main", { [PLAN]: `${pushed}\n` }, { author: "mallory" });
      approve(scene.repo);
      expect(() => merge(repo)).toThrow("not mergeable");
      const early = await repository.apply(SCHEDULE);
      await repository.report();
      approve(scene.repo);
      merge(repo);
      return [early, await repository.apply()];
    },
  },
  {
    name: "merged with [skip ci]: no run starts, and the next catch-up applies",
    async run(scene) {
      approve(scene.repo);
      merge(scene.repo, 1, { title: "Fix [skip ci]", message: "[skip ci]" });
      return [await scene.repository.apply(SCHEDULE)];
    },
  },
  {
    name: "the event is lost, and more is merged: the run for what came later applies it",
    async run(scene) {
      approve(scene.repo);
      merge(scene.repo);
      scene.repo.commit("later", other, { author: "carol" });
      const next = scene.repo.open({ head: "later", actor: "carol" });
      approve(scene.repo, next);
      merge(scene.repo, next);
      return [await scene.repository.apply()];
    },
  },
  {
    name: "a second run was queued for the same commit, and a third for a later one",
    async run(scene) {
      approve(scene.repo);
      merge(scene.repo);
      const sha = scene.repo.head("main");
      const first = await scene.repository.apply({ sha });
      scene.repo.commit("main", other, { author: "carol" });
      return [first, await scene.repository.apply({ sha }), await scene.repository.apply()];
    },
  },
  {
    name: "the branch of the merged report is gone",
    async run(scene) {
      approve(scene.repo);
      const { ref } = scene.repo.pull(1).head;
      merge(scene.repo);
      scene.repo.deleteBranch(ref, "bob");
      return [await scene.repository.apply()];
    },
  },
  {
    name: "taken back by a revert before it was applied",
    applied: 0,
    async run(scene) {
      approve(scene.repo);
      merge(scene.repo);
      const sha = scene.repo.head("main");
      scene.repo.commit("main", { [PLAN]: null }, { author: "carol", message: 'Revert "Fix 1 finding" (#1)' });
      return [await scene.repository.apply({ sha }), await scene.repository.apply()];
    },
  },
  {
    name: "merged into another branch than the default one",
    applied: 0,
    async run(scene) {
      const { repo, repository } = scene;
      repo.setBranch("release", "main", "bob");
      const { ref } = repo.pull(1).head;
      repo.close(1, "bob");
      const number = repo.open({ head: ref, base: "release", actor: "bob" });
      approve(repo, number);
      merge(repo, number);
      expect(repo.file("release", PLAN)).toContain("PutBucketVersioning");
      const there = await repository.apply({ ref: "refs/heads/release", sha: repo.head("release") });
      expect(there.exit).toBe(2);
      return [await repository.apply(SCHEDULE)];
    },
  },
];

test.each(CASES.map((one): [string, Case] => [one.name, one]))(
  "%s",
  async (_, { run, applied = 1 }) => {
    const { account, buckets } = await company.buckets("orders");
    const repository = await company.repository(configOf([account], POLICIES));
    const { repo } = repository;
    expect(await repository.report()).toMatchObject({ exit: 0, outputs: { planned: "1", pull_request: "1" } });
    const { result: runs, sent } = await company.sent(() => run({ repository, repo }));
    expect(sent).toEqual(applied === 0 ? [] : buckets.map((bucket) => `s3:PutBucketVersioning ${bucket}`));
    const counted = runs.map(({ outputs }) => Number(outputs["applied"]));
    expect(counted.reduce((sum, one) => sum + one, 0)).toBe(applied);
    for (const { exit, stderr } of runs) expect(exit, stderr).toBe(0);
    // One comment, and a run after all of that has nothing left to do.
    expect(repo.comments(1)).toHaveLength(applied);
    const after = await company.sent(() => repository.writes(() => repository.apply(SCHEDULE)));
    expect(after.sent).toEqual([]);
    expect(after.result.calls).toEqual([]);
    expect(after.result.result.text).toContain("Nothing to apply");
  },
  60_000,
);

/** Two teams with an account each, and a report for each. */
async function twoGroups() {
  const [a, b] = [await company.buckets("orders"), await company.buckets("orders")];
  const accounts = [a, b].map(({ account }, index) => ({
    id: account,
    name: `team-${index + 1}`,
    labels: { team: index === 0 ? "red" : "blue" },
  }));
  const repository = await company.repository(
    configOf([a.account, b.account], POLICIES, { accounts, report: { group_by: "team" } }),
  );
  const { outputs } = await repository.report();
  expect(outputs["pull_request"]?.split(" ")).toHaveLength(2);
  const { repo } = repository;
  for (const { number } of repo.pulls("open")) approve(repo, number);
  const sent = [...a.buckets, ...b.buckets].map((bucket) => `s3:PutBucketVersioning ${bucket}`).sort();
  return { repository, repo, sent };
}

test("two groups merged at once: one run applies both, each told on its own pull request", async () => {
  const { repository, repo, sent } = await twoGroups();
  for (const { number } of repo.pulls("open")) merge(repo, number);
  const both = await company.sent(() => repository.apply());
  expect(both.result).toMatchObject({ exit: 0, outputs: { applied: "2" } });
  expect(both.sent).toEqual(sent);
  for (const { number } of repo.pulls("all")) expect(repo.comments(number)).toHaveLength(1);
});

test("two groups merged at once, each with a run of its own, the later commit's first: nothing twice, nothing lost", async () => {
  const { repository, repo, sent } = await twoGroups();
  const shas = repo.pulls("open").map(({ number }) => {
    merge(repo, number, { method: "rebase" });
    return repo.head("main");
  });
  const runs = await company.sent(async () => {
    const ended: ActionEnded[] = [];
    for (const sha of shas.reverse()) ended.push(await repository.apply({ sha }));
    return ended;
  });
  expect(runs.sent).toEqual(sent);
  expect(runs.result.map(({ exit, outputs }) => [exit, outputs["applied"]])).toEqual([
    [0, "2"],
    [0, "0"],
  ]);
  for (const { number } of repo.pulls("all")) expect(repo.comments(number)).toHaveLength(1);
});

test("the policy that the plan rests on changed on the base before the merge: only what the branch's policies still ask for", async () => {
  const { account } = await company.buckets("orders");
  const repository = await company.repository(configOf([account], POLICIES));
  const { repo } = repository;
  await repository.report();
  repo.commit("main", { [CONFIG]: configOf([account], ["s3_bucket_tls_only"]) }, { author: "carol" });
  approve(repo);
  merge(repo);
  const cwd = company.folder({ [CONFIG]: repo.file("main", CONFIG) ?? "" });
  const { result, sent } = await company.sent(() => repository.apply({ cwd }));
  expect(sent).toEqual([]);
  expect(result.outputs).toMatchObject({ applied: "0", policy_gone: "1" });
  expect(repo.comments(1)[0]?.body).toContain("policy_gone");
});

test("a report by the job's own token has the required check on each of its commits, so that it can be merged", async () => {
  const { account } = await company.buckets("orders", "events");
  const repository = await company.repository(configOf([account], POLICIES));
  const { repo } = repository;
  const opened = await repository.report();
  expect(opened, opened.text).toMatchObject({ exit: 0, outputs: { planned: "2" } });
  const { ref } = repo.pull(1).head;
  expect(repo.checks(ref)).toMatchObject([{ name: REQUIRED, conclusion: "success" }]);
  const [, id = ""] = /^\{.*"id":"([0-9a-f]{32})"/m.exec((repo.file(ref, PLAN) ?? "").split("\n")[1] ?? "") ?? [];
  const body = `/reject ${id} not this one`;
  const { id: number, created_at } = repo.comment(1, { body, actor: "carol" });
  const payload = {
    action: "created",
    issue: { number: 1, pull_request: {} },
    comment: { id: number, body, created_at, user: { login: "carol", type: "User" } },
  };
  const rejected = await (await repository.start({ command: "comment" }, { event: "issue_comment", payload })).ended;
  expect(rejected.exit, rejected.text).toBe(0);
  expect(repo.file(ref, PLAN)).not.toContain(`"id":"${id}"`);
  approve(repo);
  // Nobody but Evenkeel has set a check.
  repo.merge(1, { method: "squash", actor: "bob" });
  expect(await repository.apply()).toMatchObject({ exit: 0, outputs: { applied: "1" } });
});
