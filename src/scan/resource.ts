import { RemoteError } from "../aws/errors.ts";
import type { CompiledField } from "../catalogue/compiled.ts";
import { Bug } from "../errors.ts";
import type { Binding, Bindings } from "../types/cel.ts";
import type { Json, JsonObject } from "../types/json.ts";
import type { FieldState } from "../types/scan.ts";
import {
  bulkItems,
  decoded,
  evaluated,
  hasCode,
  inputOf,
  type Listed,
  target,
  type Unit,
  unitBindings,
} from "./inventory.ts";

/** Not asked for yet; never seen outside `scan/`. */
export const PENDING = "$pending";
const NOT_YET: FieldState = { state: "unknown", code: PENDING, message: "not read yet" };

/** What the resources of one unit share: bulk lists, and the account's own resources, each read once and only when asked for. */
export interface Shared {
  bulk(name: string): Promise<ReadonlyMap<string, readonly Json[]>>;
  accountField(type: string, field: string): Promise<FieldState>;
}

export function sharedOf(unit: Unit, accountField: Shared["accountField"]): Shared {
  const lists = new Map<string, Promise<ReadonlyMap<string, readonly Json[]>>>();
  return {
    accountField,
    bulk(name) {
      const known = lists.get(name) ?? bulkItems(unit, name);
      lists.set(name, known);
      return known;
    },
  };
}

/** One resource with the fields read so far. Fields are read on demand; fields of one call cost one call. */
export class ResourceView {
  readonly unit: Unit;
  readonly listed: Listed;
  readonly #shared: Shared;
  readonly #states = new Map<string, FieldState>();
  readonly #calls = new Map<string, Promise<{ output: JsonObject } | { error: unknown }>>();

  constructor(unit: Unit, listed: Listed, shared: Shared) {
    this.unit = unit;
    this.listed = listed;
    this.#shared = shared;
  }

  /** A resource of which everything is told beforehand: what a policy's test writes. Nothing is ever fetched for it. */
  static told(unit: Unit, listed: Listed, tell: (name: string) => FieldState): ResourceView {
    const nothing: Shared = {
      bulk: () => Promise.reject(new Bug("a told resource has no lists")),
      accountField: () => Promise.reject(new Bug("a told resource has no account")),
    };
    const view = new ResourceView(unit, listed, nothing);
    for (const name of unit.type.fields.keys()) view.#states.set(name, tell(name));
    return view;
  }

  /** What expressions may name beside `resource`. */
  get bindings(): Bindings {
    const { ref, callRegion } = this.listed;
    return { ...unitBindings(this.unit), region: { json: callRegion }, id: { json: ref.id }, arn: { json: ref.arn } };
  }

  /** `resource` for an evaluation; notes which fields it read, and which of them are still to be fetched. */
  binding(read: Set<string>, pending: Set<string>): Binding {
    return {
      read: (member) => {
        read.add(member);
        const state = this.state(member);
        if (state.state === "unknown" && state.code === PENDING) pending.add(member);
        return state;
      },
    };
  }

  state(name: string): FieldState {
    const known = this.#states.get(name);
    if (known !== undefined) return known;
    const field = this.#field(name);
    if (field.source.kind !== "item") return NOT_YET;
    const state = decoded(field, evaluated(field.source.value, this.#fieldBindings()));
    this.#states.set(name, state);
    return state;
  }

  /** What fetching the field costs: nothing, a share of a bulk call, or a call of its own. */
  cost(name: string): 0 | 1 | 2 {
    const { kind } = this.#field(name).source;
    return kind === "item" ? 0 : kind === "call" ? 2 : 1;
  }

  async fetch(name: string): Promise<void> {
    if (this.state(name) !== NOT_YET) return;
    this.#states.set(name, await this.#fetched(this.#field(name)));
  }

  async #fetched(field: CompiledField): Promise<FieldState> {
    const { source } = field;
    try {
      if (source.kind === "account") return await this.#shared.accountField(source.type, source.field);
      if (source.kind === "from") {
        const found = (await this.#shared.bulk(source.list)).get(this.listed.ref.id) ?? [];
        return decoded(field, evaluated(source.value, { ...this.#fieldBindings(), found: { json: found } }));
      }
      if (source.kind === "item") return this.state(field.name);
      const answer = await this.#call(source);
      if ("output" in answer) {
        return decoded(field, evaluated(source.value, { ...this.#fieldBindings(), output: { json: answer.output } }));
      }
      if (hasCode(answer.error, source.absent)) return { state: "absent" };
      throw answer.error;
    } catch (error) {
      return unknownFrom(error);
    }
  }

  #call(
    source: Extract<CompiledField["source"], { kind: "call" }>,
  ): Promise<{ output: JsonObject } | { error: unknown }> {
    const known = this.#calls.get(source.key);
    if (known !== undefined) return known;
    const { unit, listed } = this;
    const made = (async () => {
      try {
        const request = {
          ...target(unit, listed.callRegion, source.call),
          input: inputOf(source.call, this.#fieldBindings()),
        };
        return { output: (await unit.aws.call(request)).output };
      } catch (error) {
        return { error };
      }
    })();
    this.#calls.set(source.key, made);
    return made;
  }

  #fieldBindings(): Bindings {
    const { item, parent } = this.listed;
    return {
      ...this.bindings,
      ...(item === undefined ? {} : { item: { json: item } }),
      ...(parent === undefined ? {} : { parent: { json: parent } }),
    };
  }

  #field(name: string): CompiledField {
    const field = this.unit.type.fields.get(name);
    if (field === undefined) throw new Bug(`${this.unit.type.file.type} has no field ${name}`);
    return field;
  }
}

/**
 * Errors of the remote become an unknown field; ours stay errors. The words leave out what differs from run to run (attempts, request IDs),
 * so that the same world gives the same findings.
 */
export function unknownFrom(error: unknown): Extract<FieldState, { state: "unknown" }> {
  if (error instanceof RemoteError) return { state: "unknown", code: error.code, message: error.summary };
  if (
    error instanceof Bug ||
    error instanceof TypeError ||
    error instanceof ReferenceError ||
    !(error instanceof Error)
  )
    throw error;
  const code = "code" in error && typeof error.code === "string" ? error.code : error.name;
  return { state: "unknown", code, message: error.message };
}
