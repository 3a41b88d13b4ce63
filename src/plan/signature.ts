import { constants, createHash, createPublicKey, verify } from "node:crypto";
import { canonical, toJson } from "../json.ts";
import type { PlanHeader } from "../types/plan.ts";

/**
 * What a plan's signature is over: a line of text with the SHA-256 (hex) of the canonical header without its `signature`. The header lists the
 * hashes of all item lines, so that a line can be deleted and none be added. Short however long the header is (KMS takes 4,096 bytes), and so
 * worded that nothing else signed with the key can pass for it.
 */
export function signedBytes(header: PlanHeader): Buffer {
  const { signature: _, ...rest } = header;
  const digest = createHash("sha256")
    .update(canonical(toJson(rest)))
    .digest("hex");
  return Buffer.from(`evenkeel plan header sha256 ${digest}\n`);
}

/** Whether the header's signature is by the owner of this public key (DER, SubjectPublicKeyInfo, as KMS gives it); false where it has none. */
export function verifySignature(header: PlanHeader, publicKeyDer: Uint8Array): boolean {
  const { signature } = header;
  if (signature === undefined) return false;
  const key = createPublicKey({ key: Buffer.from(publicKeyDer), format: "der", type: "spki" });
  const value = Buffer.from(signature.value, "base64");
  // The algorithm stands in a file that anybody may have edited: it must be one that the key is for.
  switch (signature.algorithm) {
    case "ECDSA_SHA_256":
      return key.asymmetricKeyType === "ec" && verify("sha256", signedBytes(header), key, value);
    case "RSASSA_PSS_SHA_256": {
      const padding = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
      return key.asymmetricKeyType === "rsa" && verify("sha256", signedBytes(header), { key, ...padding }, value);
    }
  }
}
