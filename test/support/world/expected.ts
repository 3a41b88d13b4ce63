import type { FindingStatus } from "../../../src/types/scan.ts";

/** What a scan has to say of one resource by one policy. */
export interface Expected {
  readonly policy: string;
  readonly account: string;
  /** As findings show it. */
  readonly region: string;
  readonly resource: string;
  readonly status: FindingStatus;
  /** Words of the reason why it is not planned though it fails. */
  readonly blocked?: string;
}

interface Of {
  readonly account: string;
  readonly region: string;
}

/** Expectations of one policy: resource IDs by status. */
export function expected(
  of: Of,
  policy: string,
  resources: { readonly [S in FindingStatus]?: readonly string[] },
  region = of.region,
): Expected[] {
  const all: Expected[] = [];
  for (const status of ["fail", "pass", "unknown", "out_of_scope"] as const) {
    for (const resource of resources[status] ?? []) all.push({ policy, account: of.account, region, resource, status });
  }
  return all;
}

/** A failing resource that its remediation refuses. */
export function blocked(of: Of, policy: string, resource: string, because: string, region = of.region): Expected {
  return { policy, account: of.account, region, resource, status: "fail", blocked: because };
}

/** What AWS left out though the tests need it. */
export function given<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`the emulator gave no ${what}`);
  return value;
}
