import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { createWriter } from "../../src/aws/writer.ts";

// The promise (nothing leaves but through here) is about the shape of the sources, so the sources are what is read.
const root = new URL("../../src/", import.meta.url);
const sources = readdirSync(root, { recursive: true, encoding: "utf8" })
  .map((path) => path.replaceAll("\\", "/"))
  .filter((path) => path.endsWith(".ts"))
  .map((path) => ({ path, text: readFileSync(new URL(path, root), "utf8") }));

/**
 * Modules that a source imports or re-exports, at run time or only as types, as paths below src/ or names of packages.
 */
function imports({
  path,
  text,
}: {
  path: string;
  text: string;
}): { readonly target: string; readonly typeOnly: boolean }[] {
  const found = text.matchAll(
    /(?:\b(import|export)\s+(type\s)?[^;"'()]*?\bfrom\s*|\bimport\s*\(\s*|\bimport\s+)["']([^"']+)["']/g,
  );
  return [...found].map(([, , type, name = ""]) => ({
    target: name.startsWith(".") ? new URL(name, new URL(path, root)).href.slice(root.href.length) : name,
    typeOnly: type !== undefined,
  }));
}
const importersOf = (match: (target: string) => boolean): string[] =>
  sources
    .filter((source) => imports(source).some(({ target, typeOnly }) => !typeOnly && match(target)))
    .map(({ path }) => path)
    .sort();

test("the reader of imports sees every form of them", () => {
  const text = `import { a } from "./a.ts";\nimport type { T } from "./t.ts";\nexport * from '../b.ts';\nconst c = import("x");\nimport {\n  d,\n} from "./d.ts";\nimport "y";`;
  expect(imports({ path: "aws/z.ts", text })).toEqual([
    { target: "aws/a.ts", typeOnly: false },
    { target: "aws/t.ts", typeOnly: true },
    { target: "b.ts", typeOnly: false },
    { target: "x", typeOnly: false },
    { target: "aws/d.ts", typeOnly: false },
    { target: "y", typeOnly: false },
  ]);
});

test("only apply/ is given the writer", () => {
  expect(createWriter).toBeTypeOf("function");
  const importers = importersOf((target) => target === "aws/writer.ts");
  expect(importers.filter((path) => !path.startsWith("apply/"))).toEqual([]);
});

test("what the reader and the writer stand on is imported nowhere outside the folder", () => {
  const inner = ["attempts", "clients", "core", "credentials", "limiter", "services"].map((name) => `aws/${name}.ts`);
  const importers = importersOf((target) => inner.includes(target));
  expect(importers.length).toBeGreaterThan(3);
  // The bundle's entrance passes the table of services on, for the proof that the bundle has every operation; it uses nothing of it.
  expect(importers.filter((path) => !path.startsWith("aws/"))).toEqual(["entry/main.ts"]);
  const entrance = sources.find(({ path }) => path === "entry/main.ts")?.text ?? "";
  expect(entrance.match(/services/g)).toHaveLength(2);
  expect(entrance).toContain('export { services } from "../aws/services.ts";');
  // The key to the core lies in connect.ts; five turn it: one reads, one writes, one signs, one keeps the journal, one asks who changed something last.
  const keys = sources
    .filter(({ path, text }) => path !== "aws/connect.ts" && /\bcoreOf\b/.test(text))
    .map(({ path }) => path);
  const known = ["journal-bucket", "last-change", "reader", "signer", "writer"];
  expect(keys.sort()).toEqual(known.map((name) => `aws/${name}.ts`));
});

test("what asks who changed something last can send one operation, through the read role, and lets out a name, a call and a time", () => {
  expect(importersOf((target) => target === "aws/last-change.ts")).toEqual(["commands/who-undid.ts"]);
  const source = sources.find(({ path }) => path === "aws/last-change.ts")?.text ?? "";
  // The reader refuses this operation, because it hands out recorded events: that stays so for whatever a file names.
  expect([...source.matchAll(/operation: ([^,]+),/g)].map(([, name]) => name)).toEqual(['"LookupEvents"']);
  expect([...source.matchAll(/service: ([^,]+),/g)].map(([, name]) => name)).toEqual(['"cloudtrail"']);
  expect([...source.matchAll(/\.perform\(([^)]*?),/g)].map(([, role]) => role)).toEqual(['"read"']);
  expect(source).toContain('return { principal, event: textOf(member(event, "EventName")), at };');
});

test("the signer is given to the signing of plans alone, and names itself the two operations it can send", () => {
  expect(importersOf((target) => target === "aws/signer.ts")).toEqual(["commands/signing.ts"]);
  const signer = sources.find(({ path }) => path === "aws/signer.ts")?.text ?? "";
  // AWS classes Sign as a write, though it changes nothing; no other operation, and no other role, can be asked of it.
  expect([...signer.matchAll(/operation: (\w+)/g)].map(([, name]) => name)).toEqual(["name"]);
  expect(signer).toContain('name: "GetPublicKey" | "Sign"');
  expect([...signer.matchAll(/core\.perform\(([^)]*?),/g)].map(([, role]) => role)).toEqual(['"caller"']);
  expect([...signer.matchAll(/service: "(\w+)"/g)].map(([, name]) => name)).toEqual(["kms", "kms"]);
  const asCaller = sources.filter(({ text }) => /perform\(\s*"caller"/.test(text)).map(({ path }) => path);
  expect(asCaller.sort()).toEqual(["aws/journal-bucket.ts", "aws/signer.ts"]);
});

test("the bucket is given to the journal alone, and its door names itself the three operations it can send", () => {
  expect(importersOf((target) => target === "aws/journal-bucket.ts")).toEqual(["commands/journal-bucket.ts"]);
  expect(importersOf((target) => target === "commands/journal-bucket.ts")).toEqual(["commands/journal.ts"]);
  const door = sources.find(({ path }) => path === "aws/journal-bucket.ts")?.text ?? "";
  // s3:PutObject is a write: of one bucket, in one account that is named, below one prefix, and as the caller, who has none of the two roles.
  expect([...door.matchAll(/core\.perform\(([^)]*?),/g)].map(([, role]) => role)).toEqual(['"caller"']);
  expect([...door.matchAll(/service: "(\w+)"/g)].map(([, name]) => name)).toEqual(["s3"]);
  expect(door).toContain('operation: "ListObjectsV2" | "GetObject" | "PutObject"');
  expect(door.match(/core\.operation\(/g)).toHaveLength(1);
  // Nothing that is sent says itself which bucket, whose, or a key without the prefix.
  expect([...door.matchAll(/\bBucket: (\w+)/g)].map(([, name]) => name)).toEqual(["bucket"]);
  expect([...door.matchAll(/\bKey: (\w+)/g)].map(([, name]) => name)).toEqual(["keyOf", "keyOf"]);
  expect(door).not.toContain("ExpectedBucketOwner");
});

test("SDK packages are imported in two places, and commands made and sent in one", () => {
  expect(importersOf((target) => target.startsWith("@aws-sdk/") || target.startsWith("@smithy/"))).toEqual([
    "aws/credentials.ts",
    "aws/services.ts",
  ]);
  const credentials = sources.find(({ path }) => path === "aws/credentials.ts");
  expect(
    credentials &&
      imports(credentials)
        .map(({ target }) => target)
        .filter((target) => target.startsWith("@")),
  ).toEqual(["@aws-sdk/credential-providers"]);
  // services.ts only says how a package is had, and how a command's name is made, in words.
  const makers = sources.filter(({ text }) => /Command[`"'][,)]|\.load\(\)/.test(text)).map(({ path }) => path);
  expect(makers.filter((path) => path.startsWith("aws/"))).toEqual(["aws/clients.ts"]);
  // The machine room sends for the core and for AssumeRole, and nobody else has it.
  const senders = sources.filter(({ text }) => /\bclients\.send\(/.test(text)).map(({ path }) => path);
  expect(senders.sort()).toEqual(["aws/core.ts", "aws/credentials.ts"]);
});

test("no other source opens a connection of its own to AWS", () => {
  // `isIP` is a function of texts that happens to live in node:net; `fetch` of an object is somebody's own.
  const network = /(?<!isIP \} )from\s+["'](node:)?(https?|net|tls|http2|undici)["']|(?<![.\w])(?<!async )fetch\s*\(/;
  const openers = sources.filter(({ text }) => network.test(text)).map(({ path }) => path);
  expect(openers.filter((path) => !path.startsWith("github/"))).toEqual(["aws/clients.ts"]);
});
