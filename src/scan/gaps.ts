import type { Gap } from "../types/scan.ts";
import type { ResourceView } from "./resource.ts";
import { unknownFrom } from "./resource.ts";

type GapPlace = Pick<Gap, "account" | "region" | "type" | "policies" | "resources">;

/** Collects what could not be read. Gaps of one cause (place, operation, code) are one gap that counts its resources. */
export class GapLog {
  readonly #gaps = new Map<string, Gap>();

  add(place: GapPlace, error: unknown): void {
    const { code, message } = unknownFrom(error);
    this.#put(place, operationOf(error), code, message, remedyOf(error));
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
    const source = field === undefined ? undefined : view.unit.type.fields.get(field)?.source;
    const call = source?.kind === "call" ? source.call : undefined;
    const operation = call === undefined ? "" : `${call.operation.service}:${call.operation.operation}`;
    const denied = /denied|unauthorized/i.test(unknown.code);
    const remedy = call !== undefined && denied ? `allow ${call.iam.join(", ")} in the read role` : undefined;
    this.#put(place, operation, unknown.code, unknown.message, remedy);
  }

  #put(place: GapPlace, operation: string, code: string, message: string, remedy: string | undefined): void {
    const key = [place.account, place.region, place.type, operation, code].join(" ");
    const known = this.#gaps.get(key);
    if (known === undefined) {
      this.#gaps.set(key, {
        ...place,
        policies: [...new Set(place.policies)].sort(),
        operation,
        code,
        message,
        remedy,
      });
      return;
    }
    const resources =
      known.resources === undefined || place.resources === undefined ? undefined : known.resources + place.resources;
    // The first message by text stays, so that the same world gives the same bytes whatever came first.
    const text = message < known.message ? message : known.message;
    this.#gaps.set(key, {
      ...known,
      resources,
      message: text,
      policies: [...new Set([...known.policies, ...place.policies])].sort(),
    });
  }

  sorted(): Gap[] {
    return [...this.#gaps].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, gap]) => gap);
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
