import { expect, test } from "vitest";
import { createSigner, type Signer } from "../../src/aws/signer.ts";
import { WireError } from "../support/aws-wire/server.ts";
import { remoteError } from "./connection.ts";
import { useWire } from "./wire.ts";

const KEY = "arn:aws:kms:eu-central-1:999999999999:key/5f0c3a52-0e5b-4d0c-9a1e-0d8c8d0c6b11";

const aws = useWire();

function setUp(): Signer {
  const { connection } = aws.connect();
  return createSigner(connection, KEY);
}

test("the key is asked in its own region with the caller's own credentials: no role is assumed", async () => {
  aws.wire.on("kms", "GetPublicKey", () => ({
    PublicKey: Buffer.from("der"),
    SigningAlgorithms: ["RSASSA_PKCS1_V1_5_SHA_256", "RSASSA_PSS_SHA_256"],
  }));
  aws.wire.on("kms", "Sign", () => ({ Signature: Buffer.from("signature") }));
  const signer = setUp();
  expect(await signer.publicKey()).toEqual({ der: Buffer.from("der"), algorithm: "RSASSA_PSS_SHA_256" });
  const value = await signer.sign(Buffer.from("words"), "RSASSA_PSS_SHA_256");
  expect(Buffer.from(value, "base64").toString()).toBe("signature");
  const caller = { service: "kms", region: "eu-central-1", accessKeyId: "AKIABASEBASEBASEBASE" };
  expect(aws.wire.calls).toMatchObject([
    { ...caller, operation: "GetPublicKey", input: { KeyId: KEY } },
    { ...caller, operation: "Sign", input: { KeyId: KEY, MessageType: "RAW", SigningAlgorithm: "RSASSA_PSS_SHA_256" } },
  ]);
  const { Message: message } = aws.wire.calls[1]?.input ?? {};
  expect(message instanceof Uint8Array && Buffer.from(message).toString()).toBe("words");
});

test("signing is repeated after what may pass, and ends with AWS's words after what may not", async () => {
  let times = 0;
  aws.wire.on("kms", "Sign", () => {
    times += 1;
    if (times === 1) throw new WireError("KMSInternalException", "try again", 500);
    if (times === 2) throw new WireError("ExpiredTokenException", "over", 400);
    return { Signature: Buffer.from("signature") };
  });
  expect(await setUp().sign(Buffer.from("words"), "ECDSA_SHA_256")).toBe(Buffer.from("signature").toString("base64"));
  expect(times).toBe(3);
  aws.wire.on("kms", "Sign", () => {
    throw new WireError("AccessDeniedException", "not authorized to perform: kms:Sign", 400);
  });
  expect(await remoteError(setUp().sign(Buffer.from("words"), "ECDSA_SHA_256"))).toMatchObject({
    kind: "denied",
    maybeDone: false,
    account: "999999999999",
  });
});

test("a key that cannot sign a SHA-256 is said to be unfit", async () => {
  aws.wire.on("kms", "GetPublicKey", () => ({
    PublicKey: Buffer.from("der"),
    SigningAlgorithms: ["ECDSA_SHA_384"],
  }));
  const error = await remoteError(setUp().publicKey());
  expect(error).toMatchObject({ code: "UnfitKey" });
  expect(error.message).toContain("ECDSA_SHA_256 or RSASSA_PSS_SHA_256");
});
