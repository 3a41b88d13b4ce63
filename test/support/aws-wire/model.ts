/**
 * AWS's operation models, taken from the installed SDK clients and loaded when a service is first used.
 *
 * The clients are the only source: which protocol a service speaks, how its members are named and which are required
 * all come from the package, so the stand-in cannot drift from what the SDK under test believes.
 */
import { createRequire } from "node:module";
import { NormalizedSchema } from "@smithy/core/schema";
import type { StaticOperationSchema, StaticStructureSchema } from "@smithy/types";

const load = createRequire(import.meta.url);

/** `[id, package suffix, signing name]`. The id is what `calls` shows; a service may be registered by any of the three. */
const SERVICES = [
  ["accessanalyzer", "accessanalyzer", "access-analyzer"],
  ["account", "account", "account"],
  ["acm", "acm", "acm"],
  ["autoscaling", "auto-scaling", "autoscaling"],
  ["backup", "backup", "backup"],
  ["cloudformation", "cloudformation", "cloudformation"],
  ["cloudfront", "cloudfront", "cloudfront"],
  ["cloudtrail", "cloudtrail", "cloudtrail"],
  ["cloudwatch", "cloudwatch", "monitoring"],
  ["logs", "cloudwatch-logs", "logs"],
  ["config", "config-service", "config"],
  ["dynamodb", "dynamodb", "dynamodb"],
  ["ec2", "ec2", "ec2"],
  ["ecr", "ecr", "ecr"],
  ["ecs", "ecs", "ecs"],
  ["efs", "efs", "elasticfilesystem"],
  ["eks", "eks", "eks"],
  ["elb", "elastic-load-balancing", "elasticloadbalancing"],
  ["elbv2", "elastic-load-balancing-v2", "elasticloadbalancing"],
  ["elasticache", "elasticache", "elasticache"],
  ["events", "eventbridge", "events"],
  ["guardduty", "guardduty", "guardduty"],
  ["iam", "iam", "iam"],
  ["kms", "kms", "kms"],
  ["lambda", "lambda", "lambda"],
  ["opensearch", "opensearch", "es"],
  ["organizations", "organizations", "organizations"],
  ["rds", "rds", "rds"],
  ["redshift", "redshift", "redshift"],
  ["tagging", "resource-groups-tagging-api", "tagging"],
  ["route53", "route-53", "route53"],
  ["s3", "s3", "s3"],
  ["s3control", "s3-control", "s3"],
  ["secretsmanager", "secrets-manager", "secretsmanager"],
  ["securityhub", "securityhub", "securityhub"],
  ["sns", "sns", "sns"],
  ["sqs", "sqs", "sqs"],
  ["ssm", "ssm", "ssm"],
  ["sts", "sts", "sts"],
  ["wafv2", "wafv2", "wafv2"],
] as const;

export type Protocol = "awsQuery" | "ec2Query" | "awsJson1_0" | "awsJson1_1" | "restXml" | "restJson1";
const PROTOCOLS: readonly Protocol[] = ["awsQuery", "ec2Query", "awsJson1_0", "awsJson1_1", "restXml", "restJson1"];

/** One operation of a service. `http` is `[method, uri template with fixed query, success status]` for REST services. */
export interface Operation {
  readonly name: string;
  readonly input: NormalizedSchema;
  readonly output: NormalizedSchema;
  readonly http?: readonly [string, string, number];
}

export interface Service {
  readonly id: string;
  readonly packageName: string;
  readonly protocol: Protocol;
  /** API version, which tells the two load-balancing services apart on the wire. */
  readonly version: string;
  readonly xmlNamespace: string;
  readonly operations: ReadonlyMap<string, Operation>;
}

const loaded = new Map<string, Service>();

/** Ids of every service the stand-in can speak for. */
export const serviceIds = (): string[] => SERVICES.map(([id]) => id);

/** Services that sign with this name: two for `s3` and for `elasticloadbalancing`, none for a service not installed. */
export function servicesSigningAs(signingName: string): Service[] {
  return SERVICES.filter(([, , signing]) => signing === signingName).map(([id]) => service(id));
}

/** A service by id, package suffix or unambiguous signing name. Throws with the known ids when there is none. */
export function service(name: string): Service {
  const bare = name.replace(/^@aws-sdk\/client-/, "");
  const exact = SERVICES.filter(([id, suffix]) => id === bare || suffix === bare);
  const found = exact.length > 0 ? exact : SERVICES.filter(([, , signing]) => signing === bare);
  const [only] = found;
  if (found.length !== 1 || only === undefined) {
    const reason = found.length > 1 ? `means any of ${found.map(([id]) => id).join(", ")}` : "is not known";
    throw new Error(`aws-wire: service "${name}" ${reason}; known: ${serviceIds().join(", ")}`);
  }
  const [id, suffix] = only;
  const known = loaded.get(id);
  if (known) return known;
  const fresh = readService(id, `@aws-sdk/client-${suffix}`);
  loaded.set(id, fresh);
  return fresh;
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;

function isOperation(value: unknown): value is StaticOperationSchema {
  return Array.isArray(value) && value[0] === 9 && typeof value[2] === "string" && value.length >= 6;
}

function isConstructor(value: unknown): value is new (config: object) => unknown {
  return typeof value === "function";
}

function readService(id: string, packageName: string): Service {
  const module: unknown = load(packageName);
  if (!isRecord(module)) throw new Error(`aws-wire: ${packageName} exports nothing`);
  const operations = new Map<string, Operation>();
  for (const [name, value] of Object.entries(module)) {
    if (!name.endsWith("$") || !isOperation(value)) continue;
    const [, , operation, traits, input, output] = value;
    const http = typeof traits === "object" ? traits.http : undefined;
    operations.set(operation, {
      name: operation,
      input: NormalizedSchema.of(input),
      output: NormalizedSchema.of(output),
      ...(http ? { http } : {}),
    });
  }
  const { protocol, version, xmlNamespace } = readSettings(module, packageName);
  if (operations.size === 0) throw new Error(`aws-wire: ${packageName} exports no operation schemas`);
  return { id, packageName, protocol, version, xmlNamespace, operations };
}

/** A client is built once per service only to be asked which protocol it would send; it sends nothing. */
function readSettings(module: Record<string, unknown>, packageName: string) {
  const name = Object.keys(module).find((key) => key.endsWith("Client") && key !== "__Client");
  const Client = name === undefined ? undefined : module[name];
  if (!isConstructor(Client)) throw new Error(`aws-wire: ${packageName} exports no client`);
  const credentials = { accessKeyId: "none", secretAccessKey: "none" };
  const client = new Client({ region: "us-east-1", credentials });
  const config = isRecord(client) && isRecord(client["config"]) ? client["config"] : {};
  const settings = isRecord(config["protocolSettings"]) ? config["protocolSettings"] : {};
  const shapeId = isRecord(config["protocol"]) ? config["protocol"]["getShapeId"] : undefined;
  const id: unknown = typeof shapeId === "function" ? shapeId.call(config["protocol"]) : undefined;
  const protocol = PROTOCOLS.find((known) => id === `aws.protocols#${known}`);
  if (!protocol) throw new Error(`aws-wire: ${packageName} speaks ${String(id)}, which the stand-in does not`);
  return {
    protocol,
    version: typeof settings["version"] === "string" ? settings["version"] : "",
    xmlNamespace: typeof settings["xmlNamespace"] === "string" ? settings["xmlNamespace"] : "",
  };
}

/** Member names and how many of them, from the front, the model requires; empty for the unit shape. */
export function structMembers(schema: NormalizedSchema): { names: readonly string[]; required: number } {
  const raw = schema.getSchema();
  if (typeof raw !== "object" || (raw[0] !== 3 && raw[0] !== -3 && raw[0] !== 4)) return { names: [], required: 0 };
  return { names: raw[4], required: raw[6] ?? 0 };
}

/** A structure of our own, for envelopes the model leaves implicit (`<XResponse><XResult>`, error bodies). */
export function envelope(
  name: string,
  members: Readonly<Record<string, NormalizedSchema | number>>,
  traits: StaticStructureSchema[3] = 0,
): NormalizedSchema {
  // A shape that is no member yet is handed over bare: wrapped, it would be written under its own name, not the member's.
  const schemas = Object.values(members).map((member) =>
    typeof member === "number" || member.isMemberSchema() ? member : member.getSchema(),
  );
  const schema: StaticStructureSchema = [3, "aws-wire", name, traits, Object.keys(members), schemas];
  return NormalizedSchema.of(schema);
}
