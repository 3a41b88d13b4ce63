/**
 * The form of the generated files. `scripts/generate.ts` writes them, `createModels` reads them; both are built from this page, so
 * the reader trusts the form and checks only its number.
 *
 * Compactness is what makes a service quick to load: ec2 has 4,000 shapes, and a scan needs forty of them.
 */
export const fileFormat = 1;

/** Below `firstRow`: a scalar, by its place in `scalarRefs`. From there on: `shapes[ref - firstRow]`. */
export type Ref = number;

export const scalarRefs = ["string", "boolean", "integer", "double", "timestamp", "blob", "any"] as const;
export const firstRow = 10;

/** Text of which AWS's model names the known values. AWS may return others: it adds values without notice. */
export type EnumRow = readonly ["e", readonly string[]];
export type ListRow = readonly ["l", Ref];
export type MapRow = readonly ["m", Ref];
/**
 * `names` holds the member names, split by spaces; the first `required` of them are required. `sensitive` and `streaming` are
 * indices of members; both are left out where there are none.
 */
export type StructureRow = readonly [
  "s",
  name: string,
  required: number,
  names: string,
  refs: readonly Ref[],
  sensitive?: readonly number[],
  streaming?: readonly number[],
];
export type Row = EnumRow | ListRow | MapRow | StructureRow;

/** Input and output are structures; the rest is the pagination: input token, output token, page size. */
export type OperationRow = readonly [
  input: Ref,
  output: Ref,
  inputToken?: string,
  outputToken?: string,
  pageSize?: string,
];

/** `models/<service>.json` */
export interface ModelFile {
  readonly format: number;
  readonly operations: Readonly<Record<string, OperationRow>>;
  readonly shapes: readonly Row[];
}

/** `iam.json` */
export interface IamFile {
  readonly format: number;
  /** Prefix -> access level -> names of actions, split by spaces. */
  readonly actions: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Service -> operation -> actions, where that is not just `prefix:Operation`. Empty: AWS asks for no permission. */
  readonly operations: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
  /** Service -> operation -> what it hands out. */
  readonly secrets: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Service -> operation -> what it does although AWS classes it as List or Read. */
  readonly acts: Readonly<Record<string, Readonly<Record<string, string>>>>;
}
