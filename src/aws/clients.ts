import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import type { CredentialProvider, Credentials, Timeouts } from "./options.ts";
import { services } from "./services.ts";

/** Whose client it is: clients are kept for as long as the same object says who calls. */
export interface Caller {
  /** `account/role`, or `base`. */
  readonly key: string;
  readonly credentials: Credentials | CredentialProvider;
  /** Whether its calls may change something. */
  readonly writes: boolean;
}

export interface ClientsOptions {
  /** All services are called here instead of at AWS (an emulator). */
  readonly endpoint: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly timeouts: Timeouts;
  /** Connections to one host at most. */
  readonly sockets: number;
  readonly version: string;
}

export interface Clients {
  /**
   * Sends one request, once. `input` is in the SDK's form. Errors are the SDK's own; `classify` reads them.
   * Whether the operation may be sent at all is decided before: this is the machine room, not the door.
   */
  send(caller: Caller, region: string, service: string, operation: string, input: object): Promise<object>;
  close(): void;
}

/**
 * A hundred accounts, 17 regions and 20 services would be 34,000 clients; each costs some 20 KB, and a tenth of a
 * millisecond to make again.
 */
const KEPT = 2_000;

interface Sender {
  send(command: object): Promise<object>;
}

/** The only place where SDK clients are made and commands are sent. */
export function createClients(options: ClientsOptions): Clients {
  // One pool serves all accounts, since the signature says who calls: 340 hosts (17 regions of 20 services) are greeted
  // only once. Free connections are given up before AWS does so.
  const pool = { keepAlive: true, maxSockets: options.sockets, timeout: 10_000, proxyEnv: options.env };
  const reused = { httpAgent: new HttpAgent(pool), httpsAgent: new HttpsAgent(pool) };
  // A request on a kept connection that is just being closed ends in a reset, and nobody knows whether it was done.
  // Writes are few: each has its own.
  const lone = { ...pool, keepAlive: false };
  const fresh = { httpAgent: new HttpAgent(lone), httpsAgent: new HttpsAgent(lone) };
  const clients = new Map<string, { readonly caller: Caller; readonly client: Promise<Sender> }>();

  const timeouts = {
    connectionTimeout: options.timeouts.connect,
    requestTimeout: options.timeouts.request,
    socketTimeout: options.timeouts.idle,
    // Without it the handler only writes a warning and goes on waiting.
    throwOnRequestTimeout: true,
  };

  async function make(caller: Caller, region: string, name: string): Promise<Sender> {
    const { module, client } = await load(name);
    const made = construct(module, client, {
      region,
      credentials: caller.credentials,
      requestHandler: { ...timeouts, ...(caller.writes ? fresh : reused) },
      // Retries are ours: the SDK's own know neither our limits nor which calls may be repeated.
      maxAttempts: 1,
      retryMode: "standard",
      defaultsMode: "standard",
      customUserAgent: [["evenkeel", options.version]],
      ...(options.endpoint === undefined ? {} : { endpoint: options.endpoint }),
      ...(name === "s3" ? s3Settings(options.endpoint, caller.writes) : {}),
      // The rules would put the account before the host name, which an emulator's address cannot carry;
      // `disableHostPrefix` does not help.
      ...(name === "s3control" && options.endpoint !== undefined ? { endpointProvider: fixed(options.endpoint) } : {}),
    });
    if (!sends(made)) throw new Error(`${name}: the SDK client cannot send`);
    return made;
  }

  return {
    async send(caller, region, service, operation, input) {
      const key = `${caller.key}/${region}/${service}`;
      let entry = clients.get(key);
      // A new session is a new caller: the SDK keeps the credentials it was made with.
      if (entry === undefined || entry.caller !== caller) {
        entry = { caller, client: make(caller, region, service) };
      }
      // The last used stands at the end; the first one goes. It has no sockets of its own, and whoever uses it still
      // has it.
      clients.delete(key);
      clients.set(key, entry);
      const [oldest] = clients.keys();
      if (clients.size > KEPT && oldest !== undefined) clients.delete(oldest);
      const [client, { module }] = await Promise.all([entry.client, load(service)]);
      return client.send(construct(module, `${operation}Command`, input));
    },
    close() {
      for (const agent of [reused.httpAgent, reused.httpsAgent, fresh.httpAgent, fresh.httpsAgent]) agent.destroy();
    },
  };
}

function s3Settings(endpoint: string | undefined, writes: boolean): object {
  return {
    // Sessions of directory buckets would be calls that nobody counts.
    disableS3ExpressSessions: true,
    // A bucket is known by name before its region is (logging targets): the answer names the region, and a read goes
    // there. A write goes where its plan says, and nowhere else.
    followRegionRedirects: !writes,
    ...(endpoint === undefined ? {} : { forcePathStyle: true }),
  };
}

const fixed = (endpoint: string) => (): { url: URL } => ({ url: new URL(endpoint) });

async function load(name: string): Promise<{ readonly module: object; readonly client: string }> {
  const service = services.get(name);
  if (service === undefined) throw new Error(`no such service: ${name}`);
  return { module: await service.load(), client: service.client };
}

function construct(module: object, name: string, argument: object): object {
  const made: unknown = Reflect.get(module, name);
  if (!isClass(made)) throw new Error(`the SDK package has no ${name}`);
  return new made(argument);
}

function isClass(value: unknown): value is new (argument: object) => object {
  return typeof value === "function";
}

function sends(value: object): value is Sender {
  return "send" in value && typeof value.send === "function";
}
