import { equal } from "../equality.ts";
import { EvaluationFault } from "../faults.ts";
import type { FromJson } from "../from-json.ts";
import { describeValue, entriesOf, isKeyed } from "../to-json.ts";
import type { TypeTable } from "../types.ts";
import { textArgument } from "./arguments.ts";
import { allowsPublic, deniesInsecureTransport } from "./policy-meaning.ts";
import { documentArgument, normalStatement, rawStatements, STATEMENT, statementJson } from "./policy-statement.ts";
import type { CelFunction } from "./register.ts";

const VERSION = "2012-10-17";

type Fields = ReadonlyMap<unknown, unknown>;

/**
 * Functions on IAM policy documents. A document is a decoded field, its text, or an optional: `resource.?Policy` that is not set has no
 * statements and allows nothing.
 */
export function policyFunctions(types: TypeTable, convert: FromJson): readonly CelFunction[] {
  const statementsOf = (value: unknown, of: string) =>
    rawStatements(documentArgument(value, of, convert), of).map(normalStatement);
  return [
    {
      signature: `statements(dyn): list<${types.nameOf(STATEMENT)}>`,
      description:
        "The statements of a policy document, each with Sid, Effect, and lists for all that may be text or list.",
      example: 'statements(resource.?Policy).exists(s, s.Effect == "Allow" && "*" in s.Principals)',
      implementation: (document) =>
        statementsOf(document, "statements()").map((statement) =>
          convert.structure(STATEMENT, statementJson(statement), "statement"),
        ),
    },
    {
      signature: "policyAllowsPublic(dyn): bool",
      description: "Whether some statement allows everyone something and no condition restricts it.",
      example: "!policyAllowsPublic(resource.?Policy)",
      implementation: (document) => statementsOf(document, "policyAllowsPublic()").some(allowsPublic),
    },
    {
      signature: "policyDeniesInsecureTransport(dyn, string): bool",
      description: "Whether the policy denies everyone every S3 action on the bucket and its objects without TLS.",
      example: "policyDeniesInsecureTransport(resource.?Policy, resource.Arn)",
      implementation: (document, arn) => {
        const of = "policyDeniesInsecureTransport()";
        return deniesInsecureTransport(statementsOf(document, of), textArgument(arn, of));
      },
    },
    {
      signature: "newPolicy(dyn): dyn",
      description: "A policy document with one statement.",
      example: 'newPolicy({"Sid": "TlsOnly", "Effect": "Deny"})',
      implementation: (statement) => added(undefined, fieldsOf(statement, "newPolicy()"), "newPolicy()"),
    },
    {
      signature: "withStatement(dyn, dyn): dyn",
      description:
        "The document with the statement added, or in the place of the one with the same Sid; all else stays as it is. Of a document that is not set, a new one.",
      example: 'withStatement(resource.?Policy, {"Sid": "TlsOnly", "Effect": "Deny"})',
      implementation: (document, statement) => {
        const of = "withStatement()";
        return added(documentArgument(document, of, convert), fieldsOf(statement, of), of);
      },
    },
    {
      signature: "withoutStatement(dyn, string): dyn",
      description:
        "The document without the statements of that Sid. AWS takes no policy without statements: delete it instead.",
      example: 'withoutStatement(resource.Policy, "PublicRead")',
      implementation: (document, sid) => {
        const of = "withoutStatement()";
        const name = textArgument(sid, of);
        return without(documentArgument(document, of, convert), (raw) => raw.get("Sid") === name, of);
      },
    },
    {
      signature: "withoutPublicStatements(dyn): dyn",
      description: "The document without the statements that policyAllowsPublic() finds.",
      example: "withoutPublicStatements(resource.Policy)",
      implementation: (document) => {
        const of = "withoutPublicStatements()";
        return without(documentArgument(document, of, convert), (raw) => allowsPublic(normalStatement(raw)), of);
      },
    },
  ];
}

function fieldsOf(value: unknown, of: string): Fields {
  if (isKeyed(value)) return value instanceof Map ? value : new Map(entriesOf(value));
  throw new EvaluationFault(`${of} takes a statement as a map, found ${describeValue(value)}`);
}

/** Gives back the very document where it already has the statement, so that its text stays byte for byte. */
function added(document: Fields | undefined, statement: Fields, of: string): Fields {
  if (document === undefined) {
    return new Map<unknown, unknown>([
      ["Version", VERSION],
      ["Statement", [statement]],
    ]);
  }
  const present = rawStatements(document, of);
  const sid = statement.get("Sid");
  const isSame = (raw: Fields) => (sid === undefined ? equal(raw, statement) : raw.get("Sid") === sid);
  const places = present.filter(isSame);
  if (places.length === 1 && equal(places[0], statement)) return document;
  const first = present.findIndex(isSame);
  const kept = present.filter((raw, index) => index === first || !isSame(raw));
  return withStatements(
    document,
    first === -1 ? [...kept, statement] : kept.map((raw) => (isSame(raw) ? statement : raw)),
  );
}

function without(document: Fields | undefined, gone: (raw: Fields) => boolean, of: string): Fields {
  if (document === undefined) throw new EvaluationFault(`${of}: the document is not set; guard it with has(…)`);
  const present = rawStatements(document, of);
  const kept = present.filter((raw) => !gone(raw));
  return kept.length === present.length ? document : withStatements(document, kept);
}

function withStatements(document: Fields, statements: readonly Fields[]): Fields {
  return new Map(document).set("Statement", statements);
}
