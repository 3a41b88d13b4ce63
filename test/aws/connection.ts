import { readFileSync } from "node:fs";
import { type Connection, connect } from "../../src/aws/connect.ts";
import { RemoteError } from "../../src/aws/errors.ts";
import { createModels } from "../../src/aws/models/models.ts";
import type { AwsOptions, CredentialProvider } from "../../src/aws/options.ts";
import type { CallRequest } from "../../src/types/aws.ts";

export const models = createModels((file) => readFileSync(new URL(`../../generated/${file}`, import.meta.url), "utf8"));

export const base: CredentialProvider = async () => ({
  accessKeyId: "AKIABASEBASEBASEBASE",
  secretAccessKey: "base-secret",
});

/** Waits are real but a hundredth as long; `slept` says how long they would have been. */
export function connectTo(
  url: string,
  over: Partial<AwsOptions> = {},
): { connection: Connection; slept: number[]; logged: string[] } {
  const slept: number[] = [];
  const logged: string[] = [];
  const connection = connect({
    models,
    partition: "aws",
    roles: { read: { name: "evenkeel-read", external_id: "ext-read" }, remediate: { name: "evenkeel-remediate" } },
    session: { name: "evenkeel-7-1" },
    env: { AWS_ENDPOINT_URL: url, AWS_REGION: "eu-west-1" },
    clock: {
      now: () => Date.now(),
      sleep: (ms) => {
        slept.push(ms);
        return new Promise((resolve) => setTimeout(resolve, ms / 100));
      },
    },
    random: () => 0.5,
    logger: { debug: (message) => logged.push(message), warn: (message) => logged.push(message) },
    version: "0.0.0-test",
    baseCredentials: base,
    ...over,
  });
  return { connection, slept, logged };
}

export const request = (
  service: string,
  operation: string,
  input: CallRequest["input"] = {},
  over: Partial<CallRequest> = {},
): CallRequest => ({
  account: "222222222222",
  region: "eu-west-1",
  service,
  operation,
  input,
  ...over,
});

/** The RemoteError that a call ends with. Fails the test where it ends otherwise. */
export async function remoteError(call: Promise<unknown>): Promise<RemoteError> {
  const ended = await call.then(
    () => new Error("the call succeeded"),
    (error: unknown) => error,
  );
  if (ended instanceof RemoteError) return ended;
  throw new Error(`not a RemoteError: ${String(ended)}`, { cause: ended });
}
