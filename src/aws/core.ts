import type { CallRequest, CallResult, RoleKind } from "../types/aws.ts";
import type { Operation } from "../types/operation.ts";
import { type Attempts, createAttempts } from "./attempts.ts";
import { createClients } from "./clients.ts";
import { createSessions, type Sessions } from "./credentials.ts";
import { RemoteError } from "./errors.ts";
import { isPaged, withOwner } from "./input.ts";
import { createLimiter, type Limiter } from "./limiter.ts";
import { fromWire, toWire } from "./models/convert.ts";
import { type AwsOptions, LIMITS, TIMEOUTS } from "./options.ts";
import { callRegion, partitionOfArn } from "./partition.ts";
import { services } from "./services.ts";

/**
 * What reader and writer stand on. Not for use outside this folder: it sends whatever it is told to. The reader gives
 * it only what reads, the writer only what a plan says.
 */
export interface Core {
  readonly options: AwsOptions;
  readonly sessions: Sessions;
  readonly attempts: Attempts;
  readonly limiter: Limiter;
  /** The operation's model. Errors: RemoteError `invalid` where AWS has no such operation. */
  operation(request: CallRequest): Operation;
  /**
   * Makes one call: the read role's and the caller's own repeated after anything that may pass, the remediate role's
   * only where nothing can have been done. Errors: RemoteError.
   */
  perform(role: RoleKind | "caller", operation: Operation, request: CallRequest): Promise<CallResult>;
  close(): void;
}

export function createCore(options: AwsOptions): Core {
  const limits = { ...LIMITS, ...options.limits };
  const endpoint = options.env["AWS_ENDPOINT_URL"] || undefined;
  const clients = createClients({
    endpoint,
    env: options.env,
    timeouts: { ...TIMEOUTS, ...options.timeouts },
    // More than can be under way: nothing waits for a socket, so that the connection timeout measures connecting only.
    sockets: limits.inFlight + 10,
    version: options.version,
  });
  const limiter = createLimiter(options.clock, limits);
  const attempts = createAttempts({ ...options, limiter, limits, emulated: endpoint !== undefined });
  const sessions = createSessions(options, clients, attempts, partitionOfArn);

  return {
    options,
    sessions,
    attempts,
    limiter,
    close: () => clients.close(),
    operation(request) {
      const found = options.models.operation(request.service, request.operation);
      if (found !== undefined) return found;
      throw refusal(request, "UnknownOperation", "AWS's models know no such operation");
    },
    async perform(role, operation, request) {
      const service = services.get(request.service);
      if (service === undefined) throw refusal(request, "UnknownService", "no SDK client is known for this service");
      const region = callRegion(service, request.region, await sessions.partition());
      const given = withOwner(operation, request.account, request.input);
      let input: object;
      try {
        input = toWire(given, operation.input);
      } catch (error) {
        throw refusal(
          request,
          "InvalidInput",
          error instanceof Error ? error.message : "the input does not fit the operation",
        );
      }
      const { raw, attempts: count } = await attempts.run(
        {
          account: request.account,
          region,
          service: request.service,
          operation: request.operation,
          mode: role === "remediate" ? "write" : "read",
          by: role === "caller" ? "read" : role,
          role: role === "caller" ? "of the caller" : options.roles[role].name,
          iam: request.iam ?? operation.iam,
          paged: isPaged(operation, given),
        },
        {
          prepare: async () => (role === "caller" ? sessions.caller() : sessions.get(request.account, role)),
          attempt: async (session) => {
            const answer = await clients.send(session, region, request.service, request.operation, input);
            return role === "caller" ? withBody(answer) : answer;
          },
          expired: (session) => sessions.drop(session),
        },
      );
      return { output: fromWire(raw, operation.output), requestId: requestIdOf(raw), attempts: count };
    },
  };
}

/** A body comes as a stream. It is read as a part of the attempt, so that one that breaks off is asked for again; nobody but the caller asks for one. */
async function withBody(answer: object): Promise<object> {
  const body: unknown = Reflect.get(answer, "Body");
  if (typeof body !== "object" || body === null || !("transformToByteArray" in body)) return answer;
  const { transformToByteArray: read } = body;
  return typeof read === "function" ? { ...answer, Body: await read.call(body) } : answer;
}

/** A call that is not sent at all. */
export function refusal(request: CallRequest, code: string, detail: string): RemoteError {
  return new RemoteError({
    kind: "invalid",
    service: request.service,
    operation: request.operation,
    account: request.account,
    region: request.region,
    code,
    status: 0,
    attempts: 0,
    requestId: "",
    detail,
    remedy: undefined,
    maybeDone: false,
  });
}

function requestIdOf(raw: object): string {
  const metadata: unknown = Reflect.get(raw, "$metadata");
  if (typeof metadata !== "object" || metadata === null) return "";
  const id: unknown = Reflect.get(metadata, "requestId") ?? Reflect.get(metadata, "extendedRequestId");
  return typeof id === "string" ? id : "";
}
