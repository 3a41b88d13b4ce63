import { CreateTrailCommand, DescribeTrailsCommand, StartLoggingCommand } from "@aws-sdk/client-cloudtrail";
import type { Clients } from "./clients.ts";
import { type Expected, expected } from "./expected.ts";

/** A logging trail. The bucket has to exist in the account. */
export async function makeTrail(
  { cloudtrail }: Clients,
  Name: string,
  S3BucketName: string,
  validated: boolean,
): Promise<string> {
  await cloudtrail.send(
    new CreateTrailCommand({ Name, S3BucketName, EnableLogFileValidation: validated, IsMultiRegionTrail: false }),
  );
  await cloudtrail.send(new StartLoggingCommand({ Name }));
  return Name;
}

export async function validationOf({ cloudtrail }: Clients, name: string): Promise<boolean | undefined> {
  const { trailList } = await cloudtrail.send(new DescribeTrailsCommand({ trailNameList: [name] }));
  return trailList?.[0]?.LogFileValidationEnabled;
}

export async function seedTrails(clients: Clients, bucket: string): Promise<Expected[]> {
  const open = await makeTrail(clients, `main.${clients.region}`, bucket, false);
  const signed = await makeTrail(clients, `audit_${clients.region}`, bucket, true);
  return expected(clients, "cloudtrail_log_file_validation", { fail: [open], pass: [signed] });
}
