/**
 * Every operation of every service goes over the wire once, all members set: the real SDK client sends, the stand-in
 * decodes; the stand-in answers, the client decodes; nothing may be lost or changed either way.
 */
import { createRequire } from "node:module";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Operation, type Service, service, serviceIds } from "./model.ts";
import { difference, sample } from "./sample.ts";
import { type AwsWire, startAwsWire } from "./server.ts";

const load = createRequire(import.meta.url);

/** Operations that cannot make the round trip with made-up values, with the reason. */
const SKIPPED: Readonly<Record<string, string>> = {
  "lambda:InvokeWithResponseStream": "answers with an event stream, which the stand-in does not speak",
  "logs:GetLogObject": "answers with an event stream",
  "logs:StartLiveTail": "answers with an event stream",
  "s3:SelectObjectContent": "answers with an event stream",
};

let wire: AwsWire;
beforeAll(async () => {
  wire = await startAwsWire();
});
afterAll(() => wire.stop());

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;
const isClass = (value: unknown): value is new (argument: object) => object => typeof value === "function";
interface Sender {
  send(command: object, options: object): Promise<object>;
}
const isSender = (value: unknown): value is Sender => isRecord(value) && typeof value["send"] === "function";

function exported(module: unknown, name: string): new (argument: object) => object {
  const found = isRecord(module) ? module[name] : undefined;
  if (!isClass(found)) throw new Error(`no export ${name}`);
  return found;
}

function clientOf(target: Service): { module: unknown; client: Sender } {
  const module: unknown = load(target.packageName);
  const name = Object.keys(isRecord(module) ? module : {}).find((key) => key.endsWith("Client") && key !== "__Client");
  const client = new (exported(module, name ?? ""))({
    region: "us-east-1",
    credentials: { accessKeyId: "AKIA", secretAccessKey: "x" },
    maxAttempts: 1,
    disableHostPrefix: true,
    // S3's own rules put the bucket into the path; for the others a fixed endpoint avoids account-id host names.
    ...(target.id === "s3" ? { endpoint: wire.url } : { endpointProvider: () => ({ url: new URL(wire.url) }) }),
    ...(target.id === "sqs" ? { md5: false, useQueueUrlAsEndpoint: false } : {}),
  });
  if (!isSender(client)) throw new Error(`${name} cannot send`);
  return { module, client };
}

function inputFor(target: Service, operation: Operation): Record<string, unknown> {
  const input = sample(operation.input);
  if (!isRecord(input)) return {};
  const members = operation.input.isUnitSchema() ? {} : operation.input.getMemberSchemas();
  for (const name of ["Bucket", "AccountId"]) {
    const traits = members[name]?.getMergedTraits();
    if (traits?.httpLabel || traits?.httpHeader) input[name] = name === "Bucket" ? "my-bucket" : "111111111111";
  }
  if ("ChecksumAlgorithm" in members) input["ChecksumAlgorithm"] = "SHA256";
  // The client rewrites or rejects these itself, before anything is sent.
  for (const name of [
    "SSECustomerKey",
    "SSECustomerKeyMD5",
    "CopySourceSSECustomerKey",
    "CopySourceSSECustomerKeyMD5",
  ]) {
    if (target.id === "s3") delete input[name];
  }
  if (target.id === "events") delete input["EndpointId"];
  return input;
}

/** What went wrong with one operation, or undefined. */
async function roundTrip(
  target: Service,
  operation: Operation,
  module: unknown,
  client: Sender,
): Promise<string | undefined> {
  wire.forget();
  const input = inputFor(target, operation);
  const output = sample(operation.output);
  wire.on(target.id, operation.name, () => (isRecord(output) ? output : {}));
  const Command = exported(module, `${operation.name}Command`);
  try {
    const answer = await client.send(new Command(structuredClone(input)), { abortSignal: AbortSignal.timeout(2000) });
    const call = wire.calls[0];
    if (call?.operation !== operation.name) return `was taken for ${call?.operation}`;
    // `ExpiresString` is the client's own copy of the header Expires.
    const { $metadata: _, ...received } = { $metadata: undefined, ...answer, ...expires(output) };
    const sent = difference(call.input, input, "input");
    return sent ?? difference(await collected(received), output, "output");
  } catch (error) {
    return `${String(error)} ${wire.problems.join("; ")}`.slice(0, 300);
  }
}

const expires = (output: unknown): object =>
  isRecord(output) && "ExpiresString" in output ? { ExpiresString: output["ExpiresString"] } : {};

/** Streamed bodies, read to their end. */
async function collected(output: Record<string, unknown>): Promise<Record<string, unknown>> {
  for (const [name, value] of Object.entries(output)) {
    if (!isRecord(value) || !("pipe" in value)) continue;
    const read = value["transformToByteArray"];
    if (typeof read === "function") output[name] = await read.call(value);
  }
  return output;
}

for (const id of serviceIds()) {
  test(`${id}: every operation survives the round trip`, async () => {
    const target = service(id);
    const { module, client } = clientOf(target);
    const failed: string[] = [];
    for (const operation of target.operations.values()) {
      const name = `${id}:${operation.name}`;
      if (name in SKIPPED) continue;
      const problem = await roundTrip(target, operation, module, client);
      if (problem) failed.push(`${name} ${problem}`);
    }
    expect(failed).toEqual([]);
  });
}
