/** The two JSON-RPC protocols (KMS, CloudTrail, Config, Logs, DynamoDB, …), read and written by the SDK's own codec. */
import { JsonShapeDeserializer2, JsonShapeSerializer2 } from "@aws-sdk/core/protocols";
import type { NormalizedSchema } from "@smithy/core/schema";
import type { Operation, Service } from "./model.ts";
import type { WireError, WireRequest, WireResponse } from "./types.ts";

/** JSON timestamps are seconds since 1970 (format 7 of the SDK); only REST JSON renames members. */
const settings = (rest: boolean) => ({ timestampFormat: { useTrait: true, default: 7 as const }, jsonName: rest });

/** Reads a JSON body by `schema`. Throws SyntaxError for text that is no JSON. */
export async function fromJson(schema: NormalizedSchema, body: Uint8Array, rest: boolean): Promise<unknown> {
  const value: unknown = await new JsonShapeDeserializer2(settings(rest)).read(
    schema,
    Buffer.from(body).toString("utf8"),
  );
  return value;
}

/** Writes `value` as JSON text. */
export function toJson(schema: NormalizedSchema, value: unknown, rest: boolean): string {
  const serializer = new JsonShapeSerializer2(settings(rest));
  serializer.write(schema, value);
  // Not through Buffer.from: the SDK's byte array pretends to be a string and warns when it is taken for one.
  return new TextDecoder().decode(serializer.flush());
}

/** The input of an RPC call; an operation without input still sends `{}`. */
export async function decodeJson(operation: Operation, request: WireRequest): Promise<unknown> {
  return operation.input.isUnitSchema() ? {} : fromJson(operation.input, request.body, false);
}

export function encodeJson(service: Service, operation: Operation, output: object): WireResponse {
  const body = operation.output.isUnitSchema() ? "{}" : toJson(operation.output, output, false);
  return { status: 200, headers: { "content-type": contentType(service) }, body };
}

/** `__type` for RPC; REST JSON names the error in a header. Both are sent, as several services do. */
export function encodeJsonError(service: Service, error: WireError): WireResponse {
  const body = JSON.stringify({ __type: error.code, message: error.message, ...error.extras.members });
  const headers = { "content-type": contentType(service), "x-amzn-errortype": error.code, ...error.extras.headers };
  return { status: error.status, headers, body };
}

function contentType(service: Service): string {
  if (service.protocol === "restJson1") return "application/json";
  return service.protocol === "awsJson1_0" ? "application/x-amz-json-1.0" : "application/x-amz-json-1.1";
}
