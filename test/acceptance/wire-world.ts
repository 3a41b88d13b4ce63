/** An AWS whose log groups may be called anything: moto's services refuse the names that reports have to survive. */
import { awsEnv } from "../support/accounts.ts";
import { type AwsWire, startAwsWire, WireError } from "../support/aws-wire/server.ts";

export const ACCOUNT = "222222222222";

export interface WireWorld {
  readonly wire: AwsWire;
  readonly aws: Readonly<Record<string, string>>;
  /** Name -> days that the log group keeps its events. */
  readonly days: Map<string, number>;
  stop(): Promise<void>;
}

/** Log groups of these names that keep events for 30 days; the last one may be read and not written, with `denial` as AWS's words. */
export async function startWireWorld(names: readonly string[], denial: string): Promise<WireWorld> {
  const wire = await startAwsWire({ account: "999999999999" });
  const days = new Map(names.map((name) => [name, 30]));
  wire.on<{ logGroupNamePrefix?: string }>("logs", "DescribeLogGroups", ({ logGroupNamePrefix: prefix = "" }) => ({
    logGroups: [...days]
      .filter(([name]) => name.startsWith(prefix))
      .map(([logGroupName, retentionInDays]) => ({
        logGroupName,
        retentionInDays,
        creationTime: 1_700_000_000_000,
        arn: `arn:aws:logs:us-east-1:${ACCOUNT}:log-group:${logGroupName}:*`,
        logGroupClass: "STANDARD",
      })),
  }));
  wire.on<{ logGroupName: string; retentionInDays: number }>("logs", "PutRetentionPolicy", (input) => {
    if (input.logGroupName === names.at(-1)) throw new WireError("AccessDeniedException", denial, 400);
    days.set(input.logGroupName, input.retentionInDays);
  });
  const credentials = { accessKeyId: "AKIAEXAMPLEEXAMPLE00", secretAccessKey: "secret" };
  return { wire, days, aws: awsEnv(wire.url, credentials), stop: () => wire.stop() };
}
