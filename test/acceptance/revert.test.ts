/** A report is reverted on GitHub: the apply job answers with a plan that takes back what was applied, by the bundled Action. */
import { DeletePublicAccessBlockCommand, PutBucketVersioningCommand } from "@aws-sdk/client-s3";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { land } from "../support/github/protected.ts";
import { makeBucket } from "../support/world/s3.ts";
import { type Company, configOf, JOURNAL, PLAN, type Repository, startCompany } from "./company.ts";

let company: Company;
beforeAll(async () => {
  company = await startCompany();
}, 180_000);
afterEach(() => company.stage.proxy.rules.clear());
afterAll(() => company.stop());

const POLICIES = ["s3_bucket_versioning", "s3_bucket_public_access_block"];

const SUSPENDED = { Status: "Suspended" as const };

/** One bucket, both policies, applied: two changes. */
async function applied(name: string) {
  const clients = await company.stage.account();
  const bucket = await makeBucket(clients, `${name}-${clients.account}`);
  const repository = await company.repository(configOf([clients.account], POLICIES));
  const { outputs } = await repository.report();
  const pull = repository.merge();
  expect(await repository.apply()).toMatchObject({ exit: 0, outputs: { applied: "2" } });
  return { repository, pull, clients, bucket, digest: outputs["plan_digest"] ?? "" };
}

function reverted({ repo }: Repository, pull: number, method: "merge" | "squash" | "rebase" = "squash"): number {
  const revert = repo.revert(pull, "bob");
  land(repo, revert, { actor: "alice", method });
  return revert;
}

test.each(["squash", "merge", "rebase"] as const)(
  "reverted by %s: an undo pull request and a comment, once; merged, it takes everything back, and the next report waits seven days",
  async (method) => {
    const { repository, pull, bucket, digest } = await applied("orders");
    const { repo, github } = repository;
    const revert = reverted(repository, pull, method);
    expect(repo.file("main", PLAN)).toBeUndefined();
    const from = github.log.length;
    const answered = await company.sent(() => repository.apply());
    // The whole run, with the answer in it.
    expect(github.log.length - from).toBeLessThanOrEqual(40);
    expect(answered.sent).toEqual([]);
    expect(answered.result, answered.result.text).toMatchObject({ exit: 0, outputs: { applied: "0" } });
    const [undo, ...others] = repo.pulls("open");
    expect(others).toEqual([]);
    expect(undo?.head.ref).toBe(`evenkeel/report/undo-${digest.slice(0, 12)}`);
    expect(undo?.title).toContain("Undo 2 changes");
    expect(repo.comments(revert).map(({ body }) => body)).toEqual([
      expect.stringContaining(
        `## Nothing was changed in AWS by this revert: 2 changes of plan \`${digest.slice(0, 12)}\` are`,
      ),
    ]);
    expect(repo.comments(revert)[0]?.body).toContain(`**#${undo?.number} takes back 2 of them`);

    const again = await repository.writes(() => repository.apply());
    expect(again.calls).toEqual([]);
    expect(again.result.exit).toBe(0);

    repository.merge();
    const back = await company.sent(() => repository.apply());
    expect(back.result).toMatchObject({ exit: 0, outputs: { undone: "2" } });
    expect(back.sent).toEqual([`s3:DeletePublicAccessBlock ${bucket}`, `s3:PutBucketVersioning ${bucket}`]);

    const report = await repository.writes(() => repository.report());
    expect(report.calls.filter(({ operation }) => operation === "pulls/create")).toEqual([]);
    expect(report.result.outputs).toMatchObject({ failing: "2", planned: "0", held: "2" });
    expect(report.result.summary.replaceAll("\u200b", "")).toMatch(
      /taken back on \d{4}-\d\d-\d\d by undo plan [0-9a-f]{12} \(approved by commit/,
    );
    expect(report.result.summary).toContain("proposed again from");
    const after = await repository.writes(() => repository.apply());
    expect(after.calls).toEqual([]);
  },
  60_000,
);

test("a revert whose commit says nothing of it is known by its pull request's branch", async () => {
  const { repository, pull } = await applied("renamed");
  const { repo } = repository;
  const revert = repo.revert(pull, "bob");
  land(repo, revert, { actor: "alice", method: "squash", title: "Roll it back", message: "sorry" });
  await repository.apply();
  expect(repo.pulls("open")).toHaveLength(1);
  expect(repo.comments(revert)).toHaveLength(1);
});

test("an undo pull request that somebody closed stays closed", async () => {
  const { repository, pull } = await applied("closed");
  const { repo } = repository;
  reverted(repository, pull);
  await repository.apply();
  repo.close(repo.pulls("open")[0]?.number ?? 0, "alice");
  const after = await repository.writes(() => repository.apply());
  expect(after.calls).toEqual([]);
  expect(repo.pulls("open")).toEqual([]);
});

test("the plan file deleted without a revert does nothing, and a revert that says so and takes no line out does nothing either", async () => {
  const { repository } = await applied("deleted");
  const { repo } = repository;
  const plan = repo.file("main", PLAN) ?? "";
  repo.commit(
    "main",
    { "notes.txt": "x\n", "plans/notes.md": "x\n" },
    { author: "bob", message: 'Revert "all of it"' },
  );
  expect((await repository.writes(() => repository.apply())).calls).toEqual([]);
  repo.commit("main", { [PLAN]: null }, { author: "bob", message: "Tidy up" });
  const { result, sent } = await company.sent(() => repository.writes(() => repository.apply()));
  expect(sent).toEqual([]);
  expect(result.calls).toEqual([]);
  expect(result.result.exit).toBe(0);
  expect(repo.pulls("open")).toEqual([]);
  expect(plan).not.toBe("");
});

test("an older plan that a revert restores is not applied again, though its changes were undone by hand since", async () => {
  const clients = await company.stage.account();
  const first = await makeBucket(clients, `first-${clients.account}`);
  const repository = await company.repository(configOf([clients.account], ["s3_bucket_versioning"]));
  const { repo } = repository;
  await repository.report();
  repository.merge();
  await repository.apply();
  const older = repo.file("main", PLAN);
  const second = await makeBucket(clients, `second-${clients.account}`);
  await repository.report();
  const pull = repository.merge();
  await repository.apply();
  expect(repo.file("main", PLAN)).not.toBe(older);
  await clients.s3.send(new PutBucketVersioningCommand({ Bucket: first, VersioningConfiguration: SUSPENDED }));
  const revert = reverted(repository, pull);
  expect(repo.file("main", PLAN)).toBe(older);
  const { result, sent } = await company.sent(() => repository.apply());
  expect(sent).toEqual([]);
  expect(result.exit).toBe(0);
  expect(repo.comments(revert)).toHaveLength(1);
  const [undo] = repo.pulls("open");
  const lines = (repo.file(undo?.head.ref ?? "", `plans/${undo?.head.ref.split("/").at(-1)}.jsonl`) ?? "").split("\n");
  expect(lines.filter((line) => line.includes('"undoes"'))).toHaveLength(1);
  expect(lines.join("")).toContain(second);
  expect(lines.join("")).not.toContain(first);
});

test("a merged plan that is edited where it stands is approved no second time: what was taken back by hand since is not applied again", async () => {
  const { repository, clients, bucket } = await applied("edited");
  const { repo } = repository;
  await clients.s3.send(new DeletePublicAccessBlockCommand({ Bucket: bucket }));
  // A line of the other change is taken out of the plan on the default branch, by a pull request of its own.
  const lines = (repo.file("main", PLAN) ?? "").split("\n").filter((line) => !line.includes("PutBucketVersioning"));
  expect(lines.join("")).toContain("PutPublicAccessBlock");
  repo.commit("less", { [PLAN]: lines.join("\n") }, { author: "bob" });
  land(repo, repo.open({ head: "less", title: "Not this one", actor: "bob" }), { actor: "alice", method: "squash" });
  const { result, sent } = await company.sent(() => repository.apply());
  expect(sent).toEqual([]);
  expect(result.exit, result.text).toBe(0);
});

test("reverted, restored and reverted once more: answered, though nothing was applied in between", async () => {
  const { repository, pull } = await applied("thrice");
  const restored = reverted(repository, reverted(repository, pull));
  const last = reverted(repository, restored);
  expect(repository.repo.file("main", PLAN)).toBeUndefined();
  expect((await repository.apply()).exit).toBe(0);
  expect(repository.repo.pulls("open")).toHaveLength(1);
  expect(repository.repo.comments(last)).toHaveLength(1);
});

test("reverted, and the revert reverted: nothing to answer", async () => {
  const { repository, pull } = await applied("twice");
  const revert = reverted(repository, pull);
  reverted(repository, revert);
  expect(repository.repo.file("main", PLAN)).toContain("PutBucketVersioning");
  const { result, sent } = await company.sent(() => repository.writes(() => repository.apply()));
  expect(sent).toEqual([]);
  expect(result.calls).toEqual([]);
  expect(result.result.exit).toBe(0);
});

test.each(["git/create-ref", "pulls/create", "issues/create-comment"])(
  "killed while GitHub was at %s: the next run finishes, and nothing stands twice",
  async (route) => {
    const { repository, pull } = await applied("killed");
    const { repo, github } = repository;
    const revert = reverted(repository, pull);
    const before = github.calls(route).length;
    const slow = github.fault({ route }, { delayMs: 400 });
    const { child, ended } = await repository.start({ command: "apply" }, { event: "push" });
    await expect.poll(() => slow.hits, { timeout: 20_000, interval: 10 }).toBe(1);
    child.kill("SIGKILL");
    await ended;
    await expect.poll(() => github.calls(route).length, { timeout: 2_000 }).toBeGreaterThan(before);
    slow.remove();
    expect((await repository.apply()).exit).toBe(0);
    expect(repo.pulls("open")).toHaveLength(1);
    expect(repo.comments(revert)).toHaveLength(1);
    expect((await repository.writes(() => repository.apply())).calls).toEqual([]);
  },
);

test("GitHub refuses the undo pull request: said, exit code 3, and the next run opens it", async () => {
  const { repository, pull } = await applied("refused");
  const { repo, github } = repository;
  const revert = reverted(repository, pull);
  const message = "GitHub Actions is not permitted to create or approve pull requests.";
  const denied = github.fault({ route: "pulls/create" }, { status: 403, body: { message } });
  const { exit, text } = await repository.apply();
  expect(text).toContain("A revert could not be answered; the next run tries again");
  expect(exit).toBe(3);
  denied.remove();
  expect((await repository.apply()).exit).toBe(0);
  expect(repo.pulls("open")).toHaveLength(1);
  expect(repo.comments(revert)).toHaveLength(1);
});

test("what fails again while its undo plan is open is not proposed", async () => {
  const { repository, pull, clients, bucket } = await applied("pending");
  const { repo } = repository;
  reverted(repository, pull);
  await repository.apply();
  await clients.s3.send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration: SUSPENDED }));
  const open = await repository.report();
  expect(open.outputs).toMatchObject({ failing: "1", planned: "0", held: "1" });
  expect(open.summary).toMatch(/undo plan .*takes it back; not proposed until that is settled/);
  repo.close(repo.pulls("open")[0]?.number ?? 0, "alice");
  expect((await repository.report()).outputs).toMatchObject({ planned: "1", held: "0" });
  expect([...repo.files(JOURNAL).keys()].length).toBeGreaterThan(1);
});
