/**
 * GitHub's own description as judge: every request and every answer of the stand-in passes through here. The slice is cut from
 * @octokit/openapi by scripts/slice-openapi.ts; its schemas are plain JSON Schema.
 */
import { readFileSync } from "node:fs";
import type { operations } from "@octokit/openapi-types";
import { Ajv, type ErrorObject, type ValidateFunction } from "ajv";
import addFormats from "ajv-formats";

export type OperationId = keyof operations;
/** What GitHub's description says about an operation, as types. They hold at run time because a call is checked before it is handed on. */
export type PathOf<Id extends OperationId> = operations[Id] extends { parameters: { path: infer P } }
  ? Plain<P>
  : object;
export type QueryOf<Id extends OperationId> = operations[Id] extends { parameters: { query?: infer Q } }
  ? Plain<Exclude<Q, undefined>>
  : object;
export type BodyOf<Id extends OperationId> = operations[Id] extends { requestBody?: infer R }
  ? Exclude<R, undefined> extends { content: { "application/json": infer B } }
    ? Plain<NonNullable<B>>
    : object
  : object;
/** The generated types write 64-bit numbers as `number | bigint`; JSON.parse makes none of the latter. */
type Plain<T> = T extends bigint
  ? never
  : T extends readonly (infer E)[]
    ? Plain<E>[]
    : T extends object
      ? { [K in keyof T]: Plain<T[K]> }
      : T;

type JsonSchema = Record<string, unknown>;
export interface Operation {
  readonly method: string;
  readonly path: string;
  readonly parameters: readonly { name: string; in: string; required: boolean; schema: JsonSchema }[];
  readonly body: JsonSchema | null;
  readonly bodyRequired: boolean;
  readonly responses: Readonly<Record<string, JsonSchema | null>>;
}
interface Slice {
  readonly version: string;
  readonly operations: Readonly<Record<string, Operation>>;
  readonly schemas: Readonly<Record<string, JsonSchema>>;
}

export interface RawCall {
  readonly path: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly body: unknown;
}
export type Read<Id extends OperationId> =
  | { readonly ok: true; readonly path: PathOf<Id>; readonly query: QueryOf<Id>; readonly body: BodyOf<Id> }
  /** `tooLarge`: only a size limit was passed, which GitHub answers itself with 422; anything else is a mistake of our client. */
  | { readonly ok: false; readonly text: string; readonly tooLarge: boolean };

const sizeLimits = new Set(["maxItems", "maxLength", "maxProperties"]);
const pointer = (...parts: string[]) =>
  `github#/${parts.map((part) => encodeURIComponent(part.replaceAll("~", "~0").replaceAll("/", "~1"))).join("/")}`;

export class Contract {
  readonly version: string;
  readonly operations: ReadonlyMap<string, Operation>;
  readonly #strict = new Ajv({ strict: false, allErrors: true });
  /** Path and query arrive as text: GitHub reads "30" as a number, and so does this one. It works on copies. */
  readonly #coercing = new Ajv({ strict: false, allErrors: true, coerceTypes: true });
  readonly #compiled = new Map<string, ValidateFunction>();

  constructor(file = new URL("./openapi-slice.json", import.meta.url)) {
    const slice: Slice = JSON.parse(readFileSync(file, "utf8"));
    this.version = slice.version;
    this.operations = new Map(Object.entries(slice.operations));
    for (const ajv of [this.#strict, this.#coercing]) {
      addFormats.default(ajv);
      ajv.addSchema({ $id: "github", operations: slice.operations, schemas: slice.schemas });
    }
  }

  operation(id: string): Operation {
    const operation = this.operations.get(id);
    if (operation === undefined)
      throw new Error(`The slice has no operation ${id}: add it to scripts/slice-openapi.ts.`);
    return operation;
  }

  /** Reads a call as the operation `id`. Path, query and body then have the types GitHub's description gives them. */
  reader<Id extends OperationId>(id: Id): (raw: RawCall) => Read<Id> {
    const operation = this.operation(id);
    // Compiled on first use: 40 ms each, and a test touches a handful.
    const path = lazy(() => this.#coercing.compile<PathOf<Id>>(parameterSchema(operation, "path")));
    const query = lazy(() => this.#coercing.compile<QueryOf<Id>>(parameterSchema(operation, "query")));
    const body = lazy(() => this.#strict.compile<BodyOf<Id>>(bodySchema(id, operation)));
    return (raw) => {
      const [pathValue, queryValue, bodyValue]: unknown[] = [{ ...raw.path }, { ...raw.query }, raw.body ?? {}];
      const [checkPath, checkQuery, checkBody] = [path(), query(), body()];
      const stray = strayKeys(operation, bodyValue);
      // All three run, so that one answer names everything that is wrong.
      const [goodPath, goodQuery, goodBody] = [checkPath(pathValue), checkQuery(queryValue), checkBody(bodyValue)];
      if (stray.length === 0 && checkPath(pathValue) && checkQuery(queryValue) && checkBody(bodyValue))
        return { ok: true, path: pathValue, query: queryValue, body: bodyValue };
      const errors = [...(checkPath.errors ?? []), ...(checkQuery.errors ?? []), ...(checkBody.errors ?? [])];
      const text = [
        goodPath ? "" : `path ${show(checkPath.errors)}`,
        goodQuery ? "" : `query ${show(checkQuery.errors)}`,
        goodBody ? "" : `body ${show(checkBody.errors)}`,
        stray.length === 0 ? "" : `body has members GitHub does not know: ${stray.join(", ")}`,
      ];
      return {
        ok: false,
        text: text.filter((part) => part !== "").join("; "),
        tooLarge: stray.length === 0 && errors.every((error) => sizeLimits.has(error.keyword)),
      };
    };
  }

  /** What is wrong with an answer, or undefined. Statuses GitHub leaves undocumented (401, 403, 429, 5xx) must be its basic error. */
  problemOfAnswer(id: string, status: number, body: unknown): string | undefined {
    const documented = this.operation(id).responses;
    const schema = documented[`${status}`];
    if (schema === undefined && status < 400)
      return `${id} does not answer ${status}, only ${Object.keys(documented).join(", ")}`;
    if (schema === null && status < 400) return body === undefined ? undefined : `${id} ${status} has no body`;
    const at = schema ? pointer("operations", id, "responses", `${status}`) : pointer("schemas", "basic-error");
    const check = this.#compiled.get(at) ?? this.#strict.compile({ $ref: at });
    this.#compiled.set(at, check);
    return check(body) ? undefined : `answer ${id} ${status} ${show(check.errors)}`;
  }
}

function lazy<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

/** Unknown query parameters are mistakes: GitHub ignores them silently, and so a filter that is misspelt filters nothing. */
function parameterSchema(operation: Operation, place: "path" | "query"): JsonSchema {
  const chosen = operation.parameters.filter((parameter) => parameter.in === place);
  return {
    $id: `${operation.method} ${operation.path} ${place}`.replaceAll(/[^\w]/g, "-"),
    type: "object",
    additionalProperties: false,
    required: chosen.filter((parameter) => parameter.required).map((parameter) => parameter.name),
    properties: Object.fromEntries(chosen.map(({ name, schema }) => [name, rebase(schema)])),
  };
}

/** The slice's references are relative to the slice; outside of it they need its name. */
function rebase(schema: JsonSchema): JsonSchema {
  return JSON.parse(JSON.stringify(schema).replaceAll('"$ref":"#/', '"$ref":"github#/'));
}

function bodySchema(id: string, operation: Operation): JsonSchema {
  if (operation.body === null) return { type: "object", maxProperties: 0 };
  return { $ref: pointer("operations", id, "body") };
}

function strayKeys(operation: Operation, body: unknown): string[] {
  if (operation.body === null || typeof body !== "object" || body === null || Array.isArray(body)) return [];
  const known = new Set<string>();
  const collect = (schema: unknown) => {
    if (typeof schema !== "object" || schema === null) return;
    for (const [key, value] of Object.entries(schema)) {
      if (key === "properties") for (const name of Object.keys(value)) known.add(name);
      if ((key === "anyOf" || key === "oneOf" || key === "allOf") && Array.isArray(value)) value.forEach(collect);
    }
  };
  collect(operation.body);
  return Object.keys(body).filter((key) => !known.has(key));
}

function show(errors: ErrorObject[] | null | undefined): string {
  return (errors ?? [])
    .slice(0, 5)
    .map((error) => `${error.instancePath || "/"} ${error.message} ${JSON.stringify(error.params)}`)
    .join(", ");
}
