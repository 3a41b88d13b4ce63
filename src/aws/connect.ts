import { type Core, createCore } from "./core.ts";
import type { AwsOptions } from "./options.ts";

/**
 * One run's connection to AWS: sessions, limits and sockets that its reader and its writer share. By itself it can call
 * nothing: `createReader` and `createWriter` make what can, so that who may write is to be seen in the imports.
 */
export interface Connection {
  /** Requests sent, repeated ones too, by `service:Operation`. */
  readonly requests: ReadonlyMap<string, number>;
  /** Throttles met, by `account/region/bucket`. */
  readonly throttles: ReadonlyMap<string, number>;
  /** Closes the sockets. */
  close(): void;
}

const cores = new WeakMap<Connection, Core>();

/** Sends nothing yet. */
export function connect(options: AwsOptions): Connection {
  const core = createCore(options);
  const connection: Connection = {
    requests: core.attempts.requests,
    throttles: core.limiter.throttles,
    close: () => core.close(),
  };
  cores.set(connection, core);
  return connection;
}

/** For the reader and the writer, and nobody else. */
export function coreOf(connection: Connection): Core {
  const core = cores.get(connection);
  if (core === undefined) throw new Error("not a connection made by connect()");
  return core;
}
