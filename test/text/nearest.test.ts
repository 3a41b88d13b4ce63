import fc from "fast-check";
import { expect, test } from "vitest";
import { editDistance, nearest } from "../../src/text/nearest.ts";

test.each([
  ["BlockPublicAcl", ["BlockPublicAcls", "BlockPublicPolicy"], "BlockPublicAcls"],
  ["blockpublicacls", ["BlockPublicAcl", "BlockPublicAcls"], "BlockPublicAcls"],
  ["Nmae", ["Name", "Note"], "Name"],
  ["resuorce", ["now", "resource"], "resource"],
  ["Id", ["ID", "At"], "ID"],
  ["Foo", ["Bar", "Baz"], undefined],
  ["x", ["y"], undefined],
  ["Versioning", [], undefined],
])("%s among %j is %s", (word, candidates, expected) => {
  expect(nearest(word, candidates)).toBe(expected);
});

test("a swap of neighbours is one edit", () => {
  expect(editDistance("abcd", "acbd")).toBe(1);
  expect(editDistance("", "abc")).toBe(3);
  expect(editDistance("kitten", "sitting")).toBe(3);
});

test("one edit in a long word is found, and the distance is symmetric", () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[a-z]{6,20}$/), fc.nat(19), fc.string(), (word, at, other) => {
      const place = at % word.length;
      const typo = word.slice(0, place) + word.slice(place + 1);
      expect(nearest(typo, [word])).toBe(word);
      expect(editDistance(word, other)).toBe(editDistance(other, word));
    }),
  );
});
