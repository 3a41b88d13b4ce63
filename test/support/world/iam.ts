import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  GetAccountPasswordPolicyCommand,
  ListAccessKeysCommand,
  type PasswordPolicy,
  UpdateAccessKeyCommand,
  UpdateAccountPasswordPolicyCommand,
  type UpdateAccountPasswordPolicyRequest,
} from "@aws-sdk/client-iam";
import type { Clients } from "./clients.ts";
import { type Expected, expected, given } from "./expected.ts";
import { HOSTILE_PLAIN } from "./hostile.ts";

/** A new access key of a user, who is made if there is none of that name. */
export async function makeAccessKey({ iam }: Clients, UserName: string, active = true): Promise<string> {
  try {
    await iam.send(new CreateUserCommand({ UserName, Tags: [{ Key: "note", Value: HOSTILE_PLAIN }] }));
  } catch (error) {
    if (!(error instanceof Error && error.name === "EntityAlreadyExistsException")) throw error;
  }
  const AccessKeyId = given(
    (await iam.send(new CreateAccessKeyCommand({ UserName }))).AccessKey?.AccessKeyId,
    "access key",
  );
  if (!active) await iam.send(new UpdateAccessKeyCommand({ UserName, AccessKeyId, Status: "Inactive" }));
  return AccessKeyId;
}

export async function keyStatus({ iam }: Clients, UserName: string, id: string): Promise<string | undefined> {
  const { AccessKeyMetadata } = await iam.send(new ListAccessKeysCommand({ UserName }));
  return AccessKeyMetadata?.find(({ AccessKeyId }) => AccessKeyId === id)?.Status;
}

/** `old`: whether the scan comes so much later that keys nobody used are old. */
export async function seedAccessKeys(clients: Clients, old: boolean): Promise<Expected[]> {
  const unused = await makeAccessKey(clients, "ci-deploy+=,.@-");
  const inactive = await makeAccessKey(clients, "former-employee", false);
  return expected(
    clients,
    "iam_access_key_unused",
    old ? { fail: [unused], pass: [inactive] } : { pass: [unused, inactive] },
    "global",
  );
}

export async function passwordPolicy({ iam }: Clients): Promise<PasswordPolicy | undefined> {
  try {
    return (await iam.send(new GetAccountPasswordPolicyCommand({}))).PasswordPolicy;
  } catch (error) {
    if (error instanceof Error && /^NoSuchEntity/.test(error.name)) return undefined;
    throw error;
  }
}

export const STRONG_PASSWORDS: UpdateAccountPasswordPolicyRequest = {
  MinimumPasswordLength: 20,
  PasswordReusePrevention: 24,
  RequireSymbols: true,
  RequireNumbers: true,
  RequireUppercaseCharacters: true,
  RequireLowercaseCharacters: true,
  AllowUsersToChangePassword: true,
};

/** Weak in places, strict in others: what is strict has to stay so. */
export const UNEVEN_PASSWORDS: UpdateAccountPasswordPolicyRequest = {
  MinimumPasswordLength: 30,
  PasswordReusePrevention: 3,
  RequireSymbols: false,
  RequireNumbers: true,
  RequireUppercaseCharacters: false,
  RequireLowercaseCharacters: true,
  AllowUsersToChangePassword: true,
  MaxPasswordAge: 90,
  HardExpiry: true,
};

export async function setPasswordPolicy({ iam }: Clients, policy: UpdateAccountPasswordPolicyRequest): Promise<void> {
  await iam.send(new UpdateAccountPasswordPolicyCommand(policy));
}

export async function seedPasswordPolicy(clients: Clients, how: "none" | "uneven" | "strong"): Promise<Expected[]> {
  if (how !== "none") await setPasswordPolicy(clients, how === "strong" ? STRONG_PASSWORDS : UNEVEN_PASSWORDS);
  return expected(
    clients,
    "iam_password_policy",
    { [how === "strong" ? "pass" : "fail"]: [clients.account] },
    "global",
  );
}
