/** moto_server as a child process: broad coverage of AWS, no access control. What it gets wrong is listed in the emulator facts. */
import { type Emulator, post, startPythonServer } from "./ports.ts";

/**
 * Default AMIs would cost 600 MB and show up as the account's own images; by default any account may read and write any bucket.
 * MOTO_ACCOUNT_ID must never be set: it would pin every call to one account.
 */
const FLAGS = { MOTO_EC2_LOAD_DEFAULT_AMIS: "false", MOTO_S3_ALLOW_CROSSACCOUNT_ACCESS: "false" };

export interface MotoOptions {
  /**
   * Same seed and same order of calls give the same ids (instances, keys, VPCs, …); used again after every reset. One catch:
   * the first call to a service in a process draws random numbers while moto loads it, so EC2's ids of the first round
   * equal those of the first round of another process, but not those after a reset.
   */
  readonly seed?: number;
  /** Further settings of moto, e.g. MOTO_IAM_LOAD_MANAGED_POLICIES. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts moto on a free loopback port; resolves once it answers (about half a second). */
export async function startMoto(options: MotoOptions = {}): Promise<Emulator> {
  const server = await startPythonServer({
    module: "moto.server",
    args: (port) => ["-H", "127.0.0.1", "-p", String(port)],
    env: () => ({ ...FLAGS, ...options.env }),
    ready: /Running on http:\/\/127\.0\.0\.1:\d+/,
  });
  const seed = async (): Promise<void> => {
    if (options.seed !== undefined) await post(`${server.url}/moto-api/seed?a=${options.seed}`);
  };
  await seed();
  return {
    kind: "moto",
    ...server,
    async reset() {
      await post(`${server.url}/moto-api/reset`);
      await seed();
    },
  };
}
