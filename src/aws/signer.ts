import type { JsonObject } from "../types/json.ts";
import type { SigningAlgorithm } from "../types/plan.ts";
import { type Connection, coreOf } from "./connect.ts";
import { type Core, refusal } from "./core.ts";

/** A KMS key that signs. It is used with the caller's own credentials: it lies in the hub's account, which has none of the roles. */
export interface Signer {
  /** The public half (DER, SubjectPublicKeyInfo) and how it signs. Errors: RemoteError, also for a key that does not sign by SHA-256. */
  publicKey(): Promise<{ readonly der: Buffer; readonly algorithm: SigningAlgorithm }>;
  /** The signature (base64) of at most 4,096 bytes. Errors: RemoteError. */
  sign(message: Uint8Array, algorithm: SigningAlgorithm): Promise<string>;
}

/** Both sign the message's SHA-256; the first one that the key can do is taken. */
const ALGORITHMS = ["ECDSA_SHA_256", "RSASSA_PSS_SHA_256"] as const;

/**
 * `key` is the ARN of a KMS key (`arn:aws:kms:REGION:ACCOUNT:key/ID`). AWS classes kms:Sign as a write, but it changes nothing: it may be repeated
 * like a read. What is sent is named here and nowhere else: kms:GetPublicKey and kms:Sign.
 */
export function createSigner(connection: Connection, key: string): Signer {
  const core = coreOf(connection);
  return {
    async publicKey() {
      const output = await send(core, key, "GetPublicKey", {});
      const { PublicKey: der, SigningAlgorithms: listed } = output;
      const algorithm = ALGORITHMS.find((one) => Array.isArray(listed) && listed.includes(one));
      if (algorithm === undefined || typeof der !== "string" || der === "")
        throw unfit(key, `the key does not sign by ${ALGORITHMS.join(" or ")}`);
      return { der: Buffer.from(der, "base64"), algorithm };
    },
    async sign(message, algorithm) {
      const { Signature: signature } = await send(core, key, "Sign", {
        Message: Buffer.from(message).toString("base64"),
        MessageType: "RAW",
        SigningAlgorithm: algorithm,
      });
      if (typeof signature !== "string" || signature === "") throw unfit(key, "the answer holds no signature");
      return signature;
    },
  };
}

async function send(core: Core, key: string, name: "GetPublicKey" | "Sign", more: JsonObject): Promise<JsonObject> {
  const request = { ...placeOf(key), service: "kms", operation: name, input: { KeyId: key, ...more } };
  return (await core.perform("caller", core.operation(request), request)).output;
}

function placeOf(key: string): { readonly account: string; readonly region: string } {
  const [, , , region = "", account = ""] = key.split(":");
  return { account, region };
}

function unfit(key: string, words: string): Error {
  return refusal({ ...placeOf(key), service: "kms", operation: "GetPublicKey", input: {} }, "UnfitKey", words);
}
