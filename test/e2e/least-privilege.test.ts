import { CreateUserCommand, IAMClient, UpdateAccessKeyCommand } from "@aws-sdk/client-iam";
import {
  DeleteBucketCommand,
  DeletePublicAccessBlockCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { demandsOfEffective } from "../../src/catalogue/demand.ts";
import { type RolePolicy, readPolicy, remediatePolicy } from "../../src/catalogue/iam.ts";
import { trustPolicy } from "../../src/catalogue/iam-trust.ts";
import { assumeRole, clientConfig, createRole, rootCredentials } from "../support/accounts.ts";
import { type Engine, engine, hastyClock } from "../support/engine.ts";
import { startMinistack } from "../support/ministack.ts";
import type { Emulator } from "../support/ports.ts";
import { type Clients, clientsOf } from "../support/world/clients.ts";
import { keyStatus, makeAccessKey } from "../support/world/iam.ts";
import { makeKey } from "../support/world/kms.ts";
import { makeLogGroup } from "../support/world/logs.ts";
import { makeBucket, unrelatedPolicy } from "../support/world/s3.ts";

/** The roles as `evenkeel roles` writes them, where IAM is enforced: MiniStack, for the services it has. */
const [A, CALLER, STRANGER] = ["111111111111", "999999999999", "888888888888"] as const;
const EXTERNAL = { read: "read-me", remediate: "change-me" } as const;
/** Not among them is s3_bucket_tls_only: its statement shuts us out too, since emulators are spoken to in plain HTTP. It has a test of its own. */
const POLICIES = [
  // Without the account's own block, which MiniStack does not have.
  { use: "s3_bucket_public_access_block", params: { account_block_counts: false } },
  { use: "s3_bucket_versioning" },
  { use: "iam_password_policy" },
  { use: "iam_access_key_unused" },
  { use: "kms_key_rotation" },
  { use: "logs_group_retention" },
];
let ministack: Emulator;
let owner: Clients;
let accessKey: string;
const open: Engine[] = [];

beforeAll(async () => {
  ministack = await startMinistack({ auth: true });
});
/** An empty MiniStack with one violation of each policy. */
async function seed(): Promise<void> {
  await ministack.reset();
  const bucket = await makeBucket(owner, "orders", { policy: unrelatedPolicy(A, "orders") });
  // As at AWS, a new bucket comes with one.
  await owner.s3.send(new DeletePublicAccessBlockCommand({ Bucket: bucket }));
  await makeKey(owner, { Description: "orders" });
  await makeLogGroup(owner, "/aws/lambda/orders", 30);
  accessKey = await makeAccessKey(owner, "ci");
}

beforeEach(async () => {
  owner = await clientsOf(ministack, A);
  await seed();
});
afterEach(() => {
  owner.destroy();
  for (const one of open.splice(0)) one.close();
});
afterAll(() => ministack.stop());

interface Over {
  readonly caller?: string;
  readonly external?: Partial<Record<"read" | "remediate", string>>;
  readonly policies?: readonly object[];
}

async function start(over: Over = {}): Promise<Engine> {
  const external = { ...EXTERNAL, ...over.external };
  const made = engine({
    url: ministack.url,
    credentials: await rootCredentials(ministack, over.caller ?? CALLER),
    config: {
      accounts: [{ id: A, name: "payments" }],
      regions: ["us-east-1"],
      roles: {
        read: { name: "evenkeel-read", external_id: external.read },
        remediate: { name: "evenkeel-remediate", external_id: external.remediate },
      },
      policies: over.policies ?? POLICIES,
      guards: { percent: 100 },
    },
    clock: hastyClock(100),
  });
  open.push(made);
  return made;
}

const actionsOf = ({ documents }: RolePolicy): string[] =>
  documents.flatMap(({ Statement }) => Statement.flatMap(({ Action }) => Action));

/** Both roles as generated, each without one action where that is told. */
async function makeRoles(run: Engine, without = ""): Promise<{ read: RolePolicy; remediate: RolePolicy }> {
  const { policies, catalogue, models } = run.workspace;
  const demands = demandsOfEffective(policies);
  const read = readPolicy(demands, catalogue.types, models, { regions: ["us-east-1"] });
  const remediate = remediatePolicy(demands, models, { partition: "aws" });
  for (const [kind, { documents }] of [
    ["read", read],
    ["remediate", remediate],
  ] as const) {
    const Statement = documents
      .flatMap((document) =>
        document.Statement.map((statement) => ({
          ...statement,
          Action: statement.Action.filter((action) => action !== without),
        })),
      )
      .filter(({ Action }) => Action.length > 0);
    const trust = trustPolicy({ principal: CALLER, externalId: EXTERNAL[kind], partition: "aws" });
    await createRole(ministack, A, { name: `evenkeel-${kind}`, trust, policy: { Version: "2012-10-17", Statement } });
  }
  return { read, remediate };
}

test("with the generated roles everything is read, planned, applied and taken back, and nothing is missing", async () => {
  const run = await start();
  await makeRoles(run);
  const { plan, result } = await run.plan();
  expect(result.coverage.gaps).toEqual([]);
  expect(plan.header.held).toEqual([]);
  expect(plan.items.map(({ policy }) => policy).sort()).toEqual(POLICIES.map(({ use }) => use).sort());
  const applied = await run.apply(plan);
  expect(applied.outcomes.filter(({ outcome }) => outcome !== "applied")).toEqual([]);
  expect(await keyStatus(owner, "ci", accessKey)).toBe("Inactive");
  expect((await run.scan()).coverage.findings.fail).toBe(0);
  const undone = await run.apply(await run.undo());
  expect(undone.outcomes.filter(({ outcome }) => outcome !== "undone")).toEqual([]);
  expect((await run.scan()).coverage.findings.fail).toBe(POLICIES.length);
});

test("the role that reads cannot write, and the role that remediates can do its own writes only", async () => {
  const run = await start();
  const { read, remediate } = await makeRoles(run);
  expect(actionsOf(read).filter((action) => actionsOf(remediate).includes(action))).toEqual([]);
  const caller = await rootCredentials(ministack, CALLER);
  const as = async (kind: "read" | "remediate") =>
    clientConfig(
      ministack.url,
      await assumeRole(ministack, caller, {
        roleArn: `arn:aws:iam::${A}:role/evenkeel-${kind}`,
        externalId: EXTERNAL[kind],
      }),
    );
  const version = new PutBucketVersioningCommand({ Bucket: "orders", VersioningConfiguration: { Status: "Enabled" } });
  const deactivate = new UpdateAccessKeyCommand({ UserName: "ci", AccessKeyId: accessKey, Status: "Inactive" });
  for (const kind of ["read", "remediate"] as const) {
    const config = await as(kind);
    const [s3, iam] = [new S3Client(config), new IAMClient(config)];
    await expect(s3.send(new DeleteBucketCommand({ Bucket: "orders" }))).rejects.toMatchObject({
      name: "AccessDenied",
    });
    await expect(s3.send(new PutObjectCommand({ Bucket: "orders", Key: "k", Body: "b" }))).rejects.toMatchObject({
      name: "AccessDenied",
    });
    await expect(iam.send(new CreateUserCommand({ UserName: "eve" }))).rejects.toMatchObject({ name: /AccessDenied/ });
    if (kind === "read") {
      await expect(s3.send(version)).rejects.toMatchObject({ name: "AccessDenied" });
      await expect(iam.send(deactivate)).rejects.toMatchObject({ name: expect.stringContaining("AccessDenied") });
    }
  }
});

test("each right of the reading role is needed: without it something is a gap, and the gap's remedy is that very right", async () => {
  const run = await start();
  const { read } = await makeRoles(run);
  const missing: string[] = [];
  for (const action of actionsOf(read)) {
    // Which calls a policy's parameters turn off is not looked into: here `account_block_counts`.
    if (action === "s3:GetAccountPublicAccessBlock") continue;
    await seed();
    await makeRoles(run, action);
    const { plan, result } = await run.plan();
    const said = [
      ...result.coverage.gaps.map(({ remedy }) => remedy ?? ""),
      ...plan.header.held.map(({ reason }) => reason),
    ];
    if (!said.some((words) => words.includes(action)) || result.coverage.complete)
      missing.push(`${action}: ${said.join("; ") || "nothing"}`);
  }
  expect(missing).toEqual([]);
});

test("each right of the remediating role is needed: without it one item is denied, and its next step names that very right", async () => {
  const { remediate } = await makeRoles(await start());
  const missing: string[] = [];
  for (const action of actionsOf(remediate)) {
    await seed();
    const run = await start();
    await makeRoles(run, action);
    const applied = await run.apply((await run.plan()).plan);
    const undone = await run.apply(await run.undo());
    const denied = [...applied.outcomes, ...undone.outcomes].filter(({ outcome }) => outcome === "denied");
    if (denied.length !== 1 || denied[0]?.next.includes(action) !== true)
      missing.push(`${action}: ${JSON.stringify(denied)}`);
  }
  expect(missing).toEqual([]);
});

test("the TLS statement does its work: once it is there, MiniStack refuses our own plain HTTP", async () => {
  const policies = [{ use: "s3_bucket_tls_only" }];
  const run = await start({ policies });
  await makeRoles(run);
  const { plan } = await run.plan();
  expect(plan.items).toHaveLength(1);
  const { outcomes } = await run.apply(plan);
  // Read again through plain HTTP it cannot be.
  expect(outcomes).toMatchObject([{ outcome: "verify_failed", reason: expect.stringContaining("could not be read") }]);
  const { coverage } = await run.scan();
  expect(coverage.gaps).toMatchObject([{ operation: "s3:GetBucketPolicy", code: "AccessDenied" }]);
});

test("trust is enforced: a wrong ExternalId and a strange caller are denied, told as a gap, and nothing is read", async () => {
  await makeRoles(await start());
  for (const run of [await start({ external: { read: "guessed" } }), await start({ caller: STRANGER })]) {
    const { findings, coverage } = await run.scan();
    expect(findings).toEqual([]);
    expect(coverage).toMatchObject({ complete: false, accounts: { scanned: 0, total: 1 } });
    expect(coverage.gaps).toMatchObject([{ account: A, operation: "sts:AssumeRole", code: "AccessDenied" }]);
    expect(coverage.gaps[0]?.remedy).toContain("ExternalId");
  }
  const run = await start();
  const { plan } = await run.plan();
  const { outcomes } = await (await start({ external: { remediate: "guessed" } })).apply(plan);
  expect(new Set(outcomes.map(({ outcome }) => outcome))).toEqual(new Set(["denied"]));
  expect((await run.scan()).coverage.findings.fail).toBe(POLICIES.length);
});
