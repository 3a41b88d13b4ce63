import type { Severity } from "./catalogue.ts";
import type { Excepted } from "./exception.ts";
import type { Json, JsonObject } from "./json.ts";

/** What is known of one field of one resource. `absent` is AWS's "not set"; `unknown` is "could not be read". */
export type FieldState =
  | { readonly state: "value"; readonly value: Json }
  | { readonly state: "absent" }
  | { readonly state: "unknown"; readonly code: string; readonly message: string };

export type FindingStatus = "pass" | "fail" | "unknown" | "out_of_scope";

export interface ResourceRef {
  readonly type: string;
  readonly id: string;
  readonly arn: string;
  /** Tells a re-created resource from the old one of the same name. */
  readonly identity: string;
}

/** One policy's verdict on one resource. Every report format is a rendering of these. */
export interface Finding {
  /** 32 hex characters: hash of policy, account, region and resource identity; the same in every output. */
  readonly id: string;
  readonly policy: string;
  readonly status: FindingStatus;
  readonly severity: Severity;
  readonly account: string;
  readonly region: string;
  readonly resource: ResourceRef;
  readonly reason: string;
  /** The fields that the check read, as AWS gave them; sensitive ones as hash and length. */
  readonly attributes: JsonObject;
  /** Where the policy stands. */
  readonly location: { readonly file: string; readonly line: number };
  /** Set where an exception covers a failing resource: it fails all the same, and is left as it is. */
  readonly excepted?: Excepted;
}

/** Something that could not be read, and what would mend it. */
export interface Gap {
  readonly account: string;
  readonly region: string;
  readonly type: string;
  /** `service:Operation`, or the step that failed (`sts:AssumeRole`). */
  readonly operation: string;
  readonly code: string;
  readonly message: string;
  readonly remedy: string | undefined;
  /** How many resources it hid; undefined when nobody can know (a list that failed). */
  readonly resources: number | undefined;
  readonly policies: readonly string[];
}

export interface Coverage {
  readonly accounts: { readonly scanned: number; readonly total: number };
  /** Account and region pairs. */
  readonly regions: { readonly scanned: number; readonly total: number };
  readonly resources: number;
  readonly findings: Readonly<Record<FindingStatus, number>>;
  readonly gaps: readonly Gap[];
  /** AWS calls by `service:Operation`. */
  readonly calls: Readonly<Record<string, number>>;
  readonly complete: boolean;
}
