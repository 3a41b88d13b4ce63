import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { roles } from "../../src/commands/roles.ts";
import { validate } from "../../src/commands/validate.ts";
import { openWorkspace, readyWorkspace } from "../../src/commands/workspace.ts";
import type { Io } from "../../src/types/io.ts";

const ROOT = join(import.meta.dirname, "../..");
const HOME = { root: ROOT, data: join(ROOT, "generated") };
const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

const CONFIG = `version: 1
accounts:
  - { id: "111111111111", name: prod }
roles: { read: { name: evenkeel-read }, remediate: { name: evenkeel-remediate } }
policies:
  - use: s3_bucket_public_access_block
`;
const GOOD = `policy: s3_bucket_public_access_block
match: { account: "111111111111", resource: press-photos }
reason: Served to the press office's partners
owner: payments
ticket: SEC-1234
expires: 2026-03-31
`;

function folderWith(exception: string, config: string | undefined): { io: Io; written: string[] } {
  const cwd = mkdtempSync(join(tmpdir(), "evenkeel-exceptions-"));
  folders.push(cwd);
  mkdirSync(join(cwd, "exceptions"));
  writeFileSync(join(cwd, "exceptions", "photos.yaml"), exception);
  if (config !== undefined) writeFileSync(join(cwd, "evenkeel.yaml"), config);
  const written: string[] = [];
  const out = { write: (text: string) => void written.push(text), isTerminal: false, columns: 200 };
  const clock = { now: () => Date.parse("2026-01-01T12:00:00.000Z"), sleep: async () => undefined };
  return { io: { env: {}, cwd, stdout: out, stderr: out, clock, random: () => 0 }, written };
}

test("validate counts exceptions, and tells what is wrong with them by place, with and without a configuration", async () => {
  const good = folderWith(GOOD, CONFIG);
  expect((await validate.run({ home: HOME, io: good.io, options: {}, arguments: [] })).exit).toBe(0);
  expect(good.written.join("")).toContain("1 exception; evenkeel.yaml is fine");
  const bad = folderWith(GOOD.replace("_block", "_blok").replace("2026-03-31", "2027-03-31"), undefined);
  const result = await validate.run({ home: HOME, io: bad.io, options: {}, arguments: [] });
  expect(result.exit).toBe(2);
  expect(bad.written.join("")).toContain(
    "exceptions/photos.yaml:1:9: unknown policy `s3_bucket_public_access_blok` (did you mean s3_bucket_public_access_block?)",
  );
  expect(result.annotations).toHaveLength(2);
});

test("roles prints the right to read tags where an exception goes by them, and only there", async () => {
  for (const [exception, expected] of [
    [GOOD, false],
    [GOOD.replace("resource: press-photos", "tag: { stage: old }"), true],
  ] as const) {
    const { io, written } = folderWith(exception, CONFIG);
    expect((await roles.run({ home: HOME, io, options: {}, arguments: [] })).exit).toBe(0);
    expect(written.join("").includes("s3:GetBucketTagging")).toBe(expected);
  }
});

test("--regions names regions that there are: a typo is told with the nearest, and nothing is asked of AWS", () => {
  const choose = (regions: readonly string[], config = CONFIG) => {
    const workspace = openWorkspace(HOME, folderWith("[]\n", config).io, undefined);
    return () => readyWorkspace(workspace, { regions }).config.regions;
  };
  expect(choose(["us-esat-1"])).toThrow("no region us-esat-1 in partition aws (did you mean us-east-1?)");
  expect(choose(["eu-west-1", "nowhere"])).toThrow(/^no region nowhere in partition aws; one that is newer than/);
  expect(choose(["cn-north-1"])).toThrow("no region cn-north-1 in partition aws");
  expect(choose(["eu-west-1", "us-east-1"])()).toEqual(["eu-west-1", "us-east-1"]);
  const china = `${CONFIG}partition: aws-cn\n`;
  expect(choose(["cn-north-1"], china)()).toEqual(["cn-north-1"]);
  expect(choose(["cn-nroth-1"], china)).toThrow("(did you mean cn-north-1?)");
  // A region that is newer than this version, once the configuration names it.
  const newer = `${CONFIG}regions: [xx-north-1]\n`;
  expect(choose(["xx-north-1"], newer)()).toEqual(["xx-north-1"]);
  expect(choose(["xx-norht-1"], newer)).toThrow("(did you mean xx-north-1?)");
});

test("the workspace holds them beside the catalogue, whose digest they do not change", () => {
  const { io } = folderWith(GOOD, CONFIG);
  const workspace = openWorkspace(HOME, io, undefined);
  expect(workspace.problems).toEqual([]);
  expect(workspace.exceptions).toMatchObject([{ owner: "payments", file: "exceptions/photos.yaml", line: 1 }]);
  const without = openWorkspace(HOME, folderWith("[]\n", CONFIG).io, undefined);
  expect(workspace.catalogue.digest).toBe(without.catalogue.digest);
  const other = folderWith(GOOD.replace('"111111111111"', '"111111111112"'), CONFIG);
  expect(openWorkspace(HOME, other.io, undefined).problems.map(({ message }) => message)).toEqual([
    "account 111111111112 is not configured",
  ]);
});
