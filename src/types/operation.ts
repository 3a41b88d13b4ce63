import type { StructureShape } from "./shape.ts";

/** How AWS classes an IAM action (Service Authorization Reference). */
export type AccessLevel = "List" | "Read" | "Write" | "Permissions management" | "Tagging";

/** One operation of one service, from the operation model in AWS's own SDK packages. */
export interface Operation {
  /** The service as `call:` names it: `s3`, `ec2`, `s3control`. */
  readonly service: string;
  readonly operation: string;
  readonly input: StructureShape;
  readonly output: StructureShape;
  /** Undefined: the operation has no pages. */
  readonly pagination: Pagination | undefined;
  /** The IAM actions a caller needs, by default; a catalogue file's `iam:` takes their place. */
  readonly iam: readonly string[];
  /** True where every IAM action of the operation is classed List or Read. */
  readonly reads: boolean;
  /** Set where the answer hands out stored data or secrets; says which, in words for an error message. */
  readonly secret: string | undefined;
}

export interface Pagination {
  readonly inputToken: string;
  /** A dotted path into the output. */
  readonly outputToken: string;
  readonly pageSize: string | undefined;
}

/** What is known of AWS without asking AWS: read from files made at build time. */
export interface Models {
  services(): readonly string[];
  /** Undefined where no such service or operation exists; `nearest` finds what was meant. */
  operation(service: string, operation: string): Operation | undefined;
  operations(service: string): readonly string[];
  /** Undefined where AWS has no such IAM action (`s3:GetBucketPublicAccessBlock`). */
  iamAction(action: string): { readonly access: AccessLevel } | undefined;
  iamActions(prefix: string): readonly string[];
}
