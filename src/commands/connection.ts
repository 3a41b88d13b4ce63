import { type Connection, connect } from "../aws/connect.ts";
import { mainRegion } from "../aws/partition.ts";
import { createReader } from "../aws/reader.ts";
import type { AwsReader } from "../types/aws.ts";
import type { Config } from "../types/catalogue.ts";
import type { Io } from "../types/io.ts";
import type { Models } from "../types/operation.ts";
import { VERSION } from "../version.ts";

export interface Online {
  readonly connection: Connection;
  readonly reader: AwsReader;
  readonly homeRegion: string;
  /** Names this run in the journal, and in CloudTrail as the session's name. */
  readonly run: string;
}

/** What of a workspace it takes to call AWS. */
export interface Callable {
  readonly config: Pick<Config, "partition" | "roles">;
  readonly workspace: { readonly models: Models };
}

/** Makes ready to call AWS; nothing is sent yet. `digest` of a plan goes into the sessions' names, so that CloudTrail leads back to it. */
export function goOnline(ready: Callable, io: Io, digest?: string): Online {
  const { config, workspace } = ready;
  const run = runName(io);
  const connection = connect({
    models: workspace.models,
    partition: config.partition,
    roles: config.roles,
    session: { name: digest === undefined ? run : `${run}-${digest.slice(0, 12)}` },
    env: io.env,
    clock: io.clock,
    random: io.random,
    logger: {
      debug: () => undefined,
      warn: (message) => io.stderr.write(`${message}\n`),
    },
    version: VERSION,
  });
  return { connection, reader: createReader(connection), homeRegion: mainRegion(config.partition), run };
}

function runName(io: Io): string {
  const { GITHUB_RUN_ID: id, GITHUB_RUN_ATTEMPT: attempt } = io.env;
  if (id !== undefined && id !== "") return `evenkeel-${id}-${attempt ?? "1"}`;
  const unique = Math.floor(io.random() * 36 ** 4).toString(36);
  return `evenkeel-${Math.floor(io.clock.now() / 1000).toString(36)}${unique}`;
}
