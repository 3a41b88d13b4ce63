import { expect, test } from "vitest";
import type { ModelFile, Ref } from "../../../src/aws/models/file.ts";
import { firstRow } from "../../../src/aws/models/file.ts";
import { entries, modelFile, models, table } from "./known.ts";

type Words = Record<string, Record<string, string>>;
const tables = table<{
  secret: Words;
  acts: Words;
  sensitive: Record<string, Record<string, string[]>>;
  reviewed: Words;
}>("secret-operations.yaml");

/** Whether something in a type is marked as sensitive, by AWS or by us, or is a stream. */
function delicate(file: ModelFile, ref: Ref, seen = new Set<Ref>()): boolean {
  const row = file.shapes[ref - firstRow];
  if (row === undefined || seen.has(ref)) return false;
  seen.add(ref);
  if (row[0] === "l" || row[0] === "m") return delicate(file, row[1], seen);
  if (row[0] !== "s") return false;
  return (row[5]?.length ?? 0) + (row[6]?.length ?? 0) > 0 || row[4].some((member) => delicate(file, member, seen));
}

const listed = new Set(
  [...entries(tables.secret), ...entries(tables.reviewed)].map(([service, name]) => `${service}:${name}`),
);

test("each entry is an operation of AWS, in one list, with its words", () => {
  for (const [service, name, words] of [
    ...entries(tables.secret),
    ...entries(tables.acts),
    ...entries(tables.reviewed),
  ]) {
    expect(models.operation(service, name), `${service}:${name}`).toBeDefined();
    expect(words.length, `${service}:${name}`).toBeGreaterThan(3);
  }
  expect(listed.size).toBe(entries(tables.secret).length + entries(tables.reviewed).length);
});

test("what hands out data or secrets says so", () => {
  for (const [service, name, words] of entries(tables.secret))
    expect(models.operation(service, name)?.secret).toBe(words);
  expect(models.operation("s3", "GetObject")?.secret).toBe("an object's body");
  expect(models.operation("s3", "GetBucketPolicy")?.secret).toBeUndefined();
});

const wellKnown = `
  s3:GetObject dynamodb:GetItem dynamodb:Scan sqs:ReceiveMessage secretsmanager:GetSecretValue ssm:GetParameter ssm:GetParametersByPath
  kms:Decrypt lambda:GetFunction lambda:GetLayerVersion logs:GetLogEvents logs:FilterLogEvents ec2:GetPasswordData ec2:GetConsoleOutput
  ecr:GetAuthorizationToken sts:GetSessionToken sts:AssumeRole redshift:GetClusterCredentials rds:DownloadDBLogFilePortion
  acm:ExportCertificate s3control:GetDataAccess cloudformation:GetTemplate iam:CreateAccessKey
`
  .trim()
  .split(/\s+/);

test.each(wellKnown)("%s is refused", (call) => {
  const [service = "", name = ""] = call.split(":");
  expect(models.operation(service, name)?.secret).toBeTruthy();
});

test("what acts is not reading, whatever AWS's class", () => {
  for (const [service, name] of entries(tables.acts)) {
    const operation = models.operation(service, name);
    expect(operation?.reads, `${service}:${name}`).toBe(false);
    // Otherwise the entry has no effect.
    const levels = operation?.iam.map((action) => models.iamAction(action)?.access);
    expect(
      levels?.every((level) => level === "Read" || level === "List"),
      `${service}:${name}`,
    ).toBe(true);
  }
});

test("our marks are on members that exist", () => {
  for (const [service, structure, members] of entries(tables.sensitive)) {
    for (const name of members)
      expect(models.structure(`${service}.${structure}`)?.members.get(name)?.sensitive, `${structure}.${name}`).toBe(
        true,
      );
  }
});

test.each(models.services())(
  "%s: whatever reads and has a stream or a sensitive member in its output was looked at",
  (service) => {
    const file = modelFile(service);
    const missing = models.operations(service).filter((name) => {
      const output = file.operations[name]?.[1];
      if (output === undefined || !models.operation(service, name)?.reads) return false;
      return delicate(file, output) && !listed.has(`${service}:${name}`);
    });
    expect(missing).toEqual([]);
  },
);

test("no review stands for nothing", () => {
  const idle = entries(tables.reviewed).filter(([service, name]) => {
    const file = modelFile(service);
    return !delicate(file, file.operations[name]?.[1] ?? 0);
  });
  expect(idle.map(([service, name]) => `${service}:${name}`)).toEqual([]);
});
