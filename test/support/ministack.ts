/** MiniStack as a child process: fewer services than moto, but IAM policies, trust and external ids are enforced with `auth`. */
import { type Emulator, post, startPythonServer } from "./ports.ts";

/** The secret of every root key (MiniStack checks signatures of users and sessions, but not of root). */
const ROOT_SECRET = "test";

export interface MinistackOptions {
  /** Whether signatures and IAM policies are checked. */
  readonly auth: boolean;
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts MiniStack on a free loopback port; resolves once it answers. */
export async function startMinistack(options: MinistackOptions): Promise<Emulator> {
  const server = await startPythonServer({
    module: "ministack",
    args: () => [],
    env: (port) => ({
      // Its default address is every interface of the machine.
      BIND_HOST: "127.0.0.1",
      GATEWAY_PORT: String(port),
      AUTH: String(options.auth),
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: ROOT_SECRET,
      ...options.env,
    }),
    ready: /Running on http:\/\/127\.0\.0\.1:\d+/,
  });
  return { kind: "ministack", ...server, reset: () => post(`${server.url}/_ministack/reset`) };
}

/** Root credentials of an account (12 digits, and the key id itself), in force from the start and after every reset. */
export function ministackRoot(accountId: string): { accessKeyId: string; secretAccessKey: string } {
  if (!/^\d{12}$/.test(accountId)) throw new Error(`not an account id: ${accountId}`);
  return { accessKeyId: accountId, secretAccessKey: ROOT_SECRET };
}
