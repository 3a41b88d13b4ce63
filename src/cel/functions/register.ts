import type { Environment } from "@marcbachmann/cel-js";
import type { FromJson } from "../from-json.ts";
import type { TypeTable } from "../types.ts";
import { cidrFunctions } from "./cidr.ts";
import { collectionFunctions } from "./collections.ts";
import { policyFunctions } from "./policy-document.ts";
import { textFunctions } from "./text.ts";
import { timeFunctions } from "./time.ts";

/**
 * A function that expressions may call. The arguments arrive as CEL values (int is bigint, double number, a list an array, a map a Map);
 * the signature is checked before every call, so that an implementation only narrows what the signature leaves open (`dyn`).
 */
export interface CelFunction {
  /** `name(type, …): type`, or `type.name(type, …): type` for a method. */
  readonly signature: string;
  readonly description: string;
  readonly example: string;
  /** Throws EvaluationFault, in words for the author of the policy. */
  readonly implementation: (...args: readonly unknown[]) => unknown;
}

export function builtInFunctions(types: TypeTable, convert: FromJson): readonly CelFunction[] {
  return [
    ...timeFunctions,
    ...textFunctions,
    ...collectionFunctions,
    ...cidrFunctions,
    ...policyFunctions(types, convert),
  ];
}

export function registerFunctions(library: Environment, functions: readonly CelFunction[]): void {
  // The library compares everything but bytes.
  library.registerOperator("bytes < bytes", (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b) < 0);
  library.registerOperator("bytes <= bytes", (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b) <= 0);
  library.registerOperator("bytes > bytes", (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b) > 0);
  library.registerOperator("bytes >= bytes", (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b) >= 0);
  for (const { signature, description, implementation } of functions) {
    library.registerFunction(signature, (...args: readonly unknown[]) => implementation(...args), {
      async: false,
      description,
    });
  }
}
