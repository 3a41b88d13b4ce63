import { Optional } from "@marcbachmann/cel-js";
import type { JsonObject } from "../../types/json.ts";
import type { Member, Shape, StructureShape } from "../../types/shape.ts";
import { decodeDocument, rememberText } from "../document.ts";
import { EvaluationFault } from "../faults.ts";
import type { FromJson } from "../from-json.ts";
import { describeValue } from "../to-json.ts";

/** One statement of an IAM policy with every string-or-list form as a list. Case is kept. */
export interface Statement {
  readonly Sid: string | undefined;
  readonly Effect: string;
  /** `*`, `AWS:arn:…`, `AWS:111111111111`, `Service:…`, `Federated:…`. `{"AWS": "*"}` means everyone, as `"*"` does, and is written so. */
  readonly Principals: readonly string[];
  readonly NotPrincipals: readonly string[];
  readonly Actions: readonly string[];
  readonly NotActions: readonly string[];
  readonly Resources: readonly string[];
  readonly NotResources: readonly string[];
  readonly Conditions: readonly Condition[];
}

export interface Condition {
  readonly Operator: string;
  readonly Key: string;
  readonly Values: readonly string[];
}

const text: Shape = { kind: "string" };
const texts: Shape = { kind: "list", element: text };

function structureOf(name: string, members: Readonly<Record<string, Shape>>): StructureShape {
  const entries = Object.entries(members).map(([member, shape]): [string, Member] => [
    member,
    { shape, required: false, sensitive: false },
  ]);
  return { kind: "structure", name, members: new Map(entries) };
}

const CONDITION = structureOf("policy.Condition", { Operator: text, Key: text, Values: texts });

export const STATEMENT = structureOf("policy.Statement", {
  Sid: text,
  Effect: text,
  Principals: texts,
  NotPrincipals: texts,
  Actions: texts,
  NotActions: texts,
  Resources: texts,
  NotResources: texts,
  Conditions: { kind: "list", element: CONDITION },
});

type Fields = ReadonlyMap<unknown, unknown>;

/**
 * The document that an argument stands for: decoded already, as text (plain or percent-encoded), or undefined for an optional that holds nothing.
 */
export function documentArgument(value: unknown, of: string, convert: FromJson): Fields | undefined {
  if (value instanceof Optional) return value.hasValue() ? documentArgument(value.value(), of, convert) : undefined;
  if (value instanceof Map) return value;
  if (typeof value !== "string")
    throw new EvaluationFault(`${of} takes a policy document, found ${describeValue(value)}`);
  try {
    const decoded = decodeDocument(value, value.trimStart().startsWith("{") ? "json" : "url-json");
    const document = convert.value(decoded.value, { kind: "any" }, "the policy document");
    if (document instanceof Map) {
      rememberText(document, decoded.text);
      return document;
    }
  } catch {
    // Said below: the text is never part of a message.
  }
  throw new EvaluationFault(`${of} takes a policy document, found text that is none`);
}

/** The statements as they stand in the document: a list, or one statement alone. */
export function rawStatements(document: Fields | undefined, of: string): readonly Fields[] {
  const statement = document?.get("Statement");
  const list = Array.isArray(statement) ? statement : statement === undefined ? [] : [statement];
  return list.map((item) => {
    if (item instanceof Map) return item;
    throw new EvaluationFault(`${of}: a statement of the document is ${describeValue(item)}`);
  });
}

export function normalStatement(raw: Fields): Statement {
  const sid = raw.get("Sid");
  const effect = raw.get("Effect");
  return {
    Sid: typeof sid === "string" ? sid : undefined,
    Effect: typeof effect === "string" ? effect : "",
    Principals: principals(raw.get("Principal")),
    NotPrincipals: principals(raw.get("NotPrincipal")),
    Actions: listOf(raw.get("Action")),
    NotActions: listOf(raw.get("NotAction")),
    Resources: listOf(raw.get("Resource")),
    NotResources: listOf(raw.get("NotResource")),
    Conditions: conditions(raw.get("Condition")),
  };
}

/** A statement as JSON of the shape STATEMENT. */
export function statementJson(statement: Statement): JsonObject {
  const { Sid, Conditions, ...rest } = statement;
  const json = { ...rest, Conditions: Conditions.map((condition) => ({ ...condition })) };
  return Sid === undefined ? json : { Sid, ...json };
}

/** Text alone or a list of it; truth values and numbers, which IAM accepts as condition values, as their text. */
function listOf(value: unknown): string[] {
  // One level only: IAM knows no lists of lists.
  return (Array.isArray(value) ? value : [value])
    .filter(
      (item) =>
        typeof item === "string" || typeof item === "boolean" || typeof item === "bigint" || typeof item === "number",
    )
    .map(String);
}

function principals(value: unknown): string[] {
  if (!(value instanceof Map)) return listOf(value);
  return [...value].flatMap(([kind, names]) =>
    listOf(names).map((name) => (kind === "AWS" && name === "*" ? "*" : `${String(kind)}:${name}`)),
  );
}

function conditions(value: unknown): Condition[] {
  if (!(value instanceof Map)) return [];
  return [...value].flatMap(([operator, keys]) =>
    keys instanceof Map
      ? [...keys].map(([key, values]) => ({ Operator: String(operator), Key: String(key), Values: listOf(values) }))
      : [],
  );
}
