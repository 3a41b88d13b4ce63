import { createRole, type Target } from "../accounts.ts";

export interface RolesSpec {
  /** Twelve digits of the account that calls. */
  readonly caller: string;
  /** Inline policies; without one the role may do everything, which is all that an emulator without access control needs. */
  readonly read?: object;
  readonly remediate?: object;
  readonly externalId?: string;
}

const EVERYTHING = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] };

/** The two roles of the configuration, `evenkeel-read` and `evenkeel-remediate`. */
export async function createRoles(emulator: Target, account: string, spec: RolesSpec): Promise<void> {
  const trust = {
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { AWS: `arn:aws:iam::${spec.caller}:root` },
        Action: "sts:AssumeRole",
        ...(spec.externalId === undefined
          ? {}
          : { Condition: { StringEquals: { "sts:ExternalId": spec.externalId } } }),
      },
    ],
  };
  for (const kind of ["read", "remediate"] as const) {
    await createRole(emulator, account, { name: `evenkeel-${kind}`, trust, policy: spec[kind] ?? EVERYTHING });
  }
}
