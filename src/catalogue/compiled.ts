import type {
  ConfigAccount,
  Mode,
  PolicyFile,
  RemediationFile,
  ResourceTypeFile,
  Severity,
  StepTemplate,
} from "../types/catalogue.ts";
import type { Expression, Template } from "../types/cel.ts";
import type { JsonObject } from "../types/json.ts";
import type { Operation } from "../types/operation.ts";
import type { Shape, StructureShape } from "../types/shape.ts";

/** Catalogue files after checking by meaning: every call found in AWS's model, every expression typed, every reference resolved. */

export interface Location {
  readonly file: string;
  readonly line: number;
}

export interface CompiledCall {
  readonly operation: Operation;
  readonly input: Template;
  readonly iam: readonly string[];
}

export interface CompiledList extends CompiledCall {
  readonly items: Expression;
  readonly parents: (CompiledCall & { readonly items: Expression }) | undefined;
}

export type FieldSource =
  | { readonly kind: "item"; readonly value: Expression }
  /** `key`: fields with the same key share one call per resource. */
  | {
      readonly kind: "call";
      readonly key: string;
      readonly call: CompiledCall;
      readonly absent: ReadonlySet<string>;
      readonly value: Expression;
    }
  | { readonly kind: "from"; readonly list: string; readonly value: Expression }
  | { readonly kind: "account"; readonly type: string; readonly field: string };

export interface CompiledField {
  readonly name: string;
  readonly shape: Shape;
  readonly source: FieldSource;
  readonly sensitive: boolean;
  readonly description: string | undefined;
}

export interface CompiledType {
  readonly kind: "type";
  readonly file: ResourceTypeFile;
  readonly location: Location;
  /** What `resource` is in policies of this type. */
  readonly shape: StructureShape;
  readonly list: CompiledList | undefined;
  readonly get: (CompiledList & { readonly absent: ReadonlySet<string> }) | undefined;
  readonly lists: ReadonlyMap<string, CompiledList & { readonly key: Expression }>;
  readonly id: Expression;
  readonly arn: Expression;
  readonly region: Expression | undefined;
  readonly identity: Expression;
  readonly fields: ReadonlyMap<string, CompiledField>;
  readonly itemShape: Shape | undefined;
  readonly parentShape: Shape | undefined;
}

export interface CompiledStep extends CompiledCall {
  readonly template: StepTemplate;
  /** The name the plan gives the step; `step1`, `step2`, … where the file gives none. */
  readonly name: string;
  readonly when: Expression | undefined;
  readonly each: Expression | undefined;
  readonly until: Expression | undefined;
  readonly failure: { readonly when: Expression; readonly because: Expression } | undefined;
  readonly reuse: (CompiledCall & { readonly items: Expression }) | undefined;
}

export interface CompiledRemediation {
  readonly kind: "remediation";
  readonly file: RemediationFile;
  readonly location: Location;
  readonly type: CompiledType;
  readonly params: StructureShape;
  readonly refuse: readonly { readonly when: Expression; readonly because: string }[];
  readonly changes: ReadonlyMap<string, Expression>;
  readonly steps: readonly CompiledStep[];
  readonly undo: readonly CompiledStep[];
  /** What `steps` is: one member for each named step. */
  readonly outputs: StructureShape;
  /** Fields of the resource that the remediation reads or changes. */
  readonly fields: readonly string[];
  /** SHA-256 of the file's canonical JSON. */
  readonly digest: string;
}

export interface CompiledPolicy {
  readonly kind: "policy";
  readonly file: PolicyFile;
  readonly location: Location;
  readonly type: CompiledType;
  readonly params: StructureShape;
  readonly when: Expression | undefined;
  readonly check: Expression;
  readonly reason: Expression | undefined;
  readonly remediation: CompiledRemediation | undefined;
  readonly digest: string;
}

export interface CompiledPack {
  readonly title: string;
  readonly policies: readonly string[];
}

export interface CompiledCatalogue {
  readonly types: ReadonlyMap<string, CompiledType>;
  readonly remediations: ReadonlyMap<string, CompiledRemediation>;
  readonly policies: ReadonlyMap<string, CompiledPolicy>;
  readonly packs: ReadonlyMap<string, CompiledPack>;
  /** SHA-256 over all files' canonical JSON. */
  readonly digest: string;
}

/** A policy as it runs in one account: the configuration's entries merged, parameters evaluated and checked. */
export interface EffectivePolicy {
  readonly policy: CompiledPolicy;
  readonly account: ConfigAccount;
  readonly mode: Mode;
  /** How long a finding waits before its fix is proposed: `14d`. Absent: not at all. */
  readonly grace?: string;
  readonly severity: Severity;
  readonly params: JsonObject;
  readonly remediationParams: JsonObject;
  readonly allowDestructive: boolean;
  /** The configuration's entry that made it run so. */
  readonly entry: Location;
}
