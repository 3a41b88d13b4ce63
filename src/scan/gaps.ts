import type { CompiledType } from "../catalogue/compiled.ts";
import { supplierOf } from "../catalogue/demand.ts";
import type { Gap } from "../types/scan.ts";
import type { ResourceView } from "./resource.ts";
import { unknownFrom } from "./resource.ts";

type GapPlace = Pick<Gap, "account" | "region" | "type" | "policies">;
type Cause = Pick<Gap, "operation" | "code" | "message" | "remedy">;

/** A gap, and which resources it hid; undefined where nobody can know. Several policies may have missed the same resource. */
interface Known {
  readonly gap: Gap;
  readonly resources: Set<string> | undefined;
}

/** Collects what could not be read. Gaps of one cause (place, operation, code) are one gap that counts its resources. */
export class GapLog {
  readonly #gaps = new Map<string, Known>();
  readonly #types: ReadonlyMap<string, CompiledType>;

  constructor(types: ReadonlyMap<string, CompiledType>) {
    this.#types = types;
  }

  /** What failed before there were resources to count. */
  add(place: GapPlace, error: unknown): void {
    const { code, message } = unknownFrom(error);
    this.#put(place, { operation: operationOf(error), code, message, remedy: remedyOf(error) }, undefined);
  }

  /** A resource's verdict that is unknown; the fields it read tell which call is behind it. */
  addUnknown(
    place: GapPlace,
    unknown: { code: string; message: string },
    view: ResourceView,
    read: readonly string[],
  ): void {
    const field = read.find((name) => {
      const state = view.state(name);
      return state.state === "unknown" && state.code === unknown.code;
    });
    const call = field === undefined ? undefined : supplierOf(this.#types, view.unit.type, field)?.call;
    const operation = call === undefined ? "" : `${call.operation.service}:${call.operation.operation}`;
    const denied = /denied|unauthorized/i.test(unknown.code);
    const remedy = call !== undefined && denied ? `allow ${call.iam.join(", ")} in the read role` : undefined;
    this.#put(place, { operation, code: unknown.code, message: unknown.message, remedy }, view.listed.ref.id);
  }

  #put(place: GapPlace, cause: Cause, resource: string | undefined): void {
    const key = [place.account, place.region, place.type, cause.operation, cause.code].join(" ");
    const known = this.#gaps.get(key);
    const counted = known === undefined ? new Set<string>() : known.resources;
    const resources = resource === undefined ? undefined : counted?.add(resource);
    // The first message by text stays, so that the same world gives the same bytes whatever came first.
    const message = known === undefined || cause.message < known.gap.message ? cause.message : known.gap.message;
    const policies = [...new Set([...(known?.gap.policies ?? []), ...place.policies])].sort();
    this.#gaps.set(key, { gap: { ...place, ...cause, message, policies, resources: resources?.size }, resources });
  }

  sorted(): Gap[] {
    return [...this.#gaps].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, { gap }]) => gap);
  }
}

function operationOf(error: unknown): string {
  if (error instanceof Error && "service" in error && "operation" in error)
    return `${String(error.service)}:${String(error.operation)}`;
  return "";
}

function remedyOf(error: unknown): string | undefined {
  return error instanceof Error && "remedy" in error && typeof error.remedy === "string" ? error.remedy : undefined;
}
