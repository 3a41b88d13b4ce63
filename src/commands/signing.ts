import type { Applied } from "../apply/apply.ts";
import { RemoteError } from "../aws/errors.ts";
import { createSigner, type Signer } from "../aws/signer.ts";
import { signedBytes, verifySignature } from "../plan/signature.ts";
import { signatureWords } from "../report/trust.ts";
import { plain } from "../text/plain.ts";
import type { Io } from "../types/io.ts";
import type { Plan } from "../types/plan.ts";
import { blockedPlan } from "./approved.ts";
import { goOnline } from "./connection.ts";
import type { Ready } from "./workspace.ts";

/** How far what is merged can be trusted, where no key is configured, and beside a signature too. */
export const DERIVED =
  "each item is derived anew from the policies on the default branch before it runs, and must come out the same";

const UNSIGNED = `signature: none; where the plan comes from is looked at when it is applied; ${DERIVED}`;

export interface Signed {
  readonly plan: Plan;
  /** For the report's foot. */
  readonly tier: string;
  /** Why a plan that should be signed is not. */
  readonly failure?: string;
  /** Whether a plan that stands already would be let through as this one; true where this one would not be either, and a push gain nothing. */
  readonly accepts: (plan: Plan) => boolean;
}

/** The configured key, asked for its public half at most once. */
export interface Signing {
  /** Gives the plan back as it is where no key is configured, where it has no items, or where the key cannot be used. */
  sign(plan: Plan): Promise<Signed>;
  /** Whether a plan would be let through. Where the key cannot be asked, nothing better can be made, and every plan stands as it is. */
  accepts(): Promise<(plan: Plan) => boolean>;
  /** Lets a merged plan through with words about its signature ("" where none is asked for), or refuses it with the reason. */
  require(plan: Plan): Promise<{ readonly ok: boolean; readonly words: string }>;
}

export function openSigning(ready: Ready, io: Io): Signing {
  const key = ready.config.signing?.key;
  const all = (): boolean => true;
  if (key === undefined) {
    return {
      sign: async (plan) => ({ plan, tier: UNSIGNED, accepts: all }),
      accepts: async () => all,
      require: async () => ({ ok: true, words: "" }),
    };
  }
  let asked: ReturnType<Signer["publicKey"]> | undefined;
  const publicKey = () => {
    asked ??= ask(ready, io, (signer) => signer.publicKey(), key);
    return asked;
  };
  const holds = ({ header }: Plan, der: Uint8Array) => header.signature?.key === key && verifySignature(header, der);
  return {
    async sign(plan) {
      if (plan.items.length === 0) return { plan, tier: UNSIGNED, accepts: all };
      try {
        const { algorithm, der } = await publicKey();
        const value = await ask(ready, io, (signer) => signer.sign(signedBytes(plan.header), algorithm), key);
        const signed = { ...plan, header: { ...plan.header, signature: { key, algorithm, value } } };
        if (!holds(signed, der)) throw new Error("the signature that KMS gave does not hold");
        const tier = `signature: ${signatureWords({ tier: "kms", words: `signed by ${key}` })}; ${DERIVED}`;
        return { plan: signed, tier, accepts: (other) => holds(other, der) };
      } catch (error) {
        const failure = `plan ${plan.header.scope} could not be signed by ${key}: ${wordsOf(error)}`;
        // An older plan of the same items may stand on the branch, signed: it is not touched, and would be applied.
        const tier = "unsigned: merging has no effect, unless an earlier report signed these same items";
        return { plan, tier, failure, accepts: all };
      }
    },
    async accepts() {
      try {
        const { der } = await publicKey();
        return (plan) => holds(plan, der);
      } catch {
        return all;
      }
    },
    async require(plan) {
      const { signature } = plan.header;
      const again = `the next report signs the plan anew; ${key} is what \`signing.key\` names`;
      if (signature === undefined) return { ok: false, words: `not signed: ${again}` };
      if (signature.key !== key)
        return { ok: false, words: `signed by another key (${plain(signature.key, 200)}): ${again}` };
      try {
        const { der } = await publicKey();
        if (holds(plan, der)) return { ok: true, words: `signed by ${key}` };
        return { ok: false, words: `the signature does not hold, the header was edited: ${again}` };
      } catch (error) {
        return { ok: false, words: `the signature could not be checked: ${wordsOf(error)}` };
      }
    },
  };
}

/** A plan that the key did not sign: nothing of it runs, and nothing is journaled, so that it can still be proposed rightly. */
export function unsigned(plan: Plan, words: string): Applied {
  return blockedPlan(plan, words, "merge the next report, which is signed; or see why the key could not be used");
}

async function ask<T>(ready: Ready, io: Io, work: (signer: Signer) => Promise<T>, key: string): Promise<T> {
  const { connection } = goOnline(ready, io);
  try {
    return await work(createSigner(connection, key));
  } finally {
    connection.close();
  }
}

function wordsOf(error: unknown): string {
  if (error instanceof RemoteError && error.remedy !== undefined)
    return plain(`${error.message}; ${error.remedy}`, 700);
  return plain(error instanceof Error ? error.message : "unknown", 500);
}
