import { fromNodeProviderChain } from "@aws-sdk/credential-providers";
import type { RoleKind } from "../types/aws.ts";
import type { Attempts } from "./attempts.ts";
import type { Failure } from "./classify.ts";
import type { Caller, Clients } from "./clients.ts";
import { RemoteError } from "./errors.ts";
import type { AwsOptions, Clock, CredentialProvider, Credentials } from "./options.ts";
import { roleArn, stsRegion } from "./partition.ts";
import { assumeRoleIdentity } from "./session-name.ts";

/**
 * An assumed role whose caller identity has been checked. The credentials live here and in the SDK's clients, nowhere
 * else.
 */
export interface Session extends Caller {
  readonly account: string;
  readonly role: RoleKind;
  /** Milliseconds since 1970. */
  readonly expires: number;
}

export interface Sessions {
  /**
   * The session of an account and role: assumed once, shared by all who ask, renewed five minutes before it ends.
   * Errors: RemoteError; one that asking again cannot mend (denied, wrong account) is remembered and asked for only
   * once.
   */
  get(account: string, role: RoleKind): Promise<Session>;
  /** The caller's own credentials, for what belongs to no account that is kept level. */
  caller(): Caller;
  /** AWS says that this session, or these credentials of the caller, are over. */
  drop(session: Caller): void;
  /** The partition, said by the options or by the caller's own ARN. */
  partition(): Promise<string>;
}

interface Held {
  readonly session: Promise<Session>;
  /** What `session` came to, to be compared without waiting. */
  settled: Session | undefined;
  expires: number;
}

const AHEAD = 5 * 60_000;
/** Role chaining allows no more than an hour. */
const SESSION_SECONDS = 3600;
const LASTING: ReadonlySet<string> = new Set(["denied", "credentials", "invalid", "not_found"]);

export function createSessions(
  options: Pick<AwsOptions, "roles" | "session" | "env" | "partition" | "baseCredentials"> & { readonly clock: Clock },
  clients: Clients,
  attempts: Attempts,
  partitionOf: (arn: string) => string | undefined,
): Sessions {
  const held = new Map<string, Held>();
  const provider: CredentialProvider = options.baseCredentials ?? fromNodeProviderChain();
  let base: Caller = { key: "base", credentials: provider, writes: false };
  let known: Promise<string> | undefined =
    options.partition === undefined ? undefined : Promise.resolve(options.partition);

  // A new caller makes a new client, which asks the provider again.
  const renewBase = (): void => {
    base = { key: "base", credentials: provider, writes: false };
  };

  const sts = (
    operation: "AssumeRole" | "GetCallerIdentity",
    input: object,
    place: {
      account: string;
      region: string;
      role: string;
      by: RoleKind;
      caller?: Caller;
      remedy?: (failure: Failure) => string | undefined;
    },
  ): Promise<object> =>
    attempts
      .run(
        {
          service: "sts",
          operation,
          account: place.account,
          region: place.region,
          role: place.role,
          // Assuming a role twice does no harm: it may be repeated like a read.
          mode: "read",
          by: place.by,
          iam: [`sts:${operation}`],
          paged: false,
          ...(place.caller === undefined ? { payer: "caller" } : {}),
          ...(place.remedy === undefined ? {} : { remedy: place.remedy }),
        },
        {
          prepare: async () => place.caller ?? base,
          attempt: (caller) => clients.send(caller, place.region, "sts", operation, input),
          expired: (caller) => {
            if (caller === base) renewBase();
          },
        },
      )
      .then(({ raw }) => raw);

  async function detect(): Promise<string> {
    const region = options.env["AWS_REGION"] || options.env["AWS_DEFAULT_REGION"] || "us-east-1";
    const identity = await sts(
      "GetCallerIdentity",
      {},
      { account: "caller", region, role: "of the caller", by: "read" },
    );
    return partitionOf(text(identity, "Arn")) ?? "aws";
  }

  function partition(): Promise<string> {
    known ??= detect().catch((error: unknown) => {
      known = undefined;
      throw error;
    });
    return known;
  }

  async function assume(account: string, role: RoleKind): Promise<Session> {
    const { name, external_id } = options.roles[role];
    const where = await partition();
    const region = stsRegion(where, options.env);
    const place = { account, region, role: name, by: role };
    const answer = await sts(
      "AssumeRole",
      {
        RoleArn: roleArn(where, account, name),
        DurationSeconds: SESSION_SECONDS,
        ...(external_id === undefined ? {} : { ExternalId: external_id }),
        ...assumeRoleIdentity(options.session),
      },
      {
        ...place,
        remedy: (failure) => (failure.kind === "denied" ? trustRemedy(account, role, name, options) : undefined),
      },
    );
    const credentials = credentialsIn(answer);
    if (credentials === undefined) throw refused(place, "BadAnswer", "the answer holds no credentials", undefined);
    const session: Session = {
      key: `${account}/${role}`,
      writes: role === "remediate",
      account,
      role,
      credentials: credentials.value,
      expires: credentials.expires,
    };
    // Before anything else: a role ARN that leads elsewhere (an emulator's default account, a proxy) must not be read,
    // let alone changed.
    const identity = await sts("GetCallerIdentity", {}, { ...place, caller: session });
    const found = text(identity, "Account");
    if (found === account) return session;
    const remedy = `check where role ${name} of account ${account} leads, and AWS_ENDPOINT_URL where it is set`;
    throw refused(place, "WrongAccount", `the session is in account ${found || "(none)"}, not in ${account}`, remedy);
  }

  return {
    partition,
    get(account, role) {
      const key = `${account}/${role}`;
      const current = held.get(key);
      if (current !== undefined && options.clock.now() < current.expires - AHEAD) return current.session;
      const entry: Held = { session: assume(account, role), settled: undefined, expires: Number.POSITIVE_INFINITY };
      held.set(key, entry);
      entry.session.then(
        (session) => {
          entry.settled = session;
          // A session shorter than the margin would be renewed by every call.
          entry.expires = Math.max(session.expires, options.clock.now() + AHEAD + 30_000);
        },
        (error: unknown) => {
          if (!(error instanceof RemoteError && LASTING.has(error.kind)) && held.get(key) === entry) held.delete(key);
        },
      );
      return entry.session;
    },
    caller: () => base,
    drop(session) {
      if (session === base) renewBase();
      // Of a hundred calls that meet the end of a session, the first drops it; the others find its successor.
      if (held.get(session.key)?.settled === session) held.delete(session.key);
    },
  };
}

function trustRemedy(
  account: string,
  role: RoleKind,
  name: string,
  options: Pick<AwsOptions, "roles" | "session">,
): string {
  const allows = [
    ...(options.session.sourceIdentity === undefined ? [] : ["sts:SetSourceIdentity"]),
    ...(options.session.tags === undefined ? [] : ["sts:TagSession"]),
  ];
  const unset = options.roles[role].external_id === undefined ? " (none is set)" : "";
  return [
    `check that role ${name} exists in account ${account}`,
    `that its trust policy names the calling role${allows.length > 0 ? ` and allows ${allows.join(" and ")}` : ""}`,
    `that the ExternalId it asks for is that of roles.${role}.external_id${unset}`,
    "and that the calling role may use sts:AssumeRole on it",
  ].join(", ");
}

function refused(
  place: { account: string; region: string },
  code: string,
  detail: string,
  remedy: string | undefined,
): RemoteError {
  return new RemoteError({
    kind: "credentials",
    service: "sts",
    operation: code === "WrongAccount" ? "GetCallerIdentity" : "AssumeRole",
    account: place.account,
    region: place.region,
    code,
    status: 0,
    attempts: 1,
    requestId: "",
    detail,
    remedy,
    maybeDone: false,
  });
}

function credentialsIn(answer: object): { readonly value: Credentials; readonly expires: number } | undefined {
  const found: unknown = Reflect.get(answer, "Credentials");
  if (typeof found !== "object" || found === null) return undefined;
  const value = {
    accessKeyId: text(found, "AccessKeyId"),
    secretAccessKey: text(found, "SecretAccessKey"),
    sessionToken: text(found, "SessionToken"),
  };
  const expires: unknown = Reflect.get(found, "Expiration");
  if (value.accessKeyId === "" || value.secretAccessKey === "" || !(expires instanceof Date)) return undefined;
  return { value, expires: expires.getTime() };
}

function text(value: object, member: string): string {
  const found: unknown = Reflect.get(value, member);
  return typeof found === "string" ? found : "";
}
