import type { Risk, Severity } from "./catalogue.ts";
import type { Json, JsonObject } from "./json.ts";
import type { Coverage, ResourceRef } from "./scan.ts";

/** One API call of a plan, exactly as it will be made. */
export interface PlannedCall {
  /** The name later calls bind to; unique within the item. */
  readonly step: string;
  readonly call: string;
  readonly params: JsonObject;
  /**
   * What an earlier step's output supplies: JSON pointer into `params` -> CEL over `steps`. Kept apart from `params`, so that no text
   * from AWS can ever be read as an expression.
   */
  readonly bind?: Readonly<Record<string, string>>;
  readonly until?: { readonly condition: string; readonly limit: number };
  readonly already?: readonly string[];
  readonly failure?: { readonly when: string; readonly because: string };
  readonly reuse?: { readonly call: string; readonly params: JsonObject; readonly items: string };
  /** A reading call: made through the read path, never counted as a write. */
  readonly reads?: true;
}

export interface PlanItem {
  /** Hash of account, region, resource identity, policy, remediation and parameters. */
  readonly id: string;
  readonly policy: string;
  readonly remediation: string;
  readonly severity: Severity;
  readonly risk: Risk;
  readonly account: string;
  readonly region: string;
  readonly resource: ResourceRef;
  /** The fields the remediation changes (for one that deletes: what the check read), and only those; absent ones are not there. */
  readonly before: JsonObject;
  readonly after: JsonObject;
  /** Fields `before` and `after` speak of, so that "absent" can be told from "not spoken of". */
  readonly fields: readonly string[];
  readonly deletes: boolean;
  /** Hash over identity and every field that the check read and the remediation reads or changes. */
  readonly fingerprint: string;
  /** The fields the fingerprint covers, sorted. */
  readonly covers: readonly string[];
  readonly params: JsonObject;
  readonly calls: readonly PlannedCall[];
  readonly undo: readonly PlannedCall[];
  /** Why there is no undo, or what it does not restore. */
  readonly undo_note?: string;
  readonly iam: readonly string[];
  readonly impact: string;
  readonly cost: string;
  readonly reason: string;
  /** Set in an undo plan: the item whose change it takes back. */
  readonly undoes?: string;
}

/** An item that could be fixed but is not in the plan, and why. */
export interface HeldItem {
  readonly id: string;
  readonly policy: string;
  readonly account: string;
  readonly region: string;
  readonly resource: ResourceRef;
  /** `snoozed`: put off by a person; `waiting`: its time has not come, or there is no room for it yet. */
  readonly outcome: "capped" | "blocked" | "excepted" | "unknown" | "snoozed" | "waiting";
  readonly reason: string;
}

export interface PlanHeader {
  readonly evenkeel_plan: 1;
  readonly kind: "remediate" | "undo";
  /** What the plan is about, in words a file name can hold. */
  readonly scope: string;
  /** ISO 8601; the one thing that the clock may change, and never a change of its own. */
  readonly expires: string;
  readonly engine: string;
  readonly catalogue: string;
  /** Commit of the policies, or "". */
  readonly commit: string;
  readonly coverage: Omit<Coverage, "calls" | "gaps"> & { readonly gaps: number };
  readonly held: readonly HeldItem[];
  /** How many more are held back than `held` lists; absent where it lists all. */
  readonly held_more?: number;
  /** Hashes of the item lines, sorted: a line that is not listed here was not written by the engine. */
  readonly items: readonly string[];
  /** Over everything else in the header, and so over all item lines: by their hashes. */
  readonly signature?: PlanSignature;
}

export interface PlanSignature {
  /** ARN of the KMS key; says itself who signed, and is believed only where it is the configured one. */
  readonly key: string;
  readonly algorithm: SigningAlgorithm;
  /** Base64; of ECDSA the DER form. */
  readonly value: string;
}

export type SigningAlgorithm = "ECDSA_SHA_256" | "RSASSA_PSS_SHA_256";

export interface Plan {
  readonly header: PlanHeader;
  readonly items: readonly PlanItem[];
  /** What people's confirmation lines in the file name, as they stand there; absent where there are none. The engine writes none of its own. */
  readonly confirmed?: readonly string[];
}

/** A value as the plan shows it. */
export type PlanValue = Json;
