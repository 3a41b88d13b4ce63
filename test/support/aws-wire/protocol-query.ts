/**
 * The two form-encoded protocols, awsQuery (STS, IAM, RDS, …) and ec2Query. The SDK only ships the client's half, so the
 * decoder here mirrors its `QueryShapeSerializer`; answers and errors are written by the SDK's XML serialiser.
 */
import { XmlShapeSerializer } from "@aws-sdk/core/protocols";
import { FromStringShapeDeserializer } from "@smithy/core/protocols";
import type { NormalizedSchema } from "@smithy/core/schema";
import type { CodecSettings } from "@smithy/types";
import { envelope, type Operation, type Service } from "./model.ts";
import type { WireError, WireRequest, WireResponse } from "./types.ts";

/** Timestamps of the XML-based protocols are ISO 8601 (format 5 of the SDK) unless the shape says otherwise. */
export const XML_SETTINGS: CodecSettings = { timestampFormat: { useTrait: true, default: 5 } };
const scalars = new FromStringShapeDeserializer({ ...XML_SETTINGS, httpBindings: false });

/** Parameters split at their dots: `Filter.1.Name=x` is the node Filter > 1 > Name. */
interface Node {
  text?: string;
  used: boolean;
  readonly children: Map<string, Node>;
}
const leaf = (): Node => ({ used: false, children: new Map() });

/** The request's form, or undefined for a request that carries none. */
export function formOf(request: WireRequest): URLSearchParams | undefined {
  if (!request.headers["content-type"]?.startsWith("application/x-www-form-urlencoded")) return undefined;
  return new URLSearchParams(Buffer.from(request.body).toString("utf8"));
}

/** Reads the form by the operation's input model. `unread` are parameters that no member of the model claims. */
export function decodeQuery(
  service: Service,
  operation: Operation,
  form: URLSearchParams,
): { input: unknown; unread: string[] } {
  const root = leaf();
  for (const [key, text] of form) {
    if (key === "Action" || key === "Version") continue;
    let node = root;
    for (const part of key.split(".")) {
      const next = node.children.get(part) ?? leaf();
      node.children.set(part, next);
      node = next;
    }
    node.text = text;
  }
  const input = operation.input.isUnitSchema() ? {} : read(operation.input, root, service.protocol === "ec2Query");
  return { input, unread: unread(root, []) };
}

function unread(node: Node, path: string[]): string[] {
  const own = node.text !== undefined && !node.used ? [path.join(".")] : [];
  return [...own, ...[...node.children].flatMap(([name, child]) => unread(child, [...path, name]))];
}

function read(schema: NormalizedSchema, node: Node, ec2: boolean): unknown {
  node.used = true;
  if (schema.isStructSchema()) {
    const value: Record<string, unknown> = {};
    for (const [name, member] of schema.structIterator()) {
      const child = node.children.get(structKey(name, member, ec2));
      if (child) value[name] = read(member, child, ec2);
    }
    return value;
  }
  const flat = ec2 || schema.getMergedTraits().xmlFlattened === 1;
  if (schema.isListSchema()) {
    const member = schema.getValueSchema();
    const items = flat ? node : step(node, innerKey("member", member, ec2));
    return numbered(items).map((item) => read(member, item, ec2));
  }
  if (schema.isMapSchema()) {
    const [key, value] = [schema.getKeySchema(), schema.getValueSchema()];
    const entries = numbered(schema.getMergedTraits().xmlFlattened ? node : step(node, "entry"));
    return Object.fromEntries(
      entries.map((entry) => {
        const name = read(key, step(entry, innerKey("key", key, ec2)), ec2);
        return [String(name), read(value, step(entry, innerKey("value", value, ec2)), ec2)];
      }),
    );
  }
  return scalars.read(schema, node.text ?? "");
}

const step = (node: Node, name: string): Node => node.children.get(name) ?? leaf();
const numbered = (node: Node): Node[] =>
  [...node.children].sort(([a], [b]) => Number(a) - Number(b)).map(([, child]) => child);

function innerKey(fallback: string, schema: NormalizedSchema, ec2: boolean): string {
  const { xmlName, ec2QueryName } = schema.getMergedTraits();
  if (ec2 && typeof ec2QueryName === "string") return ec2QueryName;
  return xmlName ?? fallback;
}

function structKey(name: string, schema: NormalizedSchema, ec2: boolean): string {
  const key = innerKey(name, schema, ec2);
  const named = typeof schema.getMergedTraits()["ec2QueryName"] === "string";
  return ec2 && !named ? key.charAt(0).toUpperCase() + key.slice(1) : key;
}

/** Writes `value` as the XML element that `schema` names. */
export function toXml(schema: NormalizedSchema, value: unknown, xmlNamespace: string): string {
  const settings = { ...XML_SETTINGS, httpBindings: true, xmlNamespace, serviceNamespace: "" };
  const serializer = new XmlShapeSerializer(settings);
  serializer.write(schema, value);
  return `<?xml version="1.0" encoding="UTF-8"?>\n${serializer.flush()}`;
}

/** `<XResponse><XResult>…</XResult><ResponseMetadata/></XResponse>`, or EC2's flat `<XResponse><requestId/>…`. */
export function encodeQuery(service: Service, operation: Operation, output: object, requestId: string): WireResponse {
  const { name } = operation;
  const unit = operation.output.isUnitSchema();
  const body = () => {
    if (service.protocol === "ec2Query") {
      const members = unit ? { return: 2 } : operation.output.getMemberSchemas();
      const value = unit ? { return: true } : output;
      const schema = envelope(`${name}Response`, { requestId: 0, ...members });
      return toXml(schema, { requestId, ...value }, service.xmlNamespace);
    }
    const metadata = { ResponseMetadata: envelope("ResponseMetadata", { RequestId: 0 }) };
    const result = unit ? {} : { [`${name}Result`]: operation.output };
    const schema = envelope(`${name}Response`, { ...result, ...metadata });
    return toXml(
      schema,
      { [`${name}Result`]: output, ResponseMetadata: { RequestId: requestId } },
      service.xmlNamespace,
    );
  };
  return { status: 200, headers: { "content-type": "text/xml" }, body: body() };
}

/** The error body of awsQuery, ec2Query and restXml; each wraps `<Error>` differently. */
export function encodeXmlError(service: Service, error: WireError, requestId: string): WireResponse {
  const members = error.extras.members ?? {};
  const detail = { Code: error.code, Message: error.message, ...members };
  const shape = Object.fromEntries(Object.keys(detail).map((name) => [name, 0]));
  const body = () => {
    if (service.protocol === "ec2Query") {
      const errors = envelope("Errors", { Error: envelope("Error", shape) });
      return toXml(
        envelope("Response", { Errors: errors, RequestID: 0 }),
        { Errors: { Error: detail }, RequestID: requestId },
        "",
      );
    }
    if (service.id === "s3")
      return toXml(envelope("Error", { ...shape, RequestId: 0 }), { ...detail, RequestId: requestId }, "");
    const inner = envelope("Error", { Type: 0, ...shape });
    const value = { Error: { Type: error.status < 500 ? "Sender" : "Receiver", ...detail }, RequestId: requestId };
    return toXml(envelope("ErrorResponse", { Error: inner, RequestId: 0 }), value, service.xmlNamespace);
  };
  return { status: error.status, headers: { "content-type": "text/xml", ...error.extras.headers }, body: body() };
}
