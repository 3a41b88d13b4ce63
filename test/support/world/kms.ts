import {
  CreateKeyCommand,
  type CreateKeyRequest,
  DisableKeyCommand,
  EnableKeyRotationCommand,
  GetKeyRotationStatusCommand,
  ScheduleKeyDeletionCommand,
} from "@aws-sdk/client-kms";
import type { Clients } from "./clients.ts";
import { type Expected, expected, given } from "./expected.ts";
import { HOSTILE } from "./hostile.ts";

/** A customer-managed key; symmetric unless told. */
export async function makeKey({ kms }: Clients, spec: CreateKeyRequest = {}, rotation = false): Promise<string> {
  const KeyId = given((await kms.send(new CreateKeyCommand(spec))).KeyMetadata?.KeyId, "key");
  if (rotation) await kms.send(new EnableKeyRotationCommand({ KeyId }));
  return KeyId;
}

export async function rotationOf({ kms }: Clients, KeyId: string): Promise<boolean> {
  return (await kms.send(new GetKeyRotationStatusCommand({ KeyId }))).KeyRotationEnabled === true;
}

export async function seedKeys(clients: Clients): Promise<Expected[]> {
  const { kms } = clients;
  const off = await makeKey(clients, { Description: HOSTILE, Tags: [{ TagKey: "team", TagValue: "payments" }] });
  const on = await makeKey(clients, { Description: "ledger" }, true);
  const asymmetric = await makeKey(clients, { KeySpec: "ECC_NIST_P256", KeyUsage: "SIGN_VERIFY" });
  const disabled = await makeKey(clients);
  const leaving = await makeKey(clients);
  await kms.send(new DisableKeyCommand({ KeyId: disabled }));
  await kms.send(new ScheduleKeyDeletionCommand({ KeyId: leaving, PendingWindowInDays: 7 }));
  return expected(clients, "kms_key_rotation", {
    fail: [off],
    pass: [on],
    out_of_scope: [asymmetric, disabled, leaving],
  });
}
