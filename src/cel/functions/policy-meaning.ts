import { parseRange, rangeContains } from "./cidr.ts";
import type { Condition, Statement } from "./policy-statement.ts";

/**
 * Whether a statement allows everyone something: an Allow to `*`, or one with NotPrincipal (everyone but some), that no condition restricts.
 * What counts as restricting follows Amazon S3's meaning of "public"
 * (https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status),
 * with the organization and principal keys beside it. Deny statements are not weighed against it.
 */
export function allowsPublic(statement: Statement): boolean {
  if (statement.Effect !== "Allow") return false;
  if (!statement.Principals.includes("*") && statement.NotPrincipals.length === 0) return false;
  return !statement.Conditions.some(restricts);
}

/** How the values of a key must look to name someone in particular. */
const RESTRICTING: ReadonlyMap<string, (value: string) => boolean> = new Map([
  ["aws:sourceip", narrowRange],
  ["aws:vpcsourceip", narrowRange],
  ["aws:sourcearn", fixedArn],
  ["aws:principalarn", fixedArn],
  ["s3:dataaccesspointarn", fixedArn],
  ["aws:userid", (value) => fixed(value.split(":")[0] ?? "")],
  ["aws:sourceorgpaths", fixedOrganization],
  ["aws:principalorgpaths", fixedOrganization],
  ...[
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:sourceowner",
    "aws:sourceaccount",
    "aws:sourceorgid",
    "aws:principalorgid",
    "aws:principalaccount",
    "kms:calleraccount",
    "s3:dataaccesspointaccount",
  ].map((key): [string, (value: string) => boolean] => [key, fixed]),
]);

const LITERAL_OPERATORS = new Set(["stringequals", "stringequalsignorecase"]);
const PATTERN_OPERATORS = new Set(["stringlike", "arnequals", "arnlike"]);

/**
 * Only operators that fail when the key is missing restrict: `…IfExists`, `ForAllValues:` and the negated ones let a request
 * without the key through, and anonymous requests have next to no keys. Every value must name someone in particular.
 */
function restricts(condition: Condition): boolean {
  const operator = condition.Operator.toLowerCase().replace(/^foranyvalue:/, "");
  const key = condition.Key.toLowerCase();
  const names = RESTRICTING.get(key);
  if (names === undefined || condition.Values.length === 0) return false;
  const isRange = names === narrowRange;
  if (isRange ? operator !== "ipaddress" : !LITERAL_OPERATORS.has(operator) && !PATTERN_OPERATORS.has(operator))
    return false;
  // In StringEquals a star is only a star, so it can match nobody; a policy variable can match whoever asks.
  return condition.Values.every(
    (value) => !value.includes("${") && ((LITERAL_OPERATORS.has(operator) && value !== "") || names(value)),
  );
}

function fixed(value: string): boolean {
  return value !== "" && !/[*?]/.test(value);
}

function fixedArn(value: string): boolean {
  if (fixed(value)) return true;
  // arn:partition:service:region:account:resource. With the account fixed, wildcards elsewhere stay inside of it.
  return /^\d{12}$/.test(value.split(":")[4] ?? "");
}

function fixedOrganization(value: string): boolean {
  return /^o-[a-z0-9]{10,32}\//.test(value);
}

const PRIVATE_RANGES = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"]
  .map(parseRange)
  .filter((range) => range !== undefined);

/** S3 calls a range public when it is broader than /8 (IPv4) or /32 (IPv6). */
function narrowRange(value: string): boolean {
  const range = parseRange(value);
  if (range === undefined) return false;
  return range.prefix >= (range.bits === 32 ? 8 : 32) || PRIVATE_RANGES.some((outer) => rangeContains(outer, range));
}

/**
 * Whether the statements deny every request to the bucket and to its objects that does not come over TLS. Only what surely denies counts: Deny, to
 * everyone (no NotPrincipal), all S3 actions (no NotAction), with no condition but `aws:SecureTransport` is false under Bool or
 * BoolIfExists. Any further condition narrows the Deny; string operators on this key are not relied on. Bucket and objects may be in
 * two statements.
 */
export function deniesInsecureTransport(statements: readonly Statement[], bucketArn: string): boolean {
  const resources = statements.filter(deniesAllInsecure).flatMap((statement) => statement.Resources);
  return (
    resources.some((pattern) => matches(pattern, bucketArn)) &&
    resources.some((pattern) => coversObjects(pattern, bucketArn))
  );
}

const ALL_S3 = new Set(["*", "*:*", "s3:*"]);

function deniesAllInsecure(statement: Statement): boolean {
  return (
    statement.Effect === "Deny" &&
    statement.Principals.includes("*") &&
    statement.Actions.some((action) => ALL_S3.has(action.toLowerCase())) &&
    statement.Conditions.every(isInsecure)
  );
}

function isInsecure(condition: Condition): boolean {
  const operator = condition.Operator.toLowerCase();
  return (
    (operator === "bool" || operator === "boolifexists") &&
    condition.Key.toLowerCase() === "aws:securetransport" &&
    condition.Values.some((value) => value.toLowerCase() === "false")
  );
}

/** A character that stands in no pattern: only a wildcard can match it, so a match holds for whatever stands in its place. */
const ANYTHING = "\u0000";

function coversObjects(pattern: string, bucketArn: string): boolean {
  return pattern.endsWith("*") && matches(pattern, `${bucketArn}/${ANYTHING}`);
}

/** IAM's wildcards: `*` for any text, `?` for one character. Linear: only the last star is ever returned to. */
export function matches(pattern: string, value: string): boolean {
  let at = 0;
  let star = -1;
  let resume = 0;
  let index = 0;
  while (index < value.length) {
    if (pattern[at] === "*") {
      star = at++;
      resume = index;
    } else if (at < pattern.length && (pattern[at] === "?" || pattern[at] === value[index])) {
      at++;
      index++;
    } else if (star >= 0) {
      at = star + 1;
      index = ++resume;
    } else return false;
  }
  while (pattern[at] === "*") at++;
  return at === pattern.length;
}
