import type { Clients } from "./clients.ts";

/** What a case made in an account that holds nothing else of the policy's type but what the emulator makes by itself. */
export interface Made {
  /** The violating resource's ID. */
  readonly fail: string;
  /** IDs of compliant ones. */
  readonly pass: readonly string[];
  /** Whatever the case needs to find its way back (a group, a bucket). */
  readonly at?: string;
}

/** One policy with its remediation, from violation to fix to undo. Values are compared as `toMatchObject` or an asymmetric matcher does. */
export interface Case {
  readonly policy: string;
  readonly remediation: string;
  /** The policy's entry in the configuration, beside `use`. */
  readonly entry?: object;
  /** Days by which the engine's clock is ahead. */
  readonly days?: number;
  seed(clients: Clients): Promise<Made>;
  /** The calls as the plan shows them: names and (part of) parameters. */
  calls(made: Made, clients: Clients): readonly (readonly [call: string, params: object])[];
  readonly undo: readonly string[];
  readonly before: object;
  readonly after: object;
  /** The state that matters, read with the SDK. */
  read(clients: Clients, made: Made): Promise<unknown>;
  /** The state once it is applied. */
  readonly fixed: unknown;
  /** The state once that is taken back, where it is not the very state from before. */
  readonly restored?: unknown;
  /** Changes something that the plan saw, and leaves the resource failing. */
  readonly spoil?: (clients: Clients, made: Made) => Promise<unknown>;
  /** Why there is no `spoil`. */
  readonly cannotSpoil?: string;
  /** The read without which nobody can tell; the code is the service's own. */
  readonly denied: { readonly service: string; readonly operation: string; readonly code: string };
}
