/** SDK clients of one account and region of an emulator, to make and to look at what the engine then has to find. */
import { CloudTrailClient } from "@aws-sdk/client-cloudtrail";
import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { EC2Client } from "@aws-sdk/client-ec2";
import { IAMClient } from "@aws-sdk/client-iam";
import { KMSClient } from "@aws-sdk/client-kms";
import { RDSClient } from "@aws-sdk/client-rds";
import { S3Client } from "@aws-sdk/client-s3";
import { S3ControlClient } from "@aws-sdk/client-s3-control";
import { clientConfig, rootCredentials, s3ControlConfig, type Target } from "../accounts.ts";

export interface Clients {
  readonly account: string;
  readonly region: string;
  readonly s3: S3Client;
  readonly s3control: S3ControlClient;
  readonly ec2: EC2Client;
  readonly iam: IAMClient;
  readonly kms: KMSClient;
  readonly cloudtrail: CloudTrailClient;
  readonly rds: RDSClient;
  readonly logs: CloudWatchLogsClient;
  destroy(): void;
}

/** Clients with the account's root credentials. A reset of the emulator voids them. */
export async function clientsOf(emulator: Target, account: string, region = "us-east-1"): Promise<Clients> {
  const credentials = await rootCredentials(emulator, account);
  const config = clientConfig(emulator.url, credentials, region);
  const made = {
    s3: new S3Client(config),
    s3control: new S3ControlClient(s3ControlConfig(emulator.url, credentials, region)),
    ec2: new EC2Client(config),
    iam: new IAMClient(config),
    kms: new KMSClient(config),
    cloudtrail: new CloudTrailClient(config),
    rds: new RDSClient(config),
    logs: new CloudWatchLogsClient(config),
  };
  return {
    account,
    region,
    ...made,
    destroy: () => {
      for (const client of Object.values(made)) client.destroy();
    },
  };
}
