import type { LastChange } from "../types/aws.ts";
import type { Json } from "../types/json.ts";
import { type Connection, coreOf } from "./connect.ts";
import { type Core, refusal } from "./core.ts";
import { RemoteError } from "./errors.ts";

export interface ChangedResource {
  readonly account: string;
  /** As plan items have it: `global` where the resource has no region. */
  readonly region: string;
  /** What CloudTrail knows it by: its ID. */
  readonly id: string;
  /** ISO 8601; what is older is not asked for. */
  readonly since: string;
}

/** CloudTrail gives 50 events for one call, reading ones among them, and two calls a second. */
const PAGES = 4;

/**
 * Who made the newest change of a resource that is not ours, by CloudTrail's record of the last 90 days, through the read role. `ours` tells our own
 * sessions by their ARN. Nothing is thrown: what cannot be found out says why.
 *
 * The operation hands out recorded events, so that the reader refuses it, whoever names it in a file. It is sent here and nowhere else, about one
 * resource, and of what it hands out a name, a call and a time leave this function.
 * https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html
 */
export async function lastChange(
  connection: Connection,
  resource: ChangedResource,
  ours: (principal: string) => boolean,
): Promise<LastChange> {
  try {
    let token: string | undefined;
    for (let page = 1; page <= PAGES; page++) {
      const output = await lookup(coreOf(connection), resource, token);
      const events = output["Events"];
      for (const event of Array.isArray(events) ? events : []) {
        const change = changeOf(event);
        if (change !== undefined && !ours(change.principal)) return change;
      }
      token = textOf(output["NextToken"]);
      if (token === "") return { why: "CloudTrail knows of no change by anybody else since the last fix" };
    }
    return { why: `no change by anybody else is among the newest ${PAGES * 50} events that CloudTrail has of it` };
  } catch (error) {
    if (!(error instanceof RemoteError)) throw error;
    return { why: error.message };
  }
}

async function lookup(core: Core, { account, region, id, since }: ChangedResource, token: string | undefined) {
  const request = {
    account,
    region,
    service: "cloudtrail",
    operation: "LookupEvents",
    input: {
      LookupAttributes: [{ AttributeKey: "ResourceName", AttributeValue: id }],
      StartTime: since,
      ...(token === undefined ? {} : { NextToken: token }),
    },
  };
  const operation = core.operation(request);
  if (!operation.reads) throw refusal(request, "NotARead", "AWS does not class it as List or Read");
  return (await core.perform("read", operation, request)).output;
}

/** Undefined for what only reads, and for what AWS refused: neither changed anything. */
function changeOf(
  event: Json,
): { readonly principal: string; readonly event: string; readonly at: string } | undefined {
  const at = textOf(member(event, "EventTime"));
  if (textOf(member(event, "ReadOnly")) !== "false" || at === "") return undefined;
  const record = parsed(textOf(member(event, "CloudTrailEvent")));
  if (textOf(member(record, "errorCode")) !== "") return undefined;
  const identity = member(record, "userIdentity");
  const names = [member(identity, "arn"), member(identity, "invokedBy"), member(event, "Username")].map(textOf);
  const principal = names.find((name) => name !== "") ?? "somebody whom CloudTrail does not name";
  return { principal, event: textOf(member(event, "EventName")), at };
}

function parsed(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    return undefined;
  }
}

/** Own members only: the record is whatever AWS says. */
function member(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, name)
    ? Reflect.get(value, name)
    : undefined;
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
