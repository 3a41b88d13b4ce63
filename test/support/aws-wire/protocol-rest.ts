/**
 * The REST protocols (restXml: S3, S3 Control, Route 53, CloudFront; restJson1: GuardDuty, Lambda, EKS, …): members
 * travel in the path, the query, headers, or the body, as the traits of each member say.
 */
import { XmlShapeDeserializer } from "@aws-sdk/core/protocols";
import { FromStringShapeDeserializer, ToStringShapeSerializer } from "@smithy/core/protocols";
import type { NormalizedSchema } from "@smithy/core/schema";
import { envelope, type Operation, type Service } from "./model.ts";
import { fromJson, toJson } from "./protocol-json.ts";
import { toXml, XML_SETTINGS } from "./protocol-query.ts";
import type { WireRequest, WireResponse } from "./types.ts";

const settingsOf = (service: Service) => ({
  timestampFormat: { useTrait: true, default: service.protocol === "restXml" ? (5 as const) : (7 as const) },
  httpBindings: true,
});

const isMap = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;
const boundElsewhere = (member: NormalizedSchema): boolean => {
  const traits = member.getMergedTraits();
  return (
    Boolean(traits.httpLabel || traits.httpHeader || traits.httpQuery || traits.httpQueryParams) ||
    traits.httpPrefixHeaders !== undefined ||
    traits.httpResponseCode !== undefined
  );
};

/** Puts the input together from path labels (already percent-decoded), query, headers and body. */
export async function decodeRest(
  service: Service,
  operation: Operation,
  request: WireRequest,
  labels: ReadonlyMap<string, string>,
): Promise<unknown> {
  if (operation.input.isUnitSchema()) return {};
  const text = new FromStringShapeDeserializer(settingsOf(service));
  const input: Record<string, unknown> = {};
  const fixed = new Set(fixedQuery(operation).map(([name]) => name));
  const named = new Set<string>(["x-id", ...fixed]);
  let body = false;
  for (const [name, member] of operation.input.structIterator()) {
    const traits = member.getMergedTraits();
    const label = traits.httpLabel ? labels.get(name) : undefined;
    if (label !== undefined) input[name] = text.read(member, label);
    else if (traits.httpHeader) {
      const value = request.headers[traits.httpHeader.toLowerCase()];
      if (value !== undefined) input[name] = text.read(member, value);
    } else if (traits.httpQuery) {
      named.add(traits.httpQuery);
      const values = request.query.getAll(traits.httpQuery);
      if (values.length === 0) continue;
      const list = member.isListSchema();
      input[name] = list
        ? values.map((v) => text.read(member.getValueSchema(), v))
        : text.read(member, values[0] ?? "");
    } else if (typeof traits.httpPrefixHeaders === "string") {
      const prefix = traits.httpPrefixHeaders.toLowerCase();
      const found = Object.entries(request.headers).filter(([header]) => header.startsWith(prefix));
      if (found.length > 0) input[name] = Object.fromEntries(found.map(([h, v]) => [h.slice(prefix.length), v]));
    } else if (traits.httpPayload) {
      if (request.body.length > 0) input[name] = await readPayload(service, member, request.body);
    } else if (!traits.httpLabel && !traits.httpQueryParams) body = true;
  }
  readQueryMap(operation, request.query, named, input);
  if (body && request.body.length > 0) {
    const parsed = await readBody(service, operation.input, request.body);
    // A member bound to the path or a header must not be overridden by a body that happens to repeat its name.
    if (isMap(parsed))
      for (const [name, value] of Object.entries(parsed)) if (value !== undefined) input[name] ??= value;
  }
  return input;
}

/** `httpQueryParams`: one map member that takes every query parameter no other member claims. */
function readQueryMap(
  operation: Operation,
  query: URLSearchParams,
  named: Set<string>,
  input: Record<string, unknown>,
) {
  for (const [name, member] of operation.input.structIterator()) {
    if (!member.getMergedTraits().httpQueryParams) continue;
    const keys = [...new Set(query.keys())].filter((key) => !named.has(key));
    const lists = member.getValueSchema().isListSchema();
    if (keys.length > 0) input[name] = Object.fromEntries(keys.map((k) => [k, lists ? query.getAll(k) : query.get(k)]));
  }
}

async function readPayload(service: Service, member: NormalizedSchema, body: Uint8Array): Promise<unknown> {
  if (member.isBlobSchema()) return body;
  if (member.isStringSchema()) return Buffer.from(body).toString("utf8");
  return readBody(service, member, body);
}

async function readBody(service: Service, schema: NormalizedSchema, body: Uint8Array): Promise<unknown> {
  if (service.protocol === "restJson1") return fromJson(schema, body, true);
  const xml = new XmlShapeDeserializer({ ...XML_SETTINGS, httpBindings: true, xmlNamespace: "", serviceNamespace: "" });
  const value: unknown = xml.read(schema, body);
  return value;
}

/** The query parameters an operation's URI template fixes, such as `publicAccessBlock` or `list-type=2`. */
export function fixedQuery(operation: Operation): [string, string][] {
  const [, search] = (operation.http?.[1] ?? "").split("?");
  return search ? [...new URLSearchParams(search)] : [];
}

/** Spreads an output over status, headers and body. The value must have been validated before. */
export function encodeRest(service: Service, operation: Operation, output: object): WireResponse {
  const headers: Record<string, string> = {};
  let status = operation.http?.[2] ?? 200;
  const values = new Map<string, unknown>(Object.entries(output));
  if (operation.output.isUnitSchema()) return { status, headers, body: "" };
  const text = new ToStringShapeSerializer(settingsOf(service));
  const write = (schema: NormalizedSchema, value: unknown): string => {
    text.write(schema, value);
    return text.flush();
  };
  let payload: WireResponse["body"] | undefined;
  const members: Record<string, NormalizedSchema> = {};
  for (const [name, member] of operation.output.structIterator()) {
    const value = values.get(name);
    const traits = member.getMergedTraits();
    if (!boundElsewhere(member) && !traits.httpPayload) members[name] = member;
    if (value === undefined) continue;
    if (traits.httpHeader) headers[traits.httpHeader.toLowerCase()] = write(member, value);
    else if (traits.httpResponseCode) status = Number(value);
    else if (typeof traits.httpPrefixHeaders === "string" && isMap(value)) {
      for (const [key, item] of Object.entries(value))
        headers[`${traits.httpPrefixHeaders}${key}`.toLowerCase()] = String(item);
    } else if (traits.httpPayload) {
      payload = writePayload(service, member, value);
    }
  }
  const type = service.protocol === "restXml" ? "application/xml" : "application/json";
  headers["content-type"] ??= type;
  return { status, headers, body: payload ?? writeMembers(service, operation, members, output) };
}

function writePayload(service: Service, member: NormalizedSchema, value: unknown): string | Uint8Array {
  if (typeof value === "string" || value instanceof Uint8Array) return value;
  return service.protocol === "restXml" ? toXml(member, value, service.xmlNamespace) : toJson(member, value, true);
}

function writeMembers(
  service: Service,
  operation: Operation,
  members: Record<string, NormalizedSchema>,
  output: object,
): string {
  const hasPayload = [...operation.output.structIterator()].some(([, member]) => member.getMergedTraits().httpPayload);
  if (hasPayload || Object.keys(members).length === 0) return "";
  const root = operation.output.getMergedTraits().xmlName ?? operation.output.getName() ?? operation.name;
  const schema = envelope(root, members);
  return service.protocol === "restXml" ? toXml(schema, output, service.xmlNamespace) : toJson(schema, output, true);
}
