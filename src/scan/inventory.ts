import { Buffer } from "node:buffer";
import type { CompiledCall, CompiledField, CompiledList, CompiledType } from "../catalogue/compiled.ts";
import { Bug } from "../errors.ts";
import { isArray } from "../json.ts";
import type { AwsReader } from "../types/aws.ts";
import type { ConfigAccount } from "../types/catalogue.ts";
import type { Bindings, Evaluation, Expression } from "../types/cel.ts";
import type { Json, JsonObject } from "../types/json.ts";
import type { FieldState, ResourceRef } from "../types/scan.ts";

/** One resource type in one account and region: what a list call is made for. */
export interface Unit {
  readonly type: CompiledType;
  readonly account: ConfigAccount;
  /** Where the calls go; the partition's home region for global types. */
  readonly region: string;
  readonly partition: string;
  readonly aws: AwsReader;
}

/** A resource as its list call gave it. */
export interface Listed {
  readonly ref: ResourceRef;
  /** Where calls about the resource go. */
  readonly callRegion: string;
  /** As findings show it: `global` where the resource has no region. */
  readonly region: string;
  readonly item: Json | undefined;
  readonly parent: Json | undefined;
}

/** An expression of a catalogue file went wrong on real data. */
export class CatalogueDataError extends Error {
  override readonly name = "CatalogueDataError";
}

export function unitBindings(unit: Unit): Bindings {
  const { id, name, labels } = unit.account;
  return {
    account: { json: { id, name, labels } },
    region: { json: unit.region },
    partition: { json: unit.partition },
  };
}

/** Lists all resources of the unit, page by page. Throws what the call throws: a list that failed is a gap, not an empty list. */
export async function* listResources(unit: Unit): AsyncGenerator<Listed> {
  const { list } = unit.type;
  if (list === undefined) {
    yield identify(unit, undefined, undefined);
    return;
  }
  for await (const { item, parent } of items(unit, list, unitBindings(unit))) yield identify(unit, item, parent);
}

/** Reads one resource again, by its `get` where the type has one; undefined where there is none of that ID any more. */
export async function readAgain(unit: Unit, id: string): Promise<Listed | undefined> {
  const { list, get } = unit.type;
  if (list === undefined) return identify(unit, undefined, undefined);
  const bindings: Bindings = { ...unitBindings(unit), id: { json: id } };
  try {
    for await (const { item, parent } of items(unit, get ?? list, bindings)) {
      const listed = identify(unit, item, parent);
      if (listed.ref.id === id) return listed;
    }
  } catch (error) {
    if (get !== undefined && hasCode(error, get.absent)) return undefined;
    throw error;
  }
  return undefined;
}

/** The items of a bulk list, by the ID of the resource they belong to. */
export async function bulkItems(unit: Unit, name: string): Promise<ReadonlyMap<string, readonly Json[]>> {
  const list = unit.type.lists.get(name);
  if (list === undefined) throw new Bug(`no list ${name}`);
  const byId = new Map<string, Json[]>();
  for await (const { item } of items(unit, list, unitBindings(unit))) {
    const key = text(list.key, { ...unitBindings(unit), item: { json: item } }, `key of list ${name}`);
    const known = byId.get(key);
    if (known === undefined) byId.set(key, [item]);
    else known.push(item);
  }
  return byId;
}

async function* items(
  unit: Unit,
  list: CompiledList,
  bindings: Bindings,
): AsyncGenerator<{ item: Json; parent: Json | undefined }> {
  if (list.parents === undefined) {
    for await (const item of pageItems(unit, list, list.items, bindings)) yield { item, parent: undefined };
    return;
  }
  for await (const parent of pageItems(unit, list.parents, list.parents.items, bindings)) {
    const inner: Bindings = { ...bindings, parent: { json: parent } };
    for await (const item of pageItems(unit, list, list.items, inner)) yield { item, parent };
  }
}

async function* pageItems(
  unit: Unit,
  call: CompiledCall,
  select: Expression,
  bindings: Bindings,
): AsyncGenerator<Json> {
  const request = { ...target(unit, unit.region, call), input: inputOf(call, bindings) };
  for await (const { output } of unit.aws.pages(request)) {
    const found = evaluated(select, { ...bindings, output: { json: output } });
    if (found.state === "unknown") throw new CatalogueDataError(`${unit.type.file.type}: items: ${found.message}`);
    if (found.state === "value" && isArray(found.value)) yield* found.value;
  }
}

export function target(unit: Unit, region: string, call: CompiledCall) {
  const { service, operation } = call.operation;
  return { account: unit.account.id, region, service, operation, iam: call.iam };
}

export function inputOf(call: CompiledCall, bindings: Bindings): JsonObject {
  const result = call.input.evaluate(bindings);
  if (result.kind === "value") return result.params;
  throw new CatalogueDataError(`${call.operation.service}:${call.operation.operation}: ${result.message}`);
}

function identify(unit: Unit, item: Json | undefined, parent: Json | undefined): Listed {
  const { type } = unit;
  const bindings: Bindings = {
    ...unitBindings(unit),
    ...(item === undefined ? {} : { item: { json: item } }),
    ...(parent === undefined ? {} : { parent: { json: parent } }),
  };
  const id = text(type.id, bindings, "id");
  const withId: Bindings = { ...bindings, id: { json: id } };
  const callRegion = type.region === undefined ? unit.region : text(type.region, bindings, "region");
  const ref: ResourceRef = {
    type: type.file.type,
    id,
    arn: text(type.arn, withId, "arn"),
    identity: text(type.identity, withId, "identity"),
  };
  const region = type.file.scope === "global" && type.region === undefined ? "global" : callRegion;
  return { ref, callRegion, region, item, parent };

  function text(expression: Expression, values: Bindings, what: string): string {
    return textOf(unit, expression, values, what);
  }
}

function text(expression: Expression, bindings: Bindings, what: string): string {
  const state = evaluated(expression, bindings);
  if (state.state === "value" && typeof state.value === "string") return state.value;
  throw new CatalogueDataError(`${what}: ${state.state === "unknown" ? state.message : "not set"}`);
}

function textOf(unit: Unit, expression: Expression, bindings: Bindings, what: string): string {
  try {
    return text(expression, bindings, what);
  } catch (error) {
    if (error instanceof CatalogueDataError) throw new CatalogueDataError(`${unit.type.file.type}: ${error.message}`);
    throw error;
  }
}

/** The value of an expression over data. A bare path (`output.Policy`) that AWS did not send is absent, even where CEL would read it as false. */
export function evaluated(expression: Expression, bindings: Bindings): FieldState {
  return stateOf(expression.evaluate(bindings));
}

export function stateOf(result: Evaluation): FieldState {
  switch (result.kind) {
    case "value":
      return { state: "value", value: result.value };
    case "absent":
      return { state: "absent" };
    case "unknown":
      return { state: "unknown", code: result.code, message: result.message };
    case "error":
      return { state: "unknown", code: "ExpressionError", message: result.message };
  }
}

/** Documents travel as text; an answer that carries them as bytes (credential report) is read as UTF-8. */
export function decoded(field: CompiledField, state: FieldState): FieldState {
  if (field.shape.kind !== "document" || state.state !== "value" || typeof state.value !== "string") return state;
  if (field.source.kind === "account" || field.source.value.shape.kind !== "blob") return state;
  return { state: "value", value: Buffer.from(state.value, "base64").toString("utf8") };
}

export function hasCode(error: unknown, codes: ReadonlySet<string>): boolean {
  return error instanceof Error && "code" in error && typeof error.code === "string" && codes.has(error.code);
}
