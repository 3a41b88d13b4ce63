import type { Json, JsonObject } from "./json.ts";
import type { FieldState } from "./scan.ts";
import type { Shape, StructureShape } from "./shape.ts";

/** What an expression may name, and of which type each name is. */
export type Scope = Readonly<Record<string, Shape>>;

/** A problem in a text, by UTF-16 offset into it; the caller knows where the text stands in its file. */
export interface TextProblem {
  readonly offset: number;
  readonly length: number;
  /** What was expected and what was found. */
  readonly message: string;
  /** The nearest valid name, where a name was wrong. */
  readonly nearest?: string;
}

export type Compiled<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problems: readonly TextProblem[] };

/** The value of a variable: plain JSON of the declared shape, or a reader that supplies a structure's members one by one. */
export type Binding =
  | { readonly json: Json }
  | { readonly read: (member: string) => FieldState }
  | { readonly absent: true };
export type Bindings = Readonly<Record<string, Binding>>;

/**
 * `unknown`: something that could not be read decided it; `code` and `message` are those of the FieldState.
 * `error`: the expression itself went wrong (an unset number read unguarded, a division by zero); the message names the field.
 */
export type Evaluation =
  | { readonly kind: "value"; readonly value: Json }
  | { readonly kind: "absent" }
  | { readonly kind: "unknown"; readonly path: string; readonly code: string; readonly message: string }
  | { readonly kind: "error"; readonly message: string };

export interface Expression {
  readonly source: string;
  readonly shape: Shape;
  /** Every path of members that the expression reads, by its static text: `["resource", "PublicAccessBlock", "BlockPublicAcls"]`; `["resource"]` where it takes the whole. */
  readonly reads: readonly (readonly string[])[];
  evaluate(bindings: Bindings): Evaluation;
}

/** A problem in a template: `path` leads to the value inside the template, the offset is into that string (0 for other values). */
export interface TemplateProblem extends TextProblem {
  readonly path: readonly (string | number)[];
  /** Whether the key or the value at the path is wrong. */
  readonly at: "key" | "value";
}

/** JSON with `${CEL}` inside its strings, checked against the shape it must have. A string that is only `${…}` keeps the type of its value. */
export interface Template {
  readonly reads: readonly (readonly string[])[];
  /** `bind`: JSON pointer -> expression, for the values that read a deferred variable (`steps`); these are left out of `params`. */
  evaluate(
    bindings: Bindings,
  ):
    | { readonly kind: "value"; readonly params: JsonObject; readonly bind: Readonly<Record<string, string>> }
    | Exclude<Evaluation, { kind: "value" } | { kind: "absent" }>;
}

export interface CelEnvironment {
  /** `expected`: the shape the result must fit; a mismatch is a problem. */
  compile(source: string, scope: Scope, expected?: Shape): Compiled<Expression>;
  compileTemplate(
    template: JsonObject,
    scope: Scope,
    expected: StructureShape,
    options?: { readonly defer?: readonly string[] },
  ):
    | { readonly ok: true; readonly value: Template }
    | { readonly ok: false; readonly problems: readonly TemplateProblem[] };
}
