import fc from "fast-check";
import { expect, test } from "vitest";
import { createCel } from "../../../src/cel/environment.ts";
import type { Json } from "../../../src/types/json.ts";
import { json, text } from "../shapes.ts";

const cel = createCel();
const scope = { doc: json, arn: text };
const ARN = "arn:aws:s3:::logs";

function evaluate(source: string, doc: Json | undefined, expected?: typeof json) {
  const compiled = cel.compile(source, scope, expected);
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));
  const binding =
    doc === undefined ? ({ absent: true } as const) : { json: typeof doc === "string" ? doc : JSON.stringify(doc) };
  const result = compiled.value.evaluate({ doc: binding, arn: { json: ARN } });
  return result.kind === "value" ? result.value : result;
}

test("statements are normalised", () => {
  const doc = {
    Version: "2012-10-17",
    Statement: {
      Effect: "Allow",
      Principal: { AWS: ["*", "arn:aws:iam::1:root"], Service: "ec2.amazonaws.com" },
      Action: "s3:Get*",
      NotResource: ["a", "b"],
      Condition: { Bool: { "aws:SecureTransport": true }, NumericLessThan: { "s3:max-keys": [1, 2] } },
    },
  };
  expect(evaluate("statements(doc)", doc)).toEqual([
    {
      Effect: "Allow",
      Principals: ["*", "AWS:arn:aws:iam::1:root", "Service:ec2.amazonaws.com"],
      NotPrincipals: [],
      Actions: ["s3:Get*"],
      NotActions: [],
      Resources: [],
      NotResources: ["a", "b"],
      Conditions: [
        { Operator: "Bool", Key: "aws:SecureTransport", Values: ["true"] },
        { Operator: "NumericLessThan", Key: "s3:max-keys", Values: ["1", "2"] },
      ],
    },
  ]);
  expect(evaluate("statements(doc).exists(s, has(s.Sid))", doc)).toBe(false);
  expect(
    evaluate("statements(doc).exists(s, s.Conditions.exists(c, c.Key == 's3:max-keys' && '2' in c.Values))", doc),
  ).toBe(true);
});

const allow = { Effect: "Allow", Principal: "*", Action: "s3:GetObject", Resource: "*" };

test.each<[string, Json, boolean]>([
  ["everyone", allow, true],
  ["everyone, as AWS", { ...allow, Principal: { AWS: "*" } }, true],
  ["everyone, in a list", { ...allow, Principal: { AWS: ["arn:aws:iam::1:root", "*"] } }, true],
  ["everyone but some", { Effect: "Allow", NotPrincipal: { AWS: "1" }, Action: "*" }, true],
  ["one account", { ...allow, Principal: { AWS: "arn:aws:iam::1:root" } }, false],
  ["a deny", { ...allow, Effect: "Deny" }, false],
  ["an organization", { ...allow, Condition: { StringEquals: { "aws:PrincipalOrgID": "o-abcdefghij" } } }, false],
  ["key in another case", { ...allow, Condition: { StringEquals: { "AWS:principalorgid": ["o-abcdefghij"] } } }, false],
  ["IfExists", { ...allow, Condition: { StringEqualsIfExists: { "aws:PrincipalOrgID": "o-abcdefghij" } } }, true],
  ["ForAllValues", { ...allow, Condition: { "ForAllValues:StringEquals": { "aws:SourceVpce": "vpce-1" } } }, true],
  ["ForAnyValue", { ...allow, Condition: { "ForAnyValue:StringEquals": { "aws:SourceVpce": "vpce-1" } } }, false],
  ["negated", { ...allow, Condition: { StringNotEquals: { "aws:SourceVpce": "vpce-1" } } }, true],
  ["like anything", { ...allow, Condition: { StringLike: { "aws:SourceAccount": "*" } } }, true],
  ["one of two is anything", { ...allow, Condition: { StringLike: { "aws:SourceAccount": ["1", "2*"] } } }, true],
  [
    "any ARN of one account",
    { ...allow, Condition: { ArnLike: { "aws:SourceArn": "arn:aws:sns:*:111111111111:*" } } },
    false,
  ],
  ["any ARN", { ...allow, Condition: { ArnLike: { "aws:SourceArn": "arn:aws:sns:*:*:*" } } }, true],
  ["one bucket", { ...allow, Condition: { ArnEquals: { "aws:SourceArn": "arn:aws:s3:::logs" } } }, false],
  [
    "a policy variable",
    { ...allow, Condition: { StringEquals: { "aws:PrincipalAccount": "${aws:PrincipalAccount}" } } },
    true,
  ],
  ["a narrow range", { ...allow, Condition: { IpAddress: { "aws:SourceIp": "203.0.113.0/24" } } }, false],
  ["every address", { ...allow, Condition: { IpAddress: { "aws:SourceIp": "0.0.0.0/0" } } }, true],
  [
    "half of all addresses each",
    { ...allow, Condition: { IpAddress: { "aws:SourceIp": ["0.0.0.0/1", "128.0.0.0/1"] } } },
    true,
  ],
  ["not from a range", { ...allow, Condition: { NotIpAddress: { "aws:SourceIp": "203.0.113.0/24" } } }, true],
  ["only TLS", { ...allow, Condition: { Bool: { "aws:SecureTransport": "true" } } }, true],
  ["an empty list of values", { ...allow, Condition: { StringEquals: { "aws:SourceAccount": [] } } }, true],
])("public: %s", (_name, statement, expected) => {
  expect(evaluate("policyAllowsPublic(doc)", { Statement: [statement] })).toBe(expected);
});

const deny = {
  Sid: "Tls",
  Effect: "Deny",
  Principal: "*",
  Action: "s3:*",
  Resource: [ARN, `${ARN}/*`],
  Condition: { Bool: { "aws:SecureTransport": "false" } },
};

test.each<[string, Json, boolean]>([
  ["as AWS documents it", [deny], true],
  ["one statement without a list", deny, true],
  ["JSON false", [{ ...deny, Condition: { Bool: { "aws:SecureTransport": false } } }], true],
  ["a list", [{ ...deny, Condition: { Bool: { "aws:SecureTransport": ["false"] } } }], true],
  ["IfExists", [{ ...deny, Condition: { BoolIfExists: { "AWS:SecureTransport": "False" } } }], true],
  ["principal AWS *", [{ ...deny, Principal: { AWS: "*" } }], true],
  ["all actions, all resources", [{ ...deny, Action: "*", Resource: "*" }], true],
  ["a pattern over both", [{ ...deny, Resource: `${ARN}*` }], true],
  [
    "two statements",
    [
      { ...deny, Resource: ARN },
      { ...deny, Resource: `${ARN}/*` },
    ],
    true,
  ],
  ["objects only", [{ ...deny, Resource: `${ARN}/*` }], false],
  ["bucket only", [{ ...deny, Resource: ARN }], false],
  ["some objects", [{ ...deny, Resource: [ARN, `${ARN}/a*`] }], false],
  ["another bucket", [{ ...deny, Resource: [`${ARN}2`, `${ARN}2/*`] }], false],
  ["an allow", [{ ...deny, Effect: "Allow" }], false],
  ["secure transport denied", [{ ...deny, Condition: { Bool: { "aws:SecureTransport": "true" } } }], false],
  ["a string operator", [{ ...deny, Condition: { StringEquals: { "aws:SecureTransport": "false" } } }], false],
  ["for all values", [{ ...deny, Condition: { "ForAllValues:Bool": { "aws:SecureTransport": "false" } } }], false],
  [
    "another condition beside it",
    [{ ...deny, Condition: { ...deny.Condition, StringEquals: { "aws:SourceVpc": "vpc-1" } } }],
    false,
  ],
  [
    "everyone but some",
    [{ ...deny, Principal: undefined, NotPrincipal: { AWS: "1" } }].map((each) => JSON.parse(JSON.stringify(each))),
    false,
  ],
  ["one principal", [{ ...deny, Principal: { AWS: "arn:aws:iam::1:root" } }], false],
  ["reading only", [{ ...deny, Action: ["s3:GetObject", "s3:PutObject"] }], false],
  ["an old TLS version", [{ ...deny, Condition: { NumericLessThan: { "s3:TlsVersion": 1.2 } } }], false],
  ["no statement", [], false],
])("denies insecure transport: %s", (_name, statements, expected) => {
  expect(evaluate("policyDeniesInsecureTransport(doc, arn)", { Statement: statements })).toBe(expected);
});

test("withStatement adds at the end, replaces in place, and leaves a document that has it byte for byte", () => {
  const add = `withStatement(doc, {"Sid": "B", "Effect": "Deny"})`;
  expect(evaluate(add, { Id: "x", Statement: [{ Sid: "A" }] }, json)).toBe(
    '{"Id":"x","Statement":[{"Sid":"A"},{"Sid":"B","Effect":"Deny"}]}',
  );
  expect(evaluate(add, { Statement: { Sid: "A" } })).toEqual({
    Statement: [{ Sid: "A" }, { Sid: "B", Effect: "Deny" }],
  });
  expect(evaluate(add, { Statement: [{ Sid: "A" }, { Sid: "B", Action: "x" }, { Sid: "C" }] })).toEqual({
    Statement: [{ Sid: "A" }, { Sid: "B", Effect: "Deny" }, { Sid: "C" }],
  });
  const text = '{ "Statement" : [ {"Effect": "Deny", "Sid":"B"} ] }';
  expect(evaluate(add, text, json)).toBe(text);
});

test("documents that are not set", () => {
  const scopeOf = "optional.none()";
  expect(evaluate(`withStatement(${scopeOf}, {"Effect": "Deny"})`, {})).toEqual({
    Version: "2012-10-17",
    Statement: [{ Effect: "Deny" }],
  });
  expect(evaluate('newPolicy({"Effect": "Deny"})', {})).toEqual({
    Version: "2012-10-17",
    Statement: [{ Effect: "Deny" }],
  });
  expect(evaluate(`policyAllowsPublic(${scopeOf}) || policyDeniesInsecureTransport(${scopeOf}, arn)`, {})).toBe(false);
  expect(evaluate("policyAllowsPublic(doc)", undefined)).toEqual({ kind: "error", message: "doc is not set" });
});

test("statements are taken out, and nothing else", () => {
  const doc = {
    Version: "1",
    Statement: [
      { Sid: "A", Effect: "Deny" },
      { Sid: "B", ...allow },
    ],
  };
  expect(evaluate('withoutStatement(doc, "A")', doc)).toEqual({ Version: "1", Statement: [{ Sid: "B", ...allow }] });
  expect(evaluate("withoutPublicStatements(doc)", doc)).toEqual({
    Version: "1",
    Statement: [{ Sid: "A", Effect: "Deny" }],
  });
  expect(evaluate('withoutStatement(doc, "Z")', '{"Statement":  []}', json)).toBe('{"Statement":  []}');
});

test("adding a statement twice is adding it once, and keeps the others in order", () => {
  const statement = fc.record({
    Sid: fc.constantFrom("A", "B", "C", "D"),
    Effect: fc.constantFrom("Allow", "Deny"),
    Action: fc.string(),
  });
  fc.assert(
    fc.property(fc.uniqueArray(statement, { selector: (each) => each.Sid }), statement, (statements, added) => {
      const source = `withStatement(doc, ${JSON.stringify(added)})`;
      const once = evaluate(source, { Statement: statements }, json);
      expect(evaluate(source, typeof once === "string" ? once : null, json)).toBe(once);
      const others = statements.filter((each) => each.Sid !== added.Sid);
      const result = JSON.parse(String(once)).Statement.filter((each: { Sid: string }) => each.Sid !== added.Sid);
      expect(result).toEqual(others);
    }),
  );
});
