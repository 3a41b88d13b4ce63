import { expect, test } from "vitest";
import { cachingReader } from "../../src/preview/caching-reader.ts";
import type { AwsReader, CallRequest, CallResult } from "../../src/types/aws.ts";

const REQUEST: CallRequest = {
  account: "1",
  region: "r",
  service: "s3",
  operation: "ListBuckets",
  input: { a: 1, b: 2 },
};

function fake(): { reader: AwsReader; sent: string[] } {
  const sent: string[] = [];
  let number = 0;
  const result = (): CallResult => ({ output: { number: ++number }, requestId: "", attempts: 1 });
  const reader: AwsReader = {
    counts: new Map(),
    async call({ operation }) {
      sent.push(operation);
      if (operation === "Broken") throw new Error(`broken ${sent.length}`);
      return result();
    },
    async *pages({ operation }) {
      for (let page = 0; page < 3; page++) {
        sent.push(`${operation} ${page}`);
        if (operation === "Torn" && page === 1) throw new Error("torn");
        yield result();
      }
    },
    enter: async (account) => void sent.push(`enter ${account}`),
    regions: async (account) => {
      sent.push(`regions ${account}`);
      return ["r"];
    },
  };
  return { reader, sent };
}

async function all(pages: AsyncIterable<CallResult>): Promise<unknown[]> {
  const found: unknown[] = [];
  for await (const { output } of pages) found.push(output["number"]);
  return found;
}

test("the same call is made once, whatever the order of its input's members; another one is made", async () => {
  const { reader, sent } = fake();
  const caching = cachingReader(reader);
  const [one, two] = await Promise.all([
    caching.call(REQUEST),
    caching.call({ ...REQUEST, input: { b: 2, a: 1 }, iam: ["x"] }),
  ]);
  expect(two).toBe(one);
  for (const other of [
    { account: "2" },
    { region: "q" },
    { input: { a: 1 } },
    { operation: "GetX" },
    { service: "ec2" },
  ])
    expect(await caching.call({ ...REQUEST, ...other })).not.toBe(one);
  expect(sent).toHaveLength(6);
});

test("an error is an answer too: both sides see the same", async () => {
  const { reader, sent } = fake();
  const caching = cachingReader(reader);
  const broken = { ...REQUEST, operation: "Broken" };
  await expect(caching.call(broken)).rejects.toThrow("broken 1");
  await expect(caching.call(broken)).rejects.toThrow("broken 1");
  const torn = { ...REQUEST, operation: "Torn" };
  for (let again = 0; again < 2; again++) await expect(all(caching.pages(torn))).rejects.toThrow("torn");
  expect(sent).toEqual(["Broken", "Torn 0", "Torn 1"]);
});

test("pages are read as far as anybody asks, once; readers side by side and after each other get the same", async () => {
  const { reader, sent } = fake();
  const caching = cachingReader(reader);
  for await (const page of caching.pages(REQUEST)) {
    expect(page.output).toEqual({ number: 1 });
    break;
  }
  expect(sent).toEqual(["ListBuckets 0"]);
  expect(await Promise.all([all(caching.pages(REQUEST)), all(caching.pages(REQUEST))])).toEqual([
    [1, 2, 3],
    [1, 2, 3],
  ]);
  expect(await all(caching.pages(REQUEST))).toEqual([1, 2, 3]);
  expect(sent).toEqual(["ListBuckets 0", "ListBuckets 1", "ListBuckets 2"]);
});

test("accounts are entered and regions asked for once", async () => {
  const { reader, sent } = fake();
  const caching = cachingReader(reader);
  for (const account of ["1", "1", "2"]) {
    await caching.enter(account);
    await caching.regions(account);
  }
  expect(sent).toEqual(["enter 1", "regions 1", "enter 2", "regions 2"]);
});
