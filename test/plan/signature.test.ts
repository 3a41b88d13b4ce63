import { constants, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { canonical, toJson, withPointer } from "../../src/json.ts";
import { planDigest, readPlan, writePlan } from "../../src/plan/file.ts";
import { signedBytes, verifySignature } from "../../src/plan/signature.ts";
import type { PlanHeader, SigningAlgorithm } from "../../src/types/plan.ts";
import { bucketItem, heldItem, planOf, volumeItem } from "../report/sample.ts";

const KEY = "arn:aws:kms:eu-west-1:999999999999:key/5f0c3a52-0e5b-4d0c-9a1e-0d8c8d0c6b11";
const plan = planOf([bucketItem(1), bucketItem(2), volumeItem(3)], [heldItem(1)]);

const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });
const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const der = (key: KeyObject) => key.export({ format: "der", type: "spki" });

/** As KMS signs: the message's SHA-256, ECDSA in DER, PSS with a salt as long as the hash. */
function signed(header: PlanHeader, algorithm: SigningAlgorithm, key: KeyObject): PlanHeader {
  const padding = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 };
  const value = sign("sha256", signedBytes(header), algorithm === "ECDSA_SHA_256" ? key : { key, ...padding });
  return { ...header, signature: { key: KEY, algorithm, value: value.toString("base64") } };
}
const header = signed(plan.header, "ECDSA_SHA_256", ec.privateKey);

test.each([
  ["ECDSA_SHA_256", ec],
  ["RSASSA_PSS_SHA_256", rsa],
] as const)("%s: holds for its own key, and for no other", (algorithm, { privateKey, publicKey }) => {
  const own = signed(plan.header, algorithm, privateKey);
  expect(verifySignature(own, der(publicKey))).toBe(true);
  for (const other of [
    generateKeyPairSync("ec", { namedCurve: "P-256" }),
    generateKeyPairSync("rsa", { modulusLength: 2048 }),
  ])
    expect(verifySignature(own, der(other.publicKey))).toBe(false);
  expect(verifySignature(plan.header, der(publicKey))).toBe(false);
});

test("the algorithm that the header names must be one of the key", () => {
  const { signature } = header;
  if (signature === undefined) throw new Error("not signed");
  const other = { ...header, signature: { ...signature, algorithm: "RSASSA_PSS_SHA_256" as const } };
  expect(verifySignature(other, der(ec.publicKey))).toBe(false);
});

/** JSON pointers to every value in the header, containers too. */
function pointers(value: unknown, at = ""): string[] {
  if (typeof value !== "object" || value === null) return [at];
  return [...(at === "" ? [] : [at]), ...Object.entries(value).flatMap(([key, one]) => pointers(one, `${at}/${key}`))];
}

test("property: any member of the header that is changed makes the signature void", () => {
  const { signature, ...rest } = header;
  const places = pointers(rest);
  expect(places).toContain("/expires");
  expect(places.length).toBeGreaterThan(25);
  fc.assert(
    fc.property(fc.constantFrom(...places), fc.jsonValue(), (place, value) => {
      const edited = withPointer(toJson(rest), place, toJson(value));
      fc.pre(canonical(edited) !== canonical(toJson(rest)));
      const read = { ...JSON.parse(canonical(edited)), signature };
      expect(verifySignature(read, der(ec.publicKey))).toBe(false);
    }),
    { numRuns: 400 },
  );
});

test("a signed plan is read back from its file; lines that are deleted leave the signature as good as it was", () => {
  const text = writePlan({ ...plan, header });
  expect(readPlan("p.jsonl", text).header).toEqual(header);
  const lines = text.trimEnd().split("\n");
  fc.assert(
    fc.property(fc.subarray(lines.slice(1)), (kept) => {
      const back = readPlan("p.jsonl", `${[lines[0], ...kept].join("\n")}\n`);
      expect(back.items).toHaveLength(kept.length);
      expect(verifySignature(back.header, der(ec.publicKey))).toBe(true);
    }),
  );
});

test("a signature is no part of a plan's name, nor of what is signed, which is short for any header", () => {
  expect(planDigest(header)).toBe(planDigest(plan.header));
  expect(signedBytes(header)).toEqual(signedBytes(plan.header));
  const long = { ...plan.header, items: Array.from({ length: 300 }, () => "a".repeat(64)) };
  expect(signedBytes(long).length).toBeLessThan(100);
});
