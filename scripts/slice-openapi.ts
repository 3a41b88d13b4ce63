/**
 * Cuts the part our GitHub stand-in speaks out of GitHub's OpenAPI description.
 *
 *   node scripts/slice-openapi.ts <api.github.com.json> [output]
 *   npx biome format --write test/support/github/openapi-slice.json
 *
 * The description comes with the npm package @octokit/openapi (23.0.2, file generated/api.github.com.json). That package is 385 MB,
 * so it is not a dependency: the slice is committed and this script is run by hand when GitHub's API moves on.
 *
 * The output is plain JSON Schema (draft 7): OpenAPI's `nullable` is rewritten, because ajv 8 refuses `nullable` without `type` and
 * rejects null for a nullable `enum`.
 */
import { readFileSync, writeFileSync } from "node:fs";

/** Every operation the stand-in answers, by GitHub's own operationId. The stand-in refuses to start if a route is missing or extra. */
const operations = `
  git/create-blob git/get-blob git/create-tree git/get-tree git/create-commit git/get-commit
  git/get-ref git/list-matching-refs git/create-ref git/update-ref git/delete-ref
  repos/get-content repos/create-or-update-file-contents repos/delete-file
  repos/compare-commits-with-basehead repos/list-commits repos/get-commit repos/list-pull-requests-associated-with-commit
  repos/create-commit-status repos/list-commit-statuses-for-ref repos/get-combined-status-for-ref
  repos/get repos/list-branches repos/get-branch repos/get-branch-protection
  repos/get-branch-rules repos/get-repo-rulesets repos/get-repo-ruleset
  repos/get-collaborator-permission-level repos/get-environment repos/list-deployment-branch-policies repos/create-dispatch-event
  actions/get-github-actions-default-workflow-permissions-repository actions/get-repo-variable actions/create-workflow-dispatch actions/get-workflow-run
  pulls/list pulls/create pulls/get pulls/update pulls/list-files pulls/list-commits pulls/merge pulls/check-if-merged pulls/update-branch
  pulls/list-reviews pulls/create-review pulls/get-review pulls/dismiss-review pulls/list-review-comments pulls/request-reviewers
  issues/list-for-repo issues/create issues/get issues/update
  issues/list-comments issues/create-comment issues/get-comment issues/update-comment issues/delete-comment
  issues/list-labels-for-repo issues/create-label issues/get-label
  issues/list-labels-on-issue issues/add-labels issues/set-labels issues/remove-label
  reactions/create-for-issue-comment
  checks/create checks/get checks/update checks/list-for-ref checks/list-annotations
  users/get-authenticated users/get-by-username rate-limit/get
`
  .trim()
  .split(/\s+/);

type Json = null | boolean | number | string | Json[] | JsonObject;
interface JsonObject {
  [key: string]: Json;
}

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const object = (value: Json | undefined): JsonObject => (isObject(value) ? value : {});
const list = (value: Json | undefined): Json[] => (Array.isArray(value) ? value : []);

/** JSON Schema words whose value is a schema, a list of schemas, or a map of schemas. Everything else that is kept is copied. */
const single = new Set(["items", "not", "additionalProperties"]);
const several = new Set(["allOf", "anyOf", "oneOf"]);
const copied = new Set(
  "type enum required minimum maximum minLength maxLength minItems maxItems maxProperties minProperties pattern uniqueItems".split(
    " ",
  ),
);
/** Formats ajv-formats knows; others (repo.nwo, ssh-key, …) would only be ignored with a warning. */
const formats = new Set(["date-time", "date", "uri", "email", "uuid"]);

/** One schema in draft 7: no prose, no examples, null spelled out. `seen` collects the names of the component schemas it refers to. */
function draft7(schema: Json, seen: Set<string>): Json {
  if (!isObject(schema)) return schema;
  const reference = schema["$ref"];
  if (typeof reference === "string") {
    const name = reference.replace("#/components/schemas/", "");
    seen.add(name);
    return { $ref: `#/schemas/${name}` };
  }
  const out: JsonObject = {};
  for (const [key, value] of Object.entries(schema)) {
    if (copied.has(key)) out[key] = value;
    else if (single.has(key)) out[key] = draft7(value, seen);
    // oneOf becomes anyOf: GitHub writes it between schemas that overlap (two error shapes, three nullable ones), and what GitHub
    // really sends then fits more than one.
    else if (several.has(key)) out[key === "oneOf" ? "anyOf" : key] = list(value).map((part) => draft7(part, seen));
    else if (key === "properties")
      out[key] = Object.fromEntries(Object.entries(object(value)).map(([name, part]) => [name, draft7(part, seen)]));
    else if (key === "format" && typeof value === "string" && formats.has(value)) out[key] = value;
  }
  return schema["nullable"] === true ? orNull(out) : out;
}

function orNull(schema: JsonObject): JsonObject {
  if (Array.isArray(schema["enum"]) && !schema["enum"].includes(null)) schema["enum"] = [...schema["enum"], null];
  if (typeof schema["type"] === "string") return { ...schema, type: [schema["type"], "null"] };
  return Object.keys(schema).length === 0 ? schema : { anyOf: [{ type: "null" }, schema] };
}

function jsonSchemaOf(holder: Json | undefined, seen: Set<string>): Json {
  const media = object(object(holder)["content"])["application/json"];
  return media === undefined ? null : draft7(object(media)["schema"] ?? {}, seen);
}

function slice(description: JsonObject): JsonObject {
  const components = object(description["components"]);
  const resolve = (value: Json): JsonObject => {
    const reference = object(value)["$ref"];
    if (typeof reference !== "string") return object(value);
    const [group = "", name = ""] = reference.replace("#/components/", "").split("/");
    return object(object(components[group])[name]);
  };
  const seen = new Set<string>(["basic-error"]);
  const found = new Map<string, JsonObject>();
  for (const [path, methods] of Object.entries(object(description["paths"]))) {
    for (const [method, value] of Object.entries(object(methods))) {
      const operation = object(value);
      const id = operation["operationId"];
      if (typeof id !== "string" || !operations.includes(id)) continue;
      const parameters = [...list(object(methods)["parameters"]), ...list(operation["parameters"])].map((entry) => {
        const parameter = resolve(entry);
        return {
          name: parameter["name"] ?? null,
          in: parameter["in"] ?? null,
          required: parameter["required"] === true,
          schema: draft7(parameter["schema"] ?? {}, seen),
        };
      });
      const body = operation["requestBody"];
      const responses = Object.entries(object(operation["responses"])).map(([status, answer]): [string, Json] => [
        status,
        jsonSchemaOf(resolve(answer), seen),
      ]);
      found.set(id, {
        method: method.toUpperCase(),
        path,
        parameters,
        body: body === undefined ? null : jsonSchemaOf(resolve(body), seen),
        bodyRequired: body !== undefined && resolve(body)["required"] === true,
        responses: Object.fromEntries(responses),
      });
    }
  }
  const missing = operations.filter((id) => !found.has(id));
  if (missing.length > 0) throw new Error(`The description has no operation ${missing.join(", ")}.`);

  const schemas = new Map<string, Json>();
  // `seen` grows while it is walked: a Set's iteration also visits what is added on the way, so this is the closure over references.
  for (const name of seen) schemas.set(name, draft7(object(components["schemas"])[name] ?? {}, seen));
  const byName = <V>(entries: Iterable<[string, V]>) =>
    Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : 1)));
  return {
    source: "@octokit/openapi generated/api.github.com.json",
    version: object(description["info"])["version"] ?? null,
    operations: byName(found),
    schemas: byName(schemas),
  };
}

const [input, output = new URL("../test/support/github/openapi-slice.json", import.meta.url).pathname] =
  process.argv.slice(2);
if (input === undefined) {
  console.error("usage: node scripts/slice-openapi.ts <api.github.com.json> [output]");
  process.exit(2);
}
const description: Json = JSON.parse(readFileSync(input, "utf8"));
const result = slice(object(description));
// One operation or schema a line: a refresh then shows in the diff which of them changed.
const lines = (name: string) =>
  `"${name}": {\n${Object.entries(object(result[name]))
    .map(([key, value]) => `${JSON.stringify(key)}: ${JSON.stringify(value)}`)
    .join(",\n")}\n}`;
writeFileSync(
  output,
  `{\n"source": ${JSON.stringify(result["source"])},\n"version": ${JSON.stringify(result["version"])},\n${lines("operations")},\n${lines("schemas")}\n}\n`,
);
