import type { Home } from "../types/io.ts";

/**
 * What `dist/cli.js` and `dist/action.js` call: the one entrance of the bundle. The two programs are loaded when they are run, so that neither
 * pays for the other at start-up.
 */
export async function cli(home: Home, argv: readonly string[]): Promise<number> {
  const { main } = await import("../cli.ts");
  return main(home, argv);
}

/** The Action's entrance; its arguments are the environment's INPUT_ variables. */
export async function action(home: Home): Promise<number> {
  const { runAction } = await import("../action.ts");
  return runAction(home);
}

/** For the proof that every operation of every service is in the bundle (test/dist.test.ts). */
export { services } from "../aws/services.ts";
