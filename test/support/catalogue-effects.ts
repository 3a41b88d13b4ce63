import type { Kind } from "./catalogue-examples.ts";

/**
 * What is accepted has an effect: each key of each schema, and the test that shows what it does. A schema that gains a key fails here until
 * the key has a row; a test that is renamed fails here too.
 */
type Row = readonly [file: string, name: string, ...keys: readonly string[]];

const CALL = ["call", "with", "iam"];
const LIST = [...CALL, "items"];
const under = (prefix: string, keys: readonly string[]) => keys.map((key) => `${prefix}.${key}`);
const PARAM = under("params{}", ["type", "default", "enum", "minimum", "maximum", "pattern", "items"]);

const T = "test/catalogue/resource-type.test.ts";
const SCAN = "test/scan/scan.test.ts";
const UNKNOWN = "test/scan/unknown.test.ts";
const DEMAND = "test/catalogue/demand.test.ts";
const EXPLAIN = "test/report/explain.test.ts";
const BUILD = "test/plan/build.test.ts";
const CALLS = "test/plan/calls.test.ts";
const EXECUTE = "test/apply/execute.test.ts";
const PARAMS = "test/catalogue/params.test.ts";
const POLICY_TEST = "test/plan/policy-test.test.ts";
const SELECTION = "test/catalogue/selection.test.ts";
const CONFIG = "test/catalogue/config.test.ts";
const LOAD = "test/catalogue/load.test.ts";

const PARAM_ROWS: readonly Row[] = [
  [PARAMS, "enum, minimum, maximum, pattern and items each refuse what they should, and only that", "params", ...PARAM],
  [
    EXPLAIN,
    "a remediation: risk, parameters with types and defaults, steps, undo and who uses it",
    "params{}.description",
  ],
];

const step = (prefix: string): readonly Row[] => [
  [CALLS, "what an earlier step supplies becomes a binding", ...under(prefix, ["call", "with", "name"])],
  [CALLS, "`when` leaves a step out, with its rights", `${prefix}.when`],
  [CALLS, "`each` makes a call for each element, numbered; none for none", `${prefix}.each`],
  [
    "test/catalogue/iam.test.ts",
    "the role that remediates holds what its steps and undo call",
    `${prefix}.iam`,
    `${prefix}.reuse.iam`,
  ],
  [EXECUTE, "`until` asks again, longer each time", ...under(prefix, ["until", "limit"])],
  [EXECUTE, "`already` takes the named error for done; any other stays an error", `${prefix}.already`],
  [
    EXECUTE,
    "`failure` turns a 200 with an error inside into a failure",
    ...under(prefix, ["failure", "failure.when", "failure.because"]),
  ],
  [
    EXECUTE,
    "`reuse` looks only when a killed run is finished",
    ...under(prefix, ["reuse", "reuse.call", "reuse.with", "reuse.items"]),
  ],
];

export const ROWS: Readonly<Record<Kind, readonly Row[]>> = {
  resourceType: [
    [LOAD, "an ID that %s has already is refused in %s", "type"],
    [
      EXPLAIN,
      "a resource type: how it is listed",
      "title",
      "cloudformation",
      "fields{}.description",
      "tags.description",
    ],
    [SCAN, "a regional type is asked in every region that is configured", "scope"],
    [
      SCAN,
      "pass, fail, and what is not set",
      "list",
      ...under("list", ["call", "with", "items"]),
      "id",
      "arn",
      "fields",
    ],
    [
      DEMAND,
      "each call says which policy needs it for what, once, sorted",
      ...["list", "get", "lists{}"].map((list) => `${list}.iam`),
      "fields{}.iam",
      "tags.iam",
    ],
    [
      DEMAND,
      "parents of a list, bulk lists and fields of the account's own resource",
      "list.parents",
      ...under("list.parents", LIST),
    ],
    ["test/apply/item.test.ts", "stale: whatever the fingerprint covers has changed", "identity"],
    [
      T,
      "`get` gives what `list` gives, and has no effect where nothing is listed",
      "get",
      ...under("get", ["call", "with", "items"]),
    ],
    ["test/e2e/remediations.test.ts", "is found, planned, fixed once, and taken back", "get.absent", "region"],
    [
      SCAN,
      "calls are shared: by fields and policies of a resource",
      "lists",
      ...under("lists{}", ["call", "with", "items", "key"]),
      "fields{}.call",
      "fields{}.with",
      "fields{}.from",
      "fields{}.value",
      "account_fields",
      "account_fields{}.type",
      "account_fields{}.field",
    ],
    [T, "fields have the types of AWS's model in policies", "fields{}.decode", "tags.decode"],
    [UNKNOWN, "what AWS names `absent` is not set", "fields{}.absent", "tags.absent"],
    [UNKNOWN, "secrets are a hash and a length in findings", "fields{}.sensitive", "tags.sensitive"],
    [BUILD, "a reason to refuse, a change that does nothing", "tags", ...under("tags", ["call", "with", "value"])],
  ],
  policy: [
    [LOAD, "an ID that %s has already is refused in %s", "id"],
    [UNKNOWN, "a reason tells what the verdict read", "title", "reason"],
    [BUILD, "an item says exactly what would be called", "severity", "resource", "remediation", "remediation.id"],
    [SCAN, "`when` over listed fields costs no call", "when"],
    [SCAN, "only what decides is read", "check"],
    [SELECTION, "a policy's own mode is a proposal", "remediation.mode"],
    [SELECTION, "a policy's grace, and an entry's in its place", "remediation.grace"],
    ["test/catalogue/policy.test.ts", "an edit that breaks a rule is told at its place", "remediation.params"],
    ...PARAM_ROWS,
    [
      EXPLAIN,
      "a policy: check, calls, actions, and everything about its remediation",
      "controls",
      "equivalents",
      "rationale",
      "references",
    ],
    [POLICY_TEST, "only the selected policies are tested", "tests", "tests[].name"],
    [
      POLICY_TEST,
      "id, arn, account, region and now are what expressions see",
      ...under("tests[]", ["id", "arn", "account", "account.id", "account.name", "account.labels", "region", "now"]),
    ],
    [
      POLICY_TEST,
      "%#: %s",
      ...under("tests[]", [
        "params",
        "remediation_params",
        "resource",
        "expect",
        "plan",
        "plan[].call",
        "plan[].with",
        "undo",
        "undo[].call",
        "undo[].with",
        "blocked",
      ]),
    ],
  ],
  remediation: [
    [LOAD, "an ID that %s has already is refused in %s", "id"],
    [EXPLAIN, "a remediation: risk, parameters with types and defaults", "title"],
    ["test/catalogue/policy.test.ts", "a remediation of another type, and a destructive one", "resource"],
    [BUILD, "an item says exactly what would be called", "impact", "cost", "changes", "steps", "undo"],
    [BUILD, "a destructive remediation needs its word", "risk", "deletes"],
    ...PARAM_ROWS,
    [BUILD, "a reason to refuse, a change that does nothing", "refuse", "refuse[].when", "refuse[].because"],
    ...step("steps[]"),
    ...step("undo[]"),
    [BUILD, "`irreversible` or `undo_note` stands beside the item", "irreversible", "undo_note"],
    ["test/apply/item.test.ts", "`settles` says how long a change is waited for", "settles"],
  ],
  pack: [
    ["test/report/explain.test.ts", "a pack is explained by its title and its policies", "title"],
    [SELECTION, "a policy runs where an entry names it and matches", "pack", "policies"],
  ],
  config: [
    [CONFIG, "a file that cannot be read has no configuration", "version"],
    [CONFIG, "what is given takes the place of its default alone", "partition", "plan_ttl"],
    [CONFIG, "%#: an edit that breaks a rule is told", "roles", "roles.read", "roles.remediate"],
    [SCAN, "an account that cannot be entered is a gap of its own", "accounts", "accounts[].id"],
    [
      SELECTION,
      "parameters may hold ${…} over the account",
      "accounts[].name",
      "policies[].params",
      "policies[].remediation_params",
    ],
    [
      SELECTION,
      "a policy runs where an entry names it and matches",
      "accounts[].labels",
      "policies",
      ...under("policies[]", ["pack", "use", "where", "except"]),
    ],
    [SELECTION, "later entries adjust earlier ones", "policies[].mode"],
    [SELECTION, "a policy's grace, and an entry's in its place", "policies[].grace"],
    [SELECTION, "allow_destructive holds where an entry says so", "policies[].allow_destructive"],
    [SCAN, "a regional type is asked in every region that is configured", "regions"],
    [
      "test/e2e/least-privilege.test.ts",
      "trust is enforced: a wrong ExternalId",
      "roles.read.name",
      "roles.read.external_id",
      "roles.remediate.name",
      "roles.remediate.external_id",
    ],
    [
      "test/catalogue/calendar.test.ts",
      "a window holds in its own time zone",
      "changes",
      "changes.windows",
      ...under("changes.windows[]", ["days", "from", "to", "timezone"]),
    ],
    [
      "test/catalogue/calendar.test.ts",
      "a freeze wins over windows",
      "changes.freezes",
      ...under("changes.freezes[]", ["from", "to", "because"]),
    ],
    [
      "test/plan/guards.test.ts",
      "alone holds back the rest, in words",
      "guards",
      ...under("guards", ["per_policy", "per_account", "per_run", "percent"]),
    ],
    [
      "test/acceptance/report-limits.test.ts",
      "seven groups, the worst first: two are opened, then two, then one",
      "report.most_open",
      "report.most_new",
    ],
    ["test/acceptance/snooze.test.ts", "a person closes the report", "report.snooze"],
    ["test/plan/renewals.test.ts", "renewal_days is how far a renewal reaches", "report.renewal_days"],
    ["test/acceptance/action-signing.test.ts", "a signed plan is applied once it is merged", "signing", "signing.key"],
    ["test/acceptance/action-gate.test.ts", "what is allowed by name passes, and is printed", "allow_unsafe"],
    [
      "test/acceptance/action-journal.test.ts",
      "report, merge, apply, log, undo with a journal in a bucket",
      "journal",
      "journal.bucket",
      "journal.prefix",
    ],
    [
      "test/aws/journal-bucket.test.ts",
      "each call is of that bucket, of its owner",
      "journal.account",
      "journal.region",
    ],
  ],
};

/** Keys whose effect no test of this table shows yet, each with the reason. Take a key out as soon as its test is there. */
export const WITHOUT: Readonly<Record<Kind, Readonly<Record<string, string>>>> = {
  resourceType: {
    ...Object.fromEntries(
      ["get.parents", "lists{}.parents"]
        .flatMap((key) => [key, ...under(key, LIST)])
        .concat("tags.from")
        .map((key) => [key, "the code of `list.parents` and of fields; no test of its own"]),
    ),
  },
  policy: {},
  remediation: {},
  pack: {},
  config: {
    report: "shown by the acceptance of the Action only",
    "report.group_by": "the same",
    "report.branch_prefix": "the same",
    "report.plan_path": "the same",
  },
};
