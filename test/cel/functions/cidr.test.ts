import fc from "fast-check";
import { expect, test } from "vitest";
import { cidrFunctions, parseRange, rangeContains } from "../../../src/cel/functions/cidr.ts";

function call(name: string, ...args: unknown[]): unknown {
  const found = cidrFunctions.find((each) => each.signature.startsWith(`${name}(`));
  if (found === undefined) throw new Error(name);
  return found.implementation(...args);
}

test.each(["0.0.0.0/0", "::/0", "0:0:0:0:0:0:0:0/0", "0::0/0", " 0.0.0.0/0 ", "1.2.3.4/0", "::ffff:1.2.3.4/0"])(
  "%s is open",
  (text) => {
    expect(call("isOpenCidr", text)).toBe(true);
  },
);

test.each([
  "0.0.0.0",
  "0.0.0.0/1",
  "10.0.0.0/8",
  "::/1",
  "::",
  "sg-123",
  "",
  "0.0.0.0/33",
  "00.0.0.0/0",
  "/0",
  "0.0.0.0/-0",
])("%s is not open", (text) => {
  expect(call("isOpenCidr", text)).toBe(false);
});

test.each([
  ["10.0.0.0/8", "10.255.255.255", true],
  ["10.0.0.0/8", "11.0.0.0", false],
  ["10.0.0.0/8", "10.0.0.0/7", false],
  ["10.1.2.3/8", "10.9.0.0/16", true],
  ["2001:db8::/32", "2001:db8:1::/48", true],
  ["2001:db8::/32", "2001:db9::1", false],
  ["::/0", "10.0.0.1", false],
  ["::ffff:0:0/96", "::ffff:10.0.0.1", true],
])("%s contains %s: %s", (outer, inner, expected) => {
  expect(call("cidrContains", outer, inner)).toBe(expected);
});

test.each([
  ["10.0.0.0/8", true],
  ["172.16.0.0/12", true],
  ["172.16.0.0/11", false],
  ["192.168.1.1", true],
  ["100.64.0.0/10", true],
  ["8.8.8.8/32", false],
  ["fd00::/8", true],
  ["2001:db8::/32", false],
])("%s is private: %s", (text, expected) => {
  expect(call("isPrivateCidr", text)).toBe(expected);
});

test("a range holds its own addresses, and no wider range", () => {
  fc.assert(
    fc.property(
      fc.ipV4(),
      fc.integer({ min: 1, max: 32 }),
      fc.ipV6(),
      fc.integer({ min: 1, max: 128 }),
      (four, short, six, long) => {
        for (const [address, prefix] of [
          [four, short],
          [six, long],
        ] as const) {
          const range = parseRange(`${address}/${prefix}`);
          const one = parseRange(address);
          const wider = parseRange(`${address}/${prefix - 1}`);
          if (range === undefined || one === undefined || wider === undefined)
            throw new Error(`${address}/${prefix} is not understood`);
          expect(rangeContains(range, one)).toBe(true);
          expect(rangeContains(wider, range)).toBe(true);
          expect(rangeContains(range, wider)).toBe(false);
        }
      },
    ),
  );
});
