import type { Models } from "../types/operation.ts";
import type { CompiledType } from "./compiled.ts";
import { type Call, type Demand, readCalls, writeCalls } from "./demand.ts";
import { arnsOf } from "./iam-arns.ts";
import { pack } from "./iam-pack.ts";

export interface Statement {
  readonly Sid: string;
  readonly Effect: "Allow";
  readonly Action: readonly string[];
  readonly Resource: "*" | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
}

export interface PolicyDocument {
  readonly Version: "2012-10-17";
  readonly Statement: readonly Statement[];
}

/** What one role may do: managed policies that each keep within AWS's limit, none where it needs nothing. */
export interface RolePolicy {
  readonly documents: readonly PolicyDocument[];
  /** The calls behind it, with who needs each. */
  readonly calls: readonly Call[];
  /** What a person should know before using it. */
  readonly notes: readonly string[];
}

interface Grant {
  readonly action: string;
  readonly resource: Statement["Resource"];
  readonly condition?: Statement["Condition"];
}

/** The call that `regions: enabled` makes in each account. */
const REGIONS: Call = { call: "ec2:DescribeRegions", iam: ["ec2:DescribeRegions"], because: ["regions: enabled"] };

/** What naming who undoes the fixes of a standing approval takes (aws/last-change.ts). */
const LOOKUP: Call = {
  call: "cloudtrail:LookupEvents",
  iam: ["cloudtrail:LookupEvents"],
  because: ["mode: automatic"],
};

/**
 * The least-privilege policy of the role that reads, for exactly these policies. Its resource is `*`: a scan looks at every resource of a
 * type, and most List and Describe actions take nothing else. An action that AWS does not class as List or Read is left out and noted:
 * this role never holds a right to write, whatever a catalogue file's `iam:` says.
 */
export function readPolicy(
  demands: readonly Demand[],
  types: ReadonlyMap<string, CompiledType>,
  models: Pick<Models, "iamAction" | "iamActions">,
  options: {
    readonly regions: "enabled" | readonly string[];
    /** Some policy runs by standing approval. */
    readonly automatic?: boolean;
  },
): RolePolicy {
  const calls: readonly Call[] = readCalls(demands, types);
  const own = [...(options.regions === "enabled" ? [REGIONS] : []), ...(options.automatic === true ? [LOOKUP] : [])];
  const all = own.reduce(withCall, calls);
  const grants: Grant[] = [];
  const notes: string[] = [];
  for (const { action, because } of actionsOf(all)) {
    if (onlyReads(action, models)) grants.push({ action, resource: "*" });
    else
      notes.push(`${action} is left out: AWS does not class it as List or Read (asked for by ${because.join(", ")})`);
  }
  return finish("Read", all, grants, notes);
}

/**
 * The least-privilege policy of the role that remediates: the writing calls of steps and undo, nothing else. What their steps look at goes
 * through the role that reads. Actions are narrowed to the kinds of resource they work on, where AWS's reference says which these are.
 */
export function remediatePolicy(
  demands: readonly Demand[],
  models: Pick<Models, "operation">,
  options: { readonly partition: string },
): RolePolicy {
  const calls = writeCalls(demands);
  const notes: string[] = [];
  const everywhere: string[] = [];
  const grants = actionsOf(calls).map(({ action }): Grant => {
    if (action === "ec2:CreateTags") {
      const creating = tagOnCreate(calls, models);
      // Tagging what one makes is one thing, tagging anything another: tags often decide who may do what.
      if (creating !== undefined)
        return { action, resource: "*", condition: { StringEquals: { "ec2:CreateAction": creating } } };
    }
    const resource = arnsOf(action, options.partition);
    if (resource !== undefined) return { action, resource };
    everywhere.push(action);
    return { action, resource: "*" };
  });
  if (everywhere.length > 0) {
    notes.push(
      `granted on every resource, since AWS names no kind of resource for them or none is known: ${everywhere.join(", ")}`,
    );
  }
  return finish("Remediate", calls, grants, notes);
}

function finish(prefix: string, calls: readonly Call[], grants: readonly Grant[], notes: string[]): RolePolicy {
  const documents = pack(statements(prefix, grants));
  if (documents.length > 1) {
    notes.push(
      `split into ${documents.length} managed policies: AWS takes at most 6,144 characters in one, white space not counted`,
    );
  }
  if (documents.length > 10)
    notes.push("a role takes 10 managed policies unless AWS raises that quota (to 20 at most)");
  return { documents, calls, notes };
}

/** One statement for each service, resource and condition; sorted, so that the same policies give the same bytes. */
function statements(prefix: string, grants: readonly Grant[]): Statement[] {
  const groups = Map.groupBy(grants, ({ action, resource, condition }) =>
    JSON.stringify([service(action), resource, condition ?? null]),
  );
  const counts = new Map<string, number>();
  return [...groups.values()]
    .flatMap((group) => {
      const [first] = group;
      return first === undefined ? [] : [{ first, actions: group.map(({ action }) => action).sort() }];
    })
    .sort((a, b) => ((a.actions[0] ?? "") < (b.actions[0] ?? "") ? -1 : 1))
    .map(({ first, actions }) => {
      const base = `${prefix}${sidPart(service(first.action))}`;
      const count = (counts.get(base) ?? 0) + 1;
      counts.set(base, count);
      return {
        Sid: count === 1 ? base : `${base}No${count}`,
        Effect: "Allow",
        Action: actions,
        Resource: first.resource,
        ...(first.condition === undefined ? {} : { Condition: first.condition }),
      };
    });
}

/** Each action once, sorted, with who needs it. */
function actionsOf(calls: readonly Call[]): { readonly action: string; readonly because: readonly string[] }[] {
  const actions = new Map<string, Set<string>>();
  for (const { iam, because } of calls) {
    for (const action of iam) actions.set(action, new Set([...(actions.get(action) ?? []), ...because]));
  }
  return [...actions]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([action, because]) => ({ action, because: [...because].sort() }));
}

/**
 * The operations that tag what they make, which AWS authorizes as CreateTags with `ec2:CreateAction` set; undefined where one of the calls tags
 * what exists already (https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/supported-iam-actions-tagging.html).
 */
function tagOnCreate(calls: readonly Call[], models: Pick<Models, "operation">): readonly string[] | undefined {
  const tagging = calls.filter(({ iam }) => iam.includes("ec2:CreateTags")).map(({ call }) => call.split(":"));
  const creating = tagging.flatMap(([prefix = "", name = ""]) => {
    const members = prefix === "ec2" ? models.operation(prefix, name)?.input.members : undefined;
    return members?.has("TagSpecifications") === true || members?.has("TagSpecification") === true ? [name] : [];
  });
  return creating.length === tagging.length ? creating.sort() : undefined;
}

function withCall(calls: readonly Call[], call: Call): Call[] {
  const known = calls.find((one) => one.call === call.call);
  const both = known === undefined ? call : { ...known, because: [...known.because, ...call.because] };
  return [...calls.filter((one) => one !== known), both].sort((a, b) => (a.call < b.call ? -1 : 1));
}

function onlyReads(action: string, models: Pick<Models, "iamAction" | "iamActions">): boolean {
  const star = action.indexOf("*");
  const matching =
    star === -1
      ? [action]
      : models.iamActions(service(action)).filter((known) => known.startsWith(action.slice(0, star)));
  return (
    matching.length > 0 &&
    matching.every((known) => {
      const access = models.iamAction(known)?.access;
      return access === "List" || access === "Read";
    })
  );
}

function service(action: string): string {
  return action.split(":")[0] ?? action;
}

/** A Sid takes letters and digits only. */
function sidPart(name: string): string {
  return name
    .split("-")
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join("");
}
