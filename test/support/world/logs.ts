import {
  CreateLogGroupCommand,
  DescribeLogGroupsCommand,
  PutRetentionPolicyCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import type { Clients } from "./clients.ts";
import { type Expected, expected } from "./expected.ts";

/** A log group; without days it keeps its events for ever. */
export async function makeLogGroup({ logs }: Clients, logGroupName: string, days?: number): Promise<string> {
  await logs.send(new CreateLogGroupCommand({ logGroupName }));
  if (days !== undefined) await logs.send(new PutRetentionPolicyCommand({ logGroupName, retentionInDays: days }));
  return logGroupName;
}

export async function retentionOf({ logs }: Clients, name: string): Promise<number | undefined> {
  const { logGroups } = await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: name }));
  return logGroups?.find(({ logGroupName }) => logGroupName === name)?.retentionInDays;
}

export async function seedLogGroups(clients: Clients): Promise<Expected[]> {
  const short = await makeLogGroup(clients, "/aws/lambda/orders#1", 30);
  const long = await makeLogGroup(clients, "/aws/lambda/ledger", 400);
  const forever = await makeLogGroup(clients, "/aws/lambda/orders", undefined);
  return expected(clients, "logs_group_retention", { fail: [short], pass: [long, forever] });
}
