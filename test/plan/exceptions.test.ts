import fc from "fast-check";
import { expect, test } from "vitest";
import { buildPlan } from "../../src/plan/build.ts";
import { type ExceptedScan, exceptFindings, readTags } from "../../src/plan/exceptions.ts";
import { writePlan } from "../../src/plan/file.ts";
import type { Exception } from "../../src/types/exception.ts";
import { type Bucket, FakeAws, refused } from "../support/catalogue-aws.ts";
import { edit, REMEDIATION, TEXTS as SMALL, type Texts } from "../support/catalogue-texts.ts";
import { NOW, planInput, scanInput, scanned } from "../support/catalogue-world.ts";
import { exception } from "../support/exceptions.ts";

const OPEN: readonly Bucket[] = [
  { Name: "logs", Tags: { stage: "old" } },
  { Name: "data", Tags: { stage: "new" } },
  { Name: "bare" },
];
const GOOD: Bucket = { Name: "good", Block: { BlockPublicAcls: true, BlockPublicPolicy: true } };
/** Nothing but an exception has a reason to read tags. */
const TEXTS: Texts = edit(
  REMEDIATION,
  `refuse:\n  - when: '"keep" in resource.Tags'\n    because: It is to be kept.\n`,
  "",
);

interface Options {
  readonly aws?: FakeAws;
  readonly texts?: Texts;
  readonly now?: string;
  readonly allRegions?: boolean;
  readonly narrowed?: boolean;
}

async function scan(exceptions: readonly Exception[], options: Options = {}): Promise<ExceptedScan> {
  const { aws = new FakeAws([...OPEN, GOOD]), texts = TEXTS, now = NOW, allRegions = true, narrowed = false } = options;
  const world = { aws, texts };
  const result = await scanned(world);
  await readTags(result.failing, exceptions);
  const configured = scanInput(world).policies;
  return exceptFindings(result, exceptions, { scanned: narrowed ? [] : configured, configured, allRegions }, now);
}

const names = (items: readonly { readonly resource: { readonly id: string } }[]): string[] =>
  items.map(({ resource }) => resource.id).sort();
const marked = ({ findings }: ExceptedScan): string[] =>
  names(findings.filter(({ excepted }) => excepted !== undefined));

test("an excepted finding fails all the same, says why, and is held in the plan", async () => {
  const result = await scan([exception({ resource: "logs" }, { ticket: "SEC-1" })]);
  expect(result.coverage.findings).toMatchObject({ fail: 3, pass: 1 });
  const finding = result.findings.find(({ resource }) => resource.id === "logs");
  expect(finding).toMatchObject({
    status: "fail",
    excepted: {
      reason: "the vendor's bucket, replaced in spring",
      owner: "team-a",
      ticket: "SEC-1",
      expires: "2026-03-01",
      file: "exceptions/a.yaml",
      line: 1,
    },
  });
  expect(result.exceptions.excepted).toBe(1);
  const { header, items } = buildPlan(planInput(result));
  expect(names(items)).toEqual(["bare", "data"]);
  expect(header.held).toMatchObject([
    {
      outcome: "excepted",
      resource: { id: "logs" },
      reason: "excepted until 2026-03-01 by team-a: the vendor's bucket, replaced in spring (SEC-1)",
    },
  ]);
});

test("what is held has the ID that the item has without the exception; taking the exception away brings it back", async () => {
  const held = buildPlan(planInput(await scan([exception({ resource: "logs" })]))).header.held[0];
  const { items, header } = buildPlan(planInput(await scan([])));
  expect(items.find(({ id }) => id === held?.id)?.resource.id).toBe("logs");
  expect(header.held).toEqual([]);
});

test("an exception comes before any other reason to hold an item back", async () => {
  const aws = new FakeAws([{ Name: "logs", Tags: { keep: "yes" } }]);
  const plan = buildPlan(planInput(await scan([exception({ resource: "logs" })], { aws, texts: SMALL })));
  expect(plan.header.held.map(({ outcome }) => outcome)).toEqual(["excepted"]);
  const without = buildPlan(planInput(await scan([], { aws, texts: SMALL })));
  expect(without.header.held.map(({ outcome }) => outcome)).toEqual(["blocked"]);
});

test("any set of exceptions: items and excepted together are what fails; more exceptions, no more items; same bytes", async () => {
  const all = [
    exception({ resource: "logs" }, { line: 1 }),
    exception({ resource: "arn:aws:s3:::data" }, { line: 2 }),
    exception({ account: "111111111111", resource: "bare" }, { line: 3 }),
    exception({ account: "222222222222" }, { line: 4 }),
    exception({ tag: { stage: "new" } }, { line: 5 }),
    exception({ resource: "logs" }, { line: 6, expires: "2025-12-31" }),
    exception({ resource: "bare" }, { line: 7, policy: "x_other" }),
  ];
  await fc.assert(
    fc.asyncProperty(fc.subarray(all), fc.subarray(all), async (some, others) => {
      const plan = buildPlan(planInput(await scan(some)));
      const held = plan.header.held.filter(({ outcome }) => outcome === "excepted");
      expect([...names(plan.items), ...names(held)].sort()).toEqual(["bare", "data", "logs"]);
      const more = [...new Set([...others, ...some])];
      const narrower = buildPlan(planInput(await scan(more)));
      for (const name of names(narrower.items)) expect(names(plan.items)).toContain(name);
      expect(writePlan(buildPlan(planInput(await scan([...some].reverse()))))).toBe(writePlan(plan));
    }),
    { numRuns: 8 },
  );
});

test("moving an exception about in its files changes no byte of the plan", async () => {
  const [a, b] = [
    exception({ resource: "logs" }),
    exception({ resource: "logs" }, { file: "exceptions/b.yaml", line: 9 }),
  ];
  expect(writePlan(buildPlan(planInput(await scan([a]))))).toBe(writePlan(buildPlan(planInput(await scan([b])))));
});

test("tags are read for failing resources that an exception with tags may be about, and for no others", async () => {
  const tagCalls = async (...exceptions: Exception[]): Promise<string[]> => {
    const aws = new FakeAws([...OPEN, GOOD]);
    await scan(exceptions, { aws });
    return aws.log.filter((line) => line.startsWith("s3:GetBucketTagging")).map((line) => line.split(" ")[1] ?? "");
  };
  expect(await tagCalls(exception({ resource: "logs" }))).toEqual([]);
  expect(await tagCalls(exception({ tag: { stage: "old" } }, { policy: "x_other" }))).toEqual([]);
  expect(await tagCalls(exception({ account: "222222222222", tag: { stage: "old" } }))).toEqual([]);
  expect(await tagCalls(exception({ resource: "logs", tag: { stage: "old" } }))).toEqual(["logs"]);
  expect((await tagCalls(exception({ tag: { stage: "old" } }))).sort()).toEqual(["bare", "data", "logs"]);
});

test("a tag must have exactly that value; a resource without tags has none", async () => {
  expect(marked(await scan([exception({ tag: { stage: "old" } })]))).toEqual(["logs"]);
  expect(marked(await scan([exception({ tag: { stage: "ol" } })]))).toEqual([]);
  expect(marked(await scan([exception({ tag: { stage: "old", team: "a" } })]))).toEqual([]);
});

test("a resource whose tags cannot be read is not excepted, and the report says so", async () => {
  const aws = new FakeAws(OPEN);
  aws.spoil = (request) => {
    if (request.operation === "GetBucketTagging" && request.input["Bucket"] === "logs")
      throw refused("denied", "AccessDenied", request);
  };
  const byTag = exception({ tag: { stage: "old" } });
  const result = await scan([byTag], { aws });
  expect(marked(result)).toEqual([]);
  expect(result.exceptions.unreadable).toEqual([
    { exception: byTag, findings: 1, message: expect.stringContaining("AccessDenied") },
  ]);
  expect(result.exceptions.unused).toEqual([]);
  expect(names(buildPlan(planInput(result)).items)).toEqual(["bare", "data", "logs"]);
});

test("an expired exception covers nothing; it is told with what fails again", async () => {
  const old = exception({ resource: "logs" }, { expires: "2025-12-31" });
  const result = await scan([old]);
  expect(marked(result)).toEqual([]);
  expect(result.exceptions).toMatchObject({ excepted: 0, expired: [{ exception: old, findings: 1 }], unused: [] });
  const other = exception({ resource: "logs" }, { line: 7 });
  expect((await scan([old, other])).exceptions.expired).toEqual([{ exception: old, findings: 0 }]);
  const last = exception({ resource: "logs" }, { expires: "2026-01-01" });
  expect(marked(await scan([last], { now: "2026-01-01T23:59:59.999Z" }))).toEqual(["logs"]);
  expect(marked(await scan([last], { now: "2026-01-02T00:00:00.000Z" }))).toEqual([]);
});

test("one that ends within 14 days is told", async () => {
  const on = (expires: string) => exception({ resource: "logs" }, { expires });
  expect((await scan([on("2026-01-15")])).exceptions.expiring).toEqual([{ exception: on("2026-01-15"), findings: 1 }]);
  expect((await scan([on("2026-01-16")])).exceptions.expiring).toEqual([]);
});

test("one that excepts nothing is unused, with the reason", async () => {
  const why = async (one: Exception, options: Options = {}) =>
    (await scan([one], options)).exceptions.unused.map((unused) => unused.why);
  expect(await why(exception({ resource: "gone" }))).toEqual(["there is no such resource"]);
  expect(await why(exception({ resource: "good" }))).toEqual(["what it names does not fail"]);
  expect(await why(exception({ tag: { stage: "older" } }))).toEqual(["nothing that fails has such tags"]);
  expect(await why(exception({ account: "222222222222" }))).toEqual([
    "its policy does not run in account 222222222222",
  ]);
  expect(await why(exception({ resource: "logs" }))).toEqual([]);
});

test("only a complete scan tells that an exception is unused", async () => {
  const gone = exception({ resource: "gone" });
  expect((await scan([gone], { narrowed: true })).exceptions.unused).toEqual([]);
  expect((await scan([gone], { allRegions: false })).exceptions.unused).toEqual([]);
  const aws = new FakeAws(OPEN);
  aws.spoil = (request) => {
    if (request.operation === "GetPublicAccessBlock" && request.input["Bucket"] === "bare")
      throw refused("denied", "AccessDenied", request);
  };
  expect((await scan([gone], { aws })).exceptions.unused).toEqual([]);
  const blind = new FakeAws(OPEN);
  blind.onEnter = () => {
    throw new Error("no way in");
  };
  expect((await scan([gone], { aws: blind })).exceptions.unused).toEqual([]);
});

test("without exceptions nothing changes", async () => {
  const { exceptions, ...rest } = await scan([]);
  const plain = await scanned({ aws: new FakeAws([...OPEN, GOOD]), texts: TEXTS });
  expect(exceptions).toEqual({ excepted: 0, expiring: [], expired: [], unused: [], unreadable: [] });
  expect(rest.findings).toEqual(plain.findings);
});
