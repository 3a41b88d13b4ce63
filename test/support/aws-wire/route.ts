/**
 * Which operation a request is. The service comes from the SigV4 credential scope, the operation from the form's
 * `Action`, from `x-amz-target`, or from the HTTP binding (method, path template, fixed query).
 */
import { type Operation, type Service, service, servicesSigningAs, structMembers } from "./model.ts";
import { formOf } from "./protocol-query.ts";
import { fixedQuery } from "./protocol-rest.ts";
import type { WireRequest } from "./types.ts";

/** The credential scope of a signed request; the signature itself is not verified. */
export interface Scope {
  readonly accessKeyId: string;
  readonly region: string;
  readonly signingName: string;
}

/** Reads `Credential=key/date/region/service/aws4_request`; undefined for an unsigned request. */
export function scopeOf(request: WireRequest): Scope | undefined {
  const match = /Credential=([^/]+)\/\d{8}\/([^/]+)\/([^/]+)\/aws4_request/.exec(
    request.headers["authorization"] ?? "",
  );
  const [, accessKeyId, region, signingName] = match ?? [];
  return accessKeyId && region && signingName ? { accessKeyId, region, signingName } : undefined;
}

const S3_NAMES = ["s3", "s3express", "s3-object-lambda", "s3-outposts"];

/** The service a request is for; undefined when no installed client signs like that. */
export function serviceOf(request: WireRequest, scope: Scope | undefined): Service | undefined {
  const version = formOf(request)?.get("Version");
  // Only STS is called without a signature (AssumeRoleWithWebIdentity).
  if (!scope) return version === service("sts").version ? service("sts") : undefined;
  // Directory buckets, object lambdas and outposts sign with names of their own; the path tells the two clients apart.
  if (S3_NAMES.includes(scope.signingName)) return service(request.path.startsWith("/v20180820/") ? "s3control" : "s3");
  const candidates = servicesSigningAs(scope.signingName);
  if (candidates.length < 2) return candidates[0];
  return candidates.find((candidate) => candidate.version === version);
}

export interface Route {
  readonly operation: Operation;
  /** Path labels, percent-decoded; empty for the RPC protocols. */
  readonly labels: ReadonlyMap<string, string>;
}

/** The operation of a request, or undefined (with `named`, what the request asked for) when the model has none. */
export function routeOf(target: Service, request: WireRequest): { route?: Route; named: string } {
  if (target.protocol === "restXml" || target.protocol === "restJson1") {
    const route = restRoute(target, request);
    return { ...(route ? { route } : {}), named: `${request.method} ${request.path}?${request.query}` };
  }
  const rpc = target.protocol === "awsQuery" || target.protocol === "ec2Query";
  const named = (rpc ? formOf(request)?.get("Action") : request.headers["x-amz-target"]?.split(".").at(-1)) ?? "";
  const operation = target.operations.get(named);
  return operation ? { route: { operation, labels: new Map() }, named } : { named };
}

interface Need {
  readonly in: "query" | "header";
  readonly name: string;
}

interface Template {
  readonly operation: Operation;
  readonly method: string;
  readonly pattern: RegExp;
  readonly labels: readonly string[];
  readonly fixed: readonly (readonly [string, string])[];
  /** Length of the path without its labels: `/{Name+}/policy` must be tried before `/{Name+}`. */
  readonly literal: number;
  /** Query parameters and headers the model requires: they tell UploadPart and CopyObject from PutObject. */
  readonly required: readonly Need[];
}

const templates = new Map<string, readonly Template[]>();

function templatesOf(target: Service): readonly Template[] {
  const known = templates.get(target.id);
  if (known) return known;
  const built = [...target.operations.values()].flatMap((operation) => template(operation) ?? []);
  // The most specific template first; the name last, so that the order never depends on the package's.
  built.sort(
    (a, b) =>
      b.fixed.length + b.required.length - (a.fixed.length + a.required.length) ||
      b.literal - a.literal ||
      a.labels.length - b.labels.length ||
      a.operation.name.localeCompare(b.operation.name),
  );
  templates.set(target.id, built);
  return built;
}

function template(operation: Operation): Template | undefined {
  if (!operation.http) return undefined;
  const [method, uri] = operation.http;
  const members = operation.input.isUnitSchema() ? {} : operation.input.getMemberSchemas();
  const [path = "/"] = uri.split("?");
  // S3's endpoint rules put the bucket into host or path, so its templates do not show it; path style is all we serve.
  const hidden = members["Bucket"]?.getMergedTraits().httpLabel && !path.includes("{Bucket}");
  const full = (hidden ? `/{Bucket}${path}` : path).replace(/\/$/, "");
  const labels: string[] = [];
  const pattern = full.replace(
    /\{([^}+]+)(\+?)\}|[.*+?^$()|[\]\\]/g,
    (text, label: string | undefined, greedy: string) => {
      if (label === undefined) return `\\${text}`;
      labels.push(label);
      return greedy ? "(.+)" : "([^/]+)";
    },
  );
  const { names, required } = structMembers(operation.input);
  return {
    operation,
    method,
    pattern: new RegExp(`^${pattern}/?$`),
    labels,
    literal: full.replace(/\{[^}]+\}/g, "").length,
    fixed: fixedQuery(operation).filter(([name]) => name !== "x-id"),
    required: names.slice(0, required).flatMap((name): Need[] => {
      const { httpLabel, httpQuery, httpHeader } = members[name]?.getMergedTraits() ?? {};
      if (httpQuery) return [{ in: "query", name: httpQuery }];
      return httpHeader && !httpLabel ? [{ in: "header", name: httpHeader.toLowerCase() }] : [];
    }),
  };
}

function restRoute(target: Service, request: WireRequest): Route | undefined {
  const id = request.query.get("x-id");
  const fitting = templatesOf(target).filter(
    ({ operation, method, pattern, fixed }) =>
      method === request.method &&
      pattern.test(request.path) &&
      fixed.every(([name, value]) => request.query.has(name) && (value === "" || request.query.get(name) === value)) &&
      // `x-id` is the SDK's own hint: decisive when sent, never demanded.
      (id === null || id === operation.name || !fixedQuery(operation).some(([name]) => name === "x-id")),
  );
  const byId = fitting.find(({ operation }) => operation.name === id);
  const complete = fitting.find(({ required }) =>
    required.every((need) => (need.in === "query" ? request.query.has(need.name) : need.name in request.headers)),
  );
  const chosen = byId ?? complete ?? fitting[0];
  if (!chosen) return undefined;
  const [, ...values] = chosen.pattern.exec(request.path) ?? [];
  const labels = new Map(chosen.labels.map((label, i) => [label, decodeURIComponent(values[i] ?? "")]));
  return { operation: chosen.operation, labels };
}
