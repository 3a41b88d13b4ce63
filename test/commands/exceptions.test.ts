import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { validate } from "../../src/commands/validate.ts";
import { openWorkspace } from "../../src/commands/workspace.ts";
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
