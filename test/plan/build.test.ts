import { expect, test } from "vitest";
import { buildPlan } from "../../src/plan/build.ts";
import { readPlan, writePlan } from "../../src/plan/file.ts";
import type { PlanItem } from "../../src/types/plan.ts";
import { type Bucket, FakeAws, refused } from "../support/catalogue-aws.ts";
import { edit, POLICY, REMEDIATION, TEXTS, TYPE } from "../support/catalogue-texts.ts";
import { ONE, planInput, planned, scanned, uses, WIDE, withPolicies } from "../support/catalogue-world.ts";

const OPEN = { BlockPublicAcls: false, BlockPublicPolicy: false };
const CLOSED = { BlockPublicAcls: true, BlockPublicPolicy: true };
const BUCKETS: readonly Bucket[] = [{ Name: "a", Block: OPEN }, { Name: "b", Block: CLOSED }, { Name: "c" }];

function only(items: readonly PlanItem[]): PlanItem {
  const [item] = items;
  if (item === undefined || items.length !== 1) throw new Error(`${items.length} items`);
  return item;
}

async function one(bucket: Partial<Bucket>, texts = TEXTS, entries = ONE): Promise<PlanItem> {
  return only((await planned({ aws: new FakeAws([{ Name: "a", Block: OPEN, ...bucket }]), texts, entries })).items);
}

async function heldReason(bucket: Partial<Bucket>, texts = TEXTS, entries = ONE) {
  const { items, header } = await planned({ aws: new FakeAws([{ Name: "a", ...bucket }]), texts, entries });
  expect(items).toEqual([]);
  return header.held.map(({ outcome, reason }) => [outcome, reason]);
}

test("an item says exactly what would be called, what changes and how it is taken back", async () => {
  const { items, header } = await planned({ aws: new FakeAws(BUCKETS) });
  const [open, unset] = [
    items.find(({ resource }) => resource.id === "a"),
    items.find(({ resource }) => resource.id === "c"),
  ];
  expect(items).toHaveLength(2);
  expect(open).toMatchObject({
    policy: "x_thing_blocked",
    remediation: "x.block-thing",
    severity: "high",
    risk: "disruptive",
    account: "111111111111",
    region: "global",
    before: { Block: OPEN },
    after: { Block: CLOSED },
    fields: ["Block"],
    covers: ["Block", "Tags"],
    deletes: false,
    params: { BlockPublicPolicy: true },
    calls: [
      {
        step: "step1",
        call: "s3:PutPublicAccessBlock",
        params: { Bucket: "a", PublicAccessBlockConfiguration: CLOSED },
      },
    ],
    undo: [
      { step: "undo2", call: "s3:PutPublicAccessBlock", params: { Bucket: "a", PublicAccessBlockConfiguration: OPEN } },
    ],
    iam: ["s3:PutBucketPublicAccessBlock"],
    impact: "Somebody may lose access.",
    cost: "none",
    reason: "not so: Things are blocked",
  });
  expect(unset?.before).toEqual({});
  expect(unset?.undo).toEqual([{ step: "undo1", call: "s3:DeletePublicAccessBlock", params: { Bucket: "c" } }]);
  expect(header).toMatchObject({ kind: "remediate", scope: "all", held: [], coverage: { gaps: 0, complete: true } });
});

test("the same world and policies give the same bytes, whatever the time of day; the day moves the expiry alone", async () => {
  const text = async (now: string) =>
    writePlan(buildPlan({ ...planInput(await scanned({ aws: new FakeAws(BUCKETS) })), now }));
  const first = await text("2026-01-01T00:00:00.000Z");
  expect(await text("2026-01-01T23:59:59.999Z")).toBe(first);
  const next = await text("2026-01-02T00:00:00.000Z");
  expect(next).not.toBe(first);
  expect(next.replace("2026-01-10T00:00:00.000Z", "2026-01-09T00:00:00.000Z")).toBe(first);
  expect(readPlan("p", first).items.map(({ id }) => id)).toEqual(
    [...readPlan("p", first).items.map(({ id }) => id)].sort(),
  );
});

test("the ID is that of what is proposed for whom; the fingerprint that of everything covered, and of nothing else", async () => {
  const base = await one({});
  const same = await one({ Versioning: "Enabled", Policy: "{}" });
  expect([same.id, same.fingerprint]).toEqual([base.id, base.fingerprint]);
  for (const bucket of [{ Block: { ...OPEN, IgnorePublicAcls: true } }, { Tags: { owner: "a" } }]) {
    const changed = await one(bucket);
    expect(changed.id).toBe(base.id);
    expect(changed.fingerprint).not.toBe(base.fingerprint);
  }
  const tagged = [await one({ Tags: {} }), await one({ Tags: { a: "1" } }), await one({ Tags: { a: "2" } }), base];
  expect(new Set(tagged.map(({ fingerprint }) => fingerprint)).size).toBe(4);
  // A field that is not set is covered all the same: by being listed and not there.
  const more = await one({}, edit(POLICY, "check: |", "check: |\n  !has(resource.Policy) &&"));
  expect(more.covers).toEqual(["Block", "Policy", "Tags"]);
  expect(more.fingerprint).not.toBe(base.fingerprint);
  const again = await one({ CreationDate: "2025-05-05T00:00:00.000Z" });
  expect(again.id).not.toBe(base.id);
  expect(again.fingerprint).not.toBe(base.fingerprint);
  const params = await one(
    { Block: { BlockPublicPolicy: false } },
    TEXTS,
    `${ONE}    params: { wanted: false }\n    remediation_params: { BlockPublicPolicy: false }\n`,
  );
  expect(params.id).not.toBe(base.id);
});

test("what is not a definite fail of a policy that may fix is not planned", async () => {
  const aws = new FakeAws(BUCKETS);
  aws.spoil = (request) => {
    if (request.operation === "GetPublicAccessBlock") throw refused("denied", "AccessDenied", request);
  };
  expect(await planned({ aws })).toMatchObject({ items: [], header: { held: [], coverage: { gaps: 1 } } });
  expect((await planned({ aws: new FakeAws(BUCKETS), entries: `${ONE}    mode: report\n` })).items).toEqual([]);
});

test("a reason to refuse, a change that does nothing, a check that would still fail: held, with words", async () => {
  expect(await heldReason({ Tags: { keep: "yes" } })).toEqual([["blocked", "It is to be kept."]]);
  const weak = `${ONE}    remediation_params: { BlockPublicPolicy: false }\n`;
  expect(await heldReason({}, TEXTS, weak)).toEqual([
    ["blocked", "with the planned changes the check would still not pass (is false)"],
  ]);
  const other = edit(POLICY, "check: |", "check: resource.Versioning == 'Enabled'\nrationale: |");
  expect(await heldReason({ Block: CLOSED }, other)).toEqual([
    ["blocked", "`x.block-thing` would change nothing: the resource is as it would make it"],
  ]);
  const never = edit(
    REMEDIATION,
    "call: s3:PutPublicAccessBlock\n",
    'call: s3:PutPublicAccessBlock\n    when: "false"\n',
  );
  expect(await heldReason({}, never)).toEqual([["blocked", "`x.block-thing` has no call to make here"]]);
});

test("what the remediation needs and cannot read holds the item as unknown", async () => {
  const aws = new FakeAws([{ Name: "a" }]);
  aws.spoil = (request) => {
    if (request.operation === "GetBucketTagging") throw refused("denied", "AccessDenied", request);
  };
  const { header } = await planned({ aws });
  expect(header.held).toMatchObject([
    { outcome: "unknown", reason: expect.stringContaining("`resource.Tags` could not be read") },
  ]);
});

test("a destructive remediation needs its word; one that deletes has no after, and shows what the check read", async () => {
  const changes = /changes:\n[\s\S]*?steps:/;
  const text = (TEXTS[REMEDIATION] ?? "")
    .replace(changes, "deletes: true\nsteps:")
    .replace("risk: disruptive", "risk: destructive");
  const texts = {
    ...TEXTS,
    [REMEDIATION]: text
      .replace("${after.Block}", "${before.Block}")
      .replace("BlockPublicPolicy: { type: boolean, default: true }", "Unused: { type: boolean, default: true }"),
  };
  expect(await heldReason({ Block: OPEN }, texts)).toEqual([
    ["blocked", "`x.block-thing` is destructive; the policy's entry must say `allow_destructive: true`"],
  ]);
  const item = await one({}, texts, `${ONE}    allow_destructive: true\n`);
  expect(item).toMatchObject({ deletes: true, after: {}, before: { Block: OPEN }, fields: ["Block"] });
});

test("`irreversible` or `undo_note` stands beside the item", async () => {
  const noted = await one({}, edit(REMEDIATION, "cost: none", "cost: none\nundo_note: Not all of it."));
  expect(noted.undo_note).toBe("Not all of it.");
  const text = `${(TEXTS[REMEDIATION] ?? "").split("undo:")[0]}irreversible: It stays.\n`;
  expect(await one({}, { ...TEXTS, [REMEDIATION]: text })).toMatchObject({ undo: [], undo_note: "It stays." });
});

/** Three policies over one bucket: the second changes another field, the third the second's. */
function three(): { texts: typeof TEXTS; entries: string } {
  const policy = (id: string, severity: string, check: string, remediation: string) => [
    `policies/${id}.yaml`,
    `id: ${id}\ntitle: t\nseverity: ${severity}\nresource: x.thing\ncheck: ${check}\nremediation: { id: ${remediation} }\n`,
  ];
  const mend = `id: x.set-versioning
title: t
resource: x.thing
risk: safe
impact: none
cost: none
changes: { Versioning: "'Enabled'" }
steps: [{ call: s3:PutBucketVersioning, with: { Bucket: "\${id}", VersioningConfiguration: { Status: Enabled } } }]
irreversible: no
`.replace("irreversible: no", "irreversible: It stays.");
  const more = [
    policy("x_versioned_first", "medium", "resource.Versioning == 'Enabled'", "x.set-versioning"),
    policy("x_versioned_second", "low", "resource.Versioning != 'Suspended'", "x.set-versioning"),
  ];
  return {
    texts: { ...TEXTS, "remediations/versioning.yaml": mend, ...Object.fromEntries(more) },
    entries: uses("x_thing_blocked", "x_versioned_first", "x_versioned_second"),
  };
}

test("two policies that change one field of a resource wait for each other, also behind a third that changes another", async () => {
  const { items, header } = await planned({ aws: new FakeAws([{ Name: "a", Block: OPEN }]), ...three() });
  expect(items.map(({ policy }) => policy).sort()).toEqual(["x_thing_blocked", "x_versioned_first"]);
  expect(header.held).toMatchObject([
    {
      policy: "x_versioned_second",
      outcome: "blocked",
      reason: "x_versioned_first changes the same resource first; the next plan takes this up",
    },
  ]);
});

test("guards hold back what they do, and the header lists it", async () => {
  const aws = new FakeAws(Array.from({ length: 7 }, (_, index) => ({ Name: `b${index}` })));
  const { items, header } = await planned({ aws }, { ...WIDE, per_policy: 3 });
  expect(items).toHaveLength(3);
  expect(header.held.map(({ outcome }) => outcome)).toEqual(["capped", "capped", "capped", "capped"]);
  expect(header.items).toHaveLength(3);
});

test("secrets are hashes in plans too", async () => {
  const texts = withPolicies({
    x_secret_check:
      "check: resource.Secret == 'x' && resource.Block.BlockPublicAcls\nremediation: { id: x.block-thing }",
  });
  const held = await planned({
    aws: new FakeAws([{ Name: "a", Location: "hidden-words" }]),
    texts,
    entries: uses("x_secret_check"),
  });
  expect(JSON.stringify(held)).not.toContain("hidden-words");
  const both = edit("policies/x_secret_check.yaml", "resource.Secret == 'x'", "resource.Secret != 'x'", texts);
  const plan = await planned({
    aws: new FakeAws([{ Name: "a", Location: "hidden-words" }]),
    texts: both,
    entries: uses("x_secret_check"),
  });
  expect(only(plan.items).covers).toContain("Secret");
  expect(writePlan(plan)).not.toContain("hidden-words");
  const other = await planned({
    aws: new FakeAws([{ Name: "a", Location: "other-words" }]),
    texts: both,
    entries: uses("x_secret_check"),
  });
  expect(only(other.items).fingerprint).not.toBe(only(plan.items).fingerprint);
  expect(TEXTS[TYPE]).toContain("sensitive: true");
});
