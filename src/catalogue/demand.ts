import type { Exception } from "../types/exception.ts";
import type {
  CompiledCall,
  CompiledList,
  CompiledPolicy,
  CompiledStep,
  CompiledType,
  EffectivePolicy,
} from "./compiled.ts";
import { hasTags } from "./exceptions-match.ts";

/** A policy, and how far it is meant to go: what it asks of the two roles depends on that. */
export interface Demand {
  readonly policy: CompiledPolicy;
  /** What fails is planned, so the fields of the remediation are read too. */
  readonly plans: boolean;
  /** Plans may be applied, so resources are read again and the steps run. */
  readonly applies: boolean;
  /** An exception from it goes by tags, so those of what fails are read; only where its type has tags. */
  readonly exceptedByTag?: boolean;
}

/** An AWS call that policies need, with the IAM actions it takes. */
export interface Call {
  /** `service:Operation`. */
  readonly call: string;
  /** Sorted. */
  readonly iam: readonly string[];
  /** Who needs it, sorted: `policy/type.Field`, `policy/type.list`, `policy/type.get`, `policy/remediation.step`. */
  readonly because: readonly string[];
}

/** Why a policy reads a field. */
export type Reader = "when" | "check" | "remediation" | "exception";

type Types = ReadonlyMap<string, CompiledType>;

/** The policies as far as their files let them go: whoever remediates is taken to do so, destructive or not. */
export function demandsOf(policies: Iterable<CompiledPolicy>): Demand[] {
  return [...policies].sort(byId).map((policy) => {
    const fixes = policy.remediation !== undefined && policy.file.remediation?.mode !== "report";
    return { policy, plans: fixes, applies: fixes };
  });
}

/**
 * The policies as the configuration runs them. The roles are the same in every account, so one account that wants a call is enough; and they are
 * not made anew every day, so an exception counts whether it is in force or not.
 */
export function demandsOfEffective(
  policies: Iterable<EffectivePolicy>,
  exceptions: readonly Pick<Exception, "policy" | "match">[] = [],
): Demand[] {
  const byTag = new Set(exceptions.filter(({ match }) => match.tag !== undefined).map(({ policy }) => policy));
  const demands = new Map<string, Demand>();
  for (const { policy, mode, allowDestructive } of policies) {
    const known = demands.get(policy.file.id);
    const plans = policy.remediation !== undefined && mode !== "report";
    const applies = plans && (allowDestructive || policy.remediation?.file.risk !== "destructive");
    demands.set(policy.file.id, {
      policy,
      plans: plans || known?.plans === true,
      applies: applies || known?.applies === true,
      ...(byTag.has(policy.file.id) && hasTags(policy.type) ? { exceptedByTag: true } : {}),
    });
  }
  return [...demands.values()].sort((a, b) => byId(a.policy, b.policy));
}

/**
 * The fields a policy has read, sorted by name, and by what. `reason` is left out on purpose: the scan words a reason with what is known
 * already and never makes a call for it, so a right granted for it would never be used.
 */
export function fieldsRead({ policy, plans, exceptedByTag }: Demand): ReadonlyMap<string, readonly Reader[]> {
  const readers = new Map<string, Set<Reader>>();
  const add = (field: string, reader: Reader): void => {
    readers.set(field, (readers.get(field) ?? new Set<Reader>()).add(reader));
  };
  for (const part of ["when", "check"] as const) {
    for (const [root, field] of policy[part]?.reads ?? []) {
      if (root !== "resource") continue;
      // An expression that takes the whole resource may look at every field of it.
      for (const name of field === undefined ? policy.type.fields.keys() : [field]) add(name, part);
    }
  }
  for (const name of plans ? (policy.remediation?.fields ?? []) : []) add(name, "remediation");
  if (exceptedByTag === true) add("Tags", "exception");
  return new Map([...readers].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, found]) => [name, [...found]]));
}

/** The calls made by the role that reads: listing, the fields, reading again, and the steps of remediations that only look. */
export function readCalls(demands: readonly Demand[], types: Types): Call[] {
  const calls = new CallLog();
  for (const demand of demands) {
    const { policy, applies } = demand;
    const { type } = policy;
    const { id } = policy.file;
    if (type.list !== undefined) addList(calls, type.list, `${id}/${type.file.type}.list`);
    for (const name of fieldsRead(demand).keys()) addField(calls, types, type, name, `${id}/${type.file.type}.${name}`);
    if (!applies) continue;
    if (type.get !== undefined) addList(calls, type.get, `${id}/${type.file.type}.get`);
    for (const step of stepsOf(policy)) {
      const because = `${id}/${policy.remediation?.file.id ?? ""}.${step.name}`;
      if (step.operation.reads) calls.add(step, because);
      if (step.reuse !== undefined) calls.add(step.reuse, because);
    }
  }
  return calls.sorted();
}

/** The calls made by the role that remediates: the steps that write, those of the undo too. */
export function writeCalls(demands: readonly Demand[]): Call[] {
  const calls = new CallLog();
  for (const { policy, applies } of demands) {
    if (!applies) continue;
    for (const step of stepsOf(policy)) {
      if (!step.operation.reads) calls.add(step, `${policy.file.id}/${policy.remediation?.file.id ?? ""}.${step.name}`);
    }
  }
  return calls.sorted();
}

/** The call behind one field, and the place that declares it; undefined where the listing itself supplies the field. */
export function supplierOf(
  types: Types,
  type: CompiledType,
  field: string,
): { type: CompiledType; call: CompiledCall } | undefined {
  const source = type.fields.get(field)?.source;
  if (source?.kind === "call") return { type, call: source.call };
  if (source?.kind === "from") {
    const list = type.lists.get(source.list);
    return list === undefined ? undefined : { type, call: list };
  }
  if (source?.kind !== "account") return undefined;
  const other = types.get(source.type);
  return other === undefined ? undefined : supplierOf(types, other, source.field);
}

function addField(calls: CallLog, types: Types, type: CompiledType, field: string, because: string): void {
  const source = type.fields.get(field)?.source;
  const list = source?.kind === "from" ? type.lists.get(source.list) : undefined;
  if (list !== undefined) {
    addList(calls, list, because);
    return;
  }
  const supplier = supplierOf(types, type, field);
  if (supplier !== undefined) calls.add(supplier.call, because);
}

function addList(calls: CallLog, list: CompiledList, because: string): void {
  if (list.parents !== undefined) calls.add(list.parents, because);
  calls.add(list, because);
}

function stepsOf({ remediation }: CompiledPolicy): readonly CompiledStep[] {
  return remediation === undefined ? [] : [...remediation.steps, ...remediation.undo];
}

function byId(a: CompiledPolicy, b: CompiledPolicy): number {
  return a.file.id < b.file.id ? -1 : 1;
}

/** Calls of one name are one entry, whatever their input: roles grant actions, not inputs. */
class CallLog {
  readonly #calls = new Map<string, { iam: Set<string>; because: Set<string> }>();

  add({ operation, iam }: CompiledCall, because: string): void {
    const name = `${operation.service}:${operation.operation}`;
    const known = this.#calls.get(name) ?? { iam: new Set<string>(), because: new Set<string>() };
    for (const action of iam) known.iam.add(action);
    known.because.add(because);
    this.#calls.set(name, known);
  }

  sorted(): Call[] {
    return [...this.#calls]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([call, { iam, because }]) => ({ call, iam: [...iam].sort(), because: [...because].sort() }));
  }
}
