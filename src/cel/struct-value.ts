import { own } from "../json.ts";
import type { JsonObject } from "../types/json.ts";
import type { FieldState } from "../types/scan.ts";
import type { Shape, StructureShape } from "../types/shape.ts";
import { EvaluationFault, UnknownFault } from "./faults.ts";

/** What an expression finds under a name. */
export type Lookup = { readonly state: "value"; readonly value: unknown } | { readonly state: "absent" };

export const ABSENT: Lookup = { state: "absent" };

/** Where a structure's members come from: JSON at hand, or a reader asked once per member. `null`: the structure itself is not set. */
export type StructSource = JsonObject | ((member: string) => FieldState) | null;

/** Turns JSON of a shape into a CEL value, and makes the empty value of shapes that have one. */
export interface Converter {
  fromState(state: FieldState, shape: Shape, path: string): Lookup;
  emptyOf(shape: Shape, path: string): Lookup;
}

export type StructConstructor = new (
  shape: StructureShape,
  source: StructSource,
  path: string,
  converter: Converter,
) => StructValue;

/**
 * A structure in CEL. Members are converted when they are read, each once; what was never asked for costs no call and no decoding.
 * The library tells structures apart by constructor, so each structure has its own subclass (types.ts).
 */
export class StructValue {
  readonly shape: StructureShape;
  readonly source: StructSource;
  /** How the expression reached it, for messages: `resource.Grants[]`. */
  readonly path: string;
  readonly #converter: Converter;
  readonly #found = new Map<string, Lookup | UnknownFault>();

  constructor(shape: StructureShape, source: StructSource, path: string, converter: Converter) {
    this.shape = shape;
    this.source = source;
    this.path = path;
    this.#converter = converter;
  }

  /** The member as it is: set or absent. Throws UnknownFault where it could not be read. */
  lookup(name: string): Lookup {
    let found = this.#found.get(name);
    if (found === undefined) {
      found = this.#read(name);
      this.#found.set(name, found);
    }
    if (found instanceof UnknownFault) throw found;
    return found;
  }

  /** The member as an expression reads it unguarded: what is not set reads as empty where its type has an empty, else it is a fault. */
  read(name: string): unknown {
    const found = this.lookup(name);
    if (found.state === "value") return found.value;
    const member = this.shape.members.get(name);
    const path = `${this.path}.${name}`;
    const empty = member === undefined ? ABSENT : this.#converter.emptyOf(member.shape, path);
    if (empty.state === "value") return empty.value;
    throw notSet(path, name);
  }

  /** The names of the members that are set, in the order of the shape. */
  *setMembers(): Generator<string> {
    for (const name of this.shape.members.keys()) if (this.lookup(name).state === "value") yield name;
  }

  #read(name: string): Lookup | UnknownFault {
    const member = this.shape.members.get(name);
    if (member === undefined) throw new EvaluationFault(`${this.path} has no member ${name}`);
    const path = `${this.path}.${name}`;
    try {
      return this.#converter.fromState(this.#state(name), member.shape, path);
    } catch (error) {
      // Remembered, so that a failed call is not asked for again by every term that needs it.
      if (error instanceof UnknownFault) return error;
      throw error;
    }
  }

  #state(name: string): FieldState {
    if (this.source === null) return { state: "absent" };
    if (typeof this.source === "function") return this.source(name);
    const value = own(this.source, name);
    return value === undefined ? { state: "absent" } : { state: "value", value };
  }
}

export function notSet(path: string, name: string): EvaluationFault {
  return new EvaluationFault(`${path} is not set; guard it with has(…) or .?${name}.orValue(…)`);
}
