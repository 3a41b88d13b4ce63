import type { Json, JsonObject } from "./json.ts";

/** The three kinds of catalogue file and the configuration, as they stand in YAML once their form has been checked. */

export type Severity = "info" | "low" | "medium" | "high" | "critical";
export type Risk = "safe" | "disruptive" | "destructive";
export type Mode = "report" | "approve" | "automatic";
export type Decode = "json" | "url-json" | "csv";

/** A CEL expression. */
export type Cel = string;
/** `service:Operation`. */
export type CallName = string;

export interface CallTemplate {
  readonly call: CallName;
  /** Input of the operation; strings may hold `${CEL}`. */
  readonly with?: JsonObject;
  /** IAM actions, where they are not `service:Operation`. */
  readonly iam?: readonly string[];
}

export interface ListTemplate extends CallTemplate {
  readonly items: Cel;
  /** Lists below another list: the call is made once for each parent, which is `parent` in `with`. */
  readonly parents?: CallTemplate & { readonly items: Cel };
}

export interface ReadTemplate extends ListTemplate {
  /** Errors that mean "there is no such resource". */
  readonly absent?: readonly string[];
}

export interface FieldTemplate {
  readonly call?: CallName;
  readonly with?: JsonObject;
  readonly iam?: readonly string[];
  /** The name of one of the type's `lists`; its items of this resource are `found`. */
  readonly from?: string;
  readonly value: Cel;
  readonly decode?: Decode;
  readonly absent?: readonly string[];
  readonly sensitive?: boolean;
  readonly description?: string;
}

export interface ResourceTypeFile {
  readonly type: string;
  readonly title: string;
  readonly cloudformation?: string;
  readonly scope: "global" | "region";
  /** Without a list, each account (and region) has exactly one. */
  readonly list?: ListTemplate;
  /** How to read one again, where listing everything would be dear. */
  readonly get?: ReadTemplate;
  readonly lists?: Readonly<Record<string, ListTemplate & { readonly key: Cel }>>;
  readonly id: Cel;
  readonly arn: Cel;
  readonly region?: Cel;
  readonly identity: Cel;
  readonly fields: Readonly<Record<string, FieldTemplate>>;
  readonly tags?: FieldTemplate;
  /** Fields of the account's own resource of another type. */
  readonly account_fields?: Readonly<Record<string, { readonly type: string; readonly field: string }>>;
}

export type ParamType = "boolean" | "integer" | "number" | "string" | "array" | "object";

/** A JSON Schema of a parameter, of the part of JSON Schema that parameters need. */
export interface ParamSchema {
  readonly type: ParamType;
  readonly default?: Json;
  readonly description?: string;
  readonly enum?: readonly Json[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly pattern?: string;
  readonly items?: ParamSchema;
}
export type ParamSchemas = Readonly<Record<string, ParamSchema>>;

export type Expectation = "pass" | "fail" | "unknown" | "out_of_scope";

export interface PolicyTest {
  readonly name: string;
  readonly id?: string;
  readonly arn?: string;
  readonly account?: {
    readonly id?: string;
    readonly name?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly region?: string;
  readonly now?: string;
  readonly params?: JsonObject;
  readonly remediation_params?: JsonObject;
  readonly resource: JsonObject;
  readonly expect: Expectation;
  /** What the remediation would do, as far as the test wants to say; `[]` says that nothing is planned. */
  readonly plan?: readonly { readonly call: CallName; readonly with?: JsonObject }[];
  /** What undo would do, likewise. */
  readonly undo?: readonly { readonly call: CallName; readonly with?: JsonObject }[];
  /** Words that must stand in the reason of a refusal. */
  readonly blocked?: string;
}

export interface PolicyFile {
  readonly id: string;
  readonly title: string;
  readonly severity: Severity;
  readonly resource: string;
  readonly when?: Cel;
  readonly check: Cel;
  /** Why a failing resource fails, for people: CEL that gives text. */
  readonly reason?: Cel;
  readonly remediation?: {
    readonly id: string;
    readonly mode?: Mode;
    /** How long a resource may fail before a fix is proposed: `14d`. */
    readonly grace?: string;
    readonly params?: JsonObject;
  };
  readonly params?: ParamSchemas;
  readonly controls?: Readonly<Record<string, readonly string[]>>;
  readonly equivalents?: Readonly<Record<string, string | readonly string[]>>;
  readonly rationale?: string;
  readonly references?: readonly string[];
  readonly tests?: readonly PolicyTest[];
}

/** A reason, and when it holds. */
export interface Refusal {
  readonly when: Cel;
  readonly because: string;
}

export interface StepTemplate extends CallTemplate {
  /** Later steps read this step's output as `steps.NAME`. */
  readonly name?: string;
  readonly when?: Cel;
  /** Makes the call once for each element, which is `each`. */
  readonly each?: Cel;
  /** A reading call, made again until this holds of its `output`. */
  readonly until?: Cel;
  /** Longest wait of `until`: `90s`, `10m`. */
  readonly limit?: string;
  /** Error codes that mean that the step's work was done already. */
  readonly already?: readonly string[];
  /** For APIs that answer 200 with errors inside. */
  readonly failure?: { readonly when: Cel; readonly because: Cel };
  /** Looks for what an earlier, killed run may have made; its first item stands for the step's output. */
  readonly reuse?: CallTemplate & { readonly items: Cel };
}

export interface RemediationFile {
  readonly id: string;
  readonly title: string;
  readonly resource: string;
  readonly risk: Risk;
  readonly impact: string;
  readonly cost: string;
  readonly params?: ParamSchemas;
  readonly refuse?: readonly Refusal[];
  /** Field values afterwards. */
  readonly changes?: Readonly<Record<string, Cel>>;
  /** The resource is gone afterwards. */
  readonly deletes?: boolean;
  readonly steps: readonly StepTemplate[];
  readonly undo?: readonly StepTemplate[];
  /** Why there is no undo, where there is none. */
  readonly irreversible?: string;
  /** Said beside an undo that does not restore everything. */
  readonly undo_note?: string;
  /** Longest wait for the change to show (eventual consistency); 30s unless told. */
  readonly settles?: string;
}

export interface PackFile {
  readonly pack: string;
  readonly title: string;
  readonly policies: readonly string[];
}

/** Account labels and the values that match. */
export type LabelSelector = Readonly<Record<string, string | readonly string[]>>;

export interface ConfigPolicyEntry {
  readonly pack?: string;
  readonly use?: string;
  readonly mode?: Mode;
  /** In place of what the policy says; `0s` is none. */
  readonly grace?: string;
  readonly where?: LabelSelector;
  readonly except?: LabelSelector;
  readonly params?: JsonObject;
  readonly remediation_params?: JsonObject;
  /** Destructive remediations run only where a policy entry says so by name. */
  readonly allow_destructive?: boolean;
}

export interface ConfigAccount {
  readonly id: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface RoleConfig {
  readonly name: string;
  readonly external_id?: string;
}

export interface Guards {
  readonly per_policy: number;
  readonly per_account: number;
  readonly per_run: number;
  readonly percent: number;
}

export type Weekday = "mon" | "tue" | "wed" | "thu" | "fri" | "sat" | "sun";

/** When plans may be applied. */
export interface ChangeCalendar {
  /** Without any, every time is allowed. Times are `HH:MM` in the zone; an end before the beginning goes over midnight. */
  readonly windows: readonly {
    readonly days: readonly Weekday[];
    readonly from: string;
    readonly to: string;
    readonly timezone: string;
  }[];
  /** Days (UTC) on which nothing is changed, both ends included. */
  readonly freezes: readonly { readonly from: string; readonly to: string; readonly because: string }[];
}

/** evenkeel.yaml with its defaults filled in. */
export interface Config {
  readonly version: 1;
  readonly accounts: readonly ConfigAccount[];
  readonly regions: "enabled" | readonly string[];
  readonly partition: string;
  readonly roles: { readonly read: RoleConfig; readonly remediate: RoleConfig };
  readonly policies: readonly ConfigPolicyEntry[];
  readonly guards: Guards;
  readonly changes: ChangeCalendar;
  /** How long a plan may be applied: `7d`. */
  readonly plan_ttl: string;
  readonly report: {
    readonly group_by?: string;
    readonly branch_prefix: string;
    readonly plan_path: string;
    /** Report pull requests open at a time, and opened by one run, at most. */
    readonly most_open: number;
    readonly most_new: number;
    /** How long what a report offers is left alone once a person closes it: `14d`. */
    readonly snooze: string;
    /** By how many days a renewal lengthens an exception; with 0 none is proposed. */
    readonly renewal_days: number;
  };
  /** IDs of doctor's security checks that may be wrong: plans are applied all the same, and say so. */
  readonly allow_unsafe?: readonly string[];
  /** Where it is set, a merged plan is applied only with a valid signature of this KMS key. */
  readonly signing?: { readonly key: string };
  /** Where it is set, the journal is kept in this bucket. */
  readonly journal?: JournalPlace;
}

/** A prefix in a bucket; it ends with a slash. */
export interface JournalPlace {
  readonly bucket: string;
  /** Of the bucket's owner. */
  readonly account: string;
  readonly region: string;
  readonly prefix: string;
}
