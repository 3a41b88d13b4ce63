/** Who may let what run: reviews, the kill switch, standing approvals; by the bundled Action. */
import { DeletePublicAccessBlockCommand, PutPublicAccessBlockCommand } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeBucket } from "../support/world/s3.ts";
import { type Company, configOf, type Repository, startCompany } from "./company.ts";

let company: Company;
beforeAll(async () => {
  company = await startCompany();
}, 120_000);
afterAll(() => company.stop());

const POLICIES = ["s3_bucket_versioning"];

async function oneBucket(more = ""): Promise<{ repository: Repository; bucket: string }> {
  const clients = await company.stage.account();
  const bucket = await makeBucket(clients, `orders-${clients.account}`);
  return { repository: await company.repository(`${configOf([clients.account], POLICIES)}${more}`), bucket };
}

test("approval followed by a request for changes is none: nothing is sent, the comment says why, and a right approval still counts", async () => {
  const { repository } = await oneBucket();
  const { repo } = repository;
  await repository.report();
  repo.review(1, { actor: "alice", state: "APPROVED" });
  repo.review(1, { actor: "alice", state: "CHANGES_REQUESTED" });
  repository.mergeUnguarded(1, "bob");
  const { sent, result } = await company.sent(() => repository.apply());
  expect(sent).toEqual([]);
  expect(result).toMatchObject({ exit: 3, outputs: { applied: "0", blocked: "1" } });
  expect(result.text).toContain("not approved (changes_requested)");
  expect(repo.comments(1)[0]?.body).toContain("not approved");
  // Nothing was journaled: the plan is not used up.
  repo.review(1, { actor: "carol", state: "APPROVED" });
  repo.review(1, { actor: "alice", state: "APPROVED" });
  const after = await company.sent(() => repository.apply());
  expect(after.sent).toHaveLength(1);
  expect(after.result).toMatchObject({ exit: 0, outputs: { applied: "1" } });
});

test("who wrote the lines cannot approve them", async () => {
  const { repository } = await oneBucket();
  const { repo } = repository;
  await repository.report();
  const pull = repo.pull(1);
  const plan = repo.file(pull.head.ref, "plans/all.jsonl") ?? "";
  repo.commit(pull.head.ref, { "plans/all.jsonl": plan }, { author: "mallory" });
  repo.commit(pull.head.ref, { "notes.txt": "mine\n" }, { author: "mallory" });
  repo.review(1, { actor: "mallory", state: "APPROVED" });
  repository.mergeUnguarded(1, "mallory");
  const { sent, result } = await company.sent(() => repository.apply());
  expect(sent).toEqual([]);
  expect(result.text).toContain("not approved (approver_is_author)");
});

test("both kill switches stop an approved plan, say the reason, and let it run once they are off", async () => {
  const { repository } = await oneBucket();
  await repository.report();
  repository.merge();
  const { sent, result } = await company.sent(() => repository.apply({ env: { EVENKEEL_STOP: "incident 4711" } }));
  expect(sent).toEqual([]);
  expect(result).toMatchObject({ exit: 3, outputs: { applied: "0", not_started: "1" } });
  expect(result.text).toContain("incident 4711");
  // The other switch also holds for a run that is under way: it is looked for before every wave.
  repository.repo.setBranch("evenkeel/stop", "main");
  const braked = await company.sent(() => repository.apply());
  expect(braked.sent).toEqual([]);
  expect(braked.result).toMatchObject({ exit: 3, outputs: { applied: "0", not_started: "1" } });
  expect(braked.result.text).toContain("the branch evenkeel/stop is there");
  repository.repo.deleteBranch("evenkeel/stop");
  const after = await company.sent(() => repository.apply());
  expect(after.sent).toHaveLength(1);
  expect(after.result).toMatchObject({ exit: 0, outputs: { applied: "1" } });
});

test("a freeze holds whatever is approved", async () => {
  const today = new Date().toISOString().slice(0, 10);
  const freeze = `changes: { freezes: [{ from: "${today}", to: "${today}", because: stocktaking }] }\n`;
  const { repository } = await oneBucket(freeze);
  await repository.report();
  repository.merge();
  const { sent, result } = await company.sent(() => repository.apply());
  expect(sent).toEqual([]);
  expect(result.text).toContain("stocktaking");
});

test("a standing approval runs what the report before and this scan agree on, once, and leaves the rest to the report", async () => {
  const clients = await company.stage.account();
  const bucket = await makeBucket(clients, `orders-${clients.account}`);
  const policies = [{ use: "s3_bucket_versioning", mode: "automatic", where: { stage: "dev" } }, "s3_bucket_tls_only"];
  const accounts = [{ id: clients.account, name: "dev", labels: { stage: "dev" } }];
  const repository = await company.repository(configOf([clients.account], policies, { accounts }));
  const automatic = async () => {
    return (await repository.start({ command: "apply", automatic: "true" }, { event: "schedule" })).ended;
  };
  const early = await company.sent(automatic);
  expect(early.sent).toEqual([]);
  expect(early.result.text).toContain("two scans must agree");
  await repository.report();
  const { sent, result } = await company.sent(automatic);
  expect(sent).toEqual([`s3:PutBucketVersioning ${bucket}`]);
  expect(result).toMatchObject({ exit: 0, outputs: { applied: "1" } });
  const after = await company.sent(automatic);
  expect(after.sent).toEqual([]);
  expect(after.result.text).toContain("Nothing to do by standing approval");
});

test("what changed after its approval and is back as it was is proposed again: the approval was spent on finding it changed", async () => {
  const clients = await company.stage.account();
  const bucket = await makeBucket(clients, `back-${clients.account}`);
  const repository = await company.repository(configOf([clients.account], ["s3_bucket_public_access_block"]));
  await repository.report();
  repository.merge();
  const half = {
    BlockPublicAcls: true,
    IgnorePublicAcls: false,
    BlockPublicPolicy: false,
    RestrictPublicBuckets: false,
  };
  await clients.s3.send(new PutPublicAccessBlockCommand({ Bucket: bucket, PublicAccessBlockConfiguration: half }));
  expect(await repository.apply()).toMatchObject({ exit: 3, outputs: { stale: "1" } });
  await clients.s3.send(new DeletePublicAccessBlockCommand({ Bucket: bucket }));
  expect((await repository.report()).outputs).toMatchObject({ failing: "1", planned: "1", pull_request: "2" });
  repository.merge();
  expect(await repository.apply()).toMatchObject({ exit: 0, outputs: { applied: "1" } });
});

test("a plan whose expiry was put off is blocked, is told, and does not keep another plan from being applied", async () => {
  const { repository, bucket } = await oneBucket();
  const { repo } = repository;
  await repository.report();
  const plan = repo.file(repo.pull(1).head.ref, "plans/all.jsonl") ?? "";
  const put = plan.replace(/"expires":"\d{4}/, '"expires":"2999');
  repo.commit(repo.pull(1).head.ref, { "plans/a.jsonl": put }, { author: "bob" });
  repository.merge();
  const { sent, result } = await company.sent(() => repository.apply());
  expect(sent).toEqual([`s3:PutBucketVersioning ${bucket}`]);
  expect(result, result.text).toMatchObject({ exit: 3, outputs: { applied: "1", blocked: "1" } });
  expect(result.text).toMatch(/expiry \(2999-[^)]*\) is later than\s+`plan_ttl: 7d` allows/);
});
