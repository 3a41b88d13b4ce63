/** Plans signed by a key of KMS: what is merged without its signature has no effect; by the bundled Action. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { land } from "../support/github/protected.ts";
import { clientsOf } from "../support/world/clients.ts";
import { makeKey } from "../support/world/kms.ts";
import { makeBucket } from "../support/world/s3.ts";
import { CONFIG, type Company, configOf, PLAN, type Repository, startCompany } from "./company.ts";

const HUB = "999999999999";
const MISSING = `arn:aws:kms:us-east-1:${HUB}:key/00000000-0000-4000-8000-000000000000`;

let company: Company;
let key: string;
let otherKey: string;
beforeAll(async () => {
  company = await startCompany();
  const hub = await clientsOf(company.stage.moto, HUB);
  const make = async () =>
    `arn:aws:kms:us-east-1:${HUB}:key/${await makeKey(hub, { KeySpec: "ECC_NIST_P256", KeyUsage: "SIGN_VERIFY" })}`;
  key = await make();
  otherKey = await make();
  hub.destroy();
}, 120_000);
afterAll(() => company.stop());

interface Signed {
  readonly repository: Repository;
  readonly bucket: string;
  /** A checkout whose configuration names another key. */
  checkout(key: string): string;
}

async function signing(): Promise<Signed> {
  const clients = await company.stage.account();
  const bucket = await makeBucket(clients, `orders-${clients.account}`);
  const config = (named: string) => configOf([clients.account], ["s3_bucket_versioning"], { signing: { key: named } });
  const repository = await company.repository(config(key));
  return { repository, bucket, checkout: (named) => company.folder({ [CONFIG]: config(named) }) };
}

test("a signed plan is applied once it is merged; the same plan, signed anew, is no change", async () => {
  const { repository, bucket } = await signing();
  const { repo } = repository;
  const first = await company.sent(() => repository.report());
  expect(first.result.exit).toBe(0);
  expect(first.sent).toEqual(["kms:Sign"]);
  expect(repo.pull(1).body).toContain("signed by arn:aws:kms");
  const head = repo.head(repo.pull(1).head.ref);
  const again = await repository.writes(() => repository.report());
  expect(again.calls).toEqual([]);
  expect(repo.head(repo.pull(1).head.ref)).toBe(head);
  repository.merge();
  const { sent, result } = await company.sent(() => repository.apply());
  expect(result).toMatchObject({ exit: 0, outputs: { applied: "1" } });
  expect(result.text.replace(/\s+/g, "")).toContain(`signature:KMSkey(tier1):signedby${key}`);
  expect(sent).toEqual([`s3:PutBucketVersioning ${bucket}`]);
  // The way back is merged as well, and so it is signed as well.
  const undo = { command: "undo", plan: result.outputs["plan_digest"] ?? "", report: "true" };
  const back = await company.sent(async () => (await repository.start(undo)).ended);
  expect(back.sent).toEqual(["kms:Sign"]);
  repository.merge();
  expect(await repository.apply()).toMatchObject({ exit: 0, outputs: { undone: "1" } });
});

test("a reverted report is answered by the job that reports, which may sign, and not by the one that applies", async () => {
  const { repository } = await signing();
  const { repo } = repository;
  await repository.report();
  const pull = repository.merge();
  await repository.apply();
  land(repo, repo.revert(pull, "bob"), { actor: "alice", method: "squash" });
  const applied = await company.sent(() => repository.writes(() => repository.apply()));
  expect(applied.sent).toEqual([]);
  expect(applied.result.calls).toEqual([]);
  const report = await company.sent(() => repository.report());
  expect(report.result.exit, report.result.text).toBe(0);
  expect(report.sent).toEqual(["kms:Sign"]);
  expect(repo.pulls("open").map(({ body }) => body)).toEqual([expect.stringContaining("signed by arn:aws:kms")]);
  const again = await repository.writes(() => repository.report());
  expect(again.calls).toEqual([]);
  repository.merge();
  expect(await repository.apply()).toMatchObject({ exit: 0, outputs: { undone: "1" } });
});

test("an edited header is refused, though it was approved, and the next report proposes the plan anew", async () => {
  const { repository } = await signing();
  const { repo } = repository;
  await repository.report();
  repository.merge((plan) => plan.replace(/"expires":"\d{4}/, '"expires":"2999'));
  const { sent, result } = await company.sent(() => repository.apply());
  expect(sent).toEqual([]);
  expect(result).toMatchObject({ exit: 3, outputs: { applied: "0", blocked: "1" } });
  expect(result.text).toContain("the signature does not hold, the header was edited");
  expect(repo.comments(1)[0]?.body).toContain("the signature does not hold");
  expect((await repository.report()).exit).toBe(0);
  expect(repo.pulls("open")).toHaveLength(1);
  repository.merge();
  expect(await repository.apply()).toMatchObject({ exit: 0, outputs: { applied: "1" } });
});

test("a plan signed by another key is refused", async () => {
  const { repository, checkout } = await signing();
  expect((await repository.report({ cwd: checkout(otherKey) })).exit).toBe(0);
  repository.merge();
  const { sent, result } = await company.sent(() => repository.apply());
  expect(sent).toEqual([]);
  expect(result).toMatchObject({ exit: 3, outputs: { applied: "0", blocked: "1" } });
  expect(result.text).toContain("signed by another key");
  // Nor does it help to write the right key's name beside the signature.
  const { repo } = repository;
  repo.commit("main", { [PLAN]: (repo.file("main", PLAN) ?? "").replace(otherKey, key) });
  const renamed = await company.sent(() => repository.apply());
  expect(renamed.sent).toEqual([]);
  expect(renamed.result.text).toContain("the signature does not hold");
});

test("a key that cannot be used: the report says that it is unsigned, and merging it has no effect", async () => {
  const { repository, checkout } = await signing();
  const { repo } = repository;
  const report = await repository.report({ cwd: checkout(MISSING) });
  expect(report.exit).toBe(3);
  expect(report.text).toContain("could not be signed");
  expect(repo.pull(1).body).toContain("unsigned: merging has no effect");
  expect(repo.file(repo.pull(1).head.ref, PLAN)).not.toContain('"signature"');
  // With the key there again, what stands unsigned is signed.
  expect((await repository.report()).exit).toBe(0);
  expect(repo.pulls("open")).toHaveLength(1);
  expect(repo.file(repo.pull(1).head.ref, PLAN)).toContain('"signature"');
  // Without one again, what stands signed is left alone.
  const { calls } = await repository.writes(() => repository.report({ cwd: checkout(MISSING) }));
  expect(calls.filter(({ path }) => path.includes("/git/"))).toEqual([]);
  repo.commit(repo.pull(1).head.ref, { [PLAN]: withoutSignature(repo.file(repo.pull(1).head.ref, PLAN) ?? "") });
  repository.merge();
  const { sent, result } = await company.sent(() => repository.apply());
  expect(sent).toEqual([]);
  expect(result.text).toContain("not signed");
});

test("a standing approval counts a report as a first look only where the key signed it", async () => {
  const clients = await company.stage.account();
  const bucket = await makeBucket(clients, `orders-${clients.account}`);
  const policies = [{ use: "s3_bucket_versioning", mode: "automatic", where: { stage: "dev" } }];
  const accounts = [{ id: clients.account, name: "dev", labels: { stage: "dev" } }];
  const repository = await company.repository(configOf([clients.account], policies, { accounts, signing: { key } }));
  const { repo } = repository;
  const automatic = async () =>
    (await repository.start({ command: "apply", automatic: "true" }, { event: "schedule" })).ended;
  await repository.report();
  const signed = repo.file(repo.pull(1).head.ref, PLAN) ?? "";
  // Whoever may push to the report's branch could make a first look of their own.
  repo.commit(repo.pull(1).head.ref, { [PLAN]: withoutSignature(signed) }, { author: "mallory" });
  const held = await company.sent(automatic);
  expect(held.sent).toEqual([]);
  expect(held.result.text.replace(/\s+/g, " ")).toContain(
    "the open report on all does not count as a first look: not signed",
  );
  expect(held.result.text).toContain("two scans must agree");
  repo.commit(repo.pull(1).head.ref, { [PLAN]: signed }, { author: "mallory" });
  const ran = await company.sent(automatic);
  expect(ran.sent).toEqual([`s3:PutBucketVersioning ${bucket}`]);
});

function withoutSignature(plan: string): string {
  return plan.replace(/,"signature":\{[^}]*\}/, "");
}
