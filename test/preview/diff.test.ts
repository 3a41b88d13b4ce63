import { expect, test } from "vitest";
import { configChange, policyChanges } from "../../src/preview/diff.ts";
import { configOf, GUARDS, run } from "./made.ts";

const config = configOf(["1", "2"]);
const changes = (before: readonly ReturnType<typeof run>[], after: readonly ReturnType<typeof run>[]) =>
  policyChanges({ config, policies: before }, { config, policies: after });

test("policies that are put in, taken out, and left alone", () => {
  const same = run("same", "1");
  expect(changes([same, run("gone", "1"), run("gone", "2")], [same, run("new", "1")])).toMatchObject([
    { policy: "gone", kind: "removed", accountsLost: ["1", "2"], accountsGained: [] },
    { policy: "new", kind: "added", accountsLost: [], accountsGained: ["1"] },
  ]);
  expect(changes([same], [run("same", "1")])).toEqual([]);
});

test("a changed policy says in which keys, in which accounts, and whether its mode goes down", () => {
  const before = [run("p", "1", { mode: "automatic", file: { check: "a", rationale: "r" } }), run("p", "2")];
  const after = [
    run("p", "1", { mode: "approve", digest: "e", file: { check: "b", rationale: "r" }, params: { days: 3 } }),
    run("p", "3"),
  ];
  expect(changes(before, after)).toMatchObject([
    {
      kind: "changed",
      what: [
        "`check`",
        "leaves 1 account",
        "runs in 1 account more",
        "mode automatic → approve in 1 account",
        "params in 1 account",
      ],
      accountsLost: ["2"],
      modeLowered: ["1"],
    },
  ]);
});

test("a grace that changes is told with both values, by account", () => {
  const [none, short, long] = [run("p", "1"), { ...run("p", "1"), grace: "7d" }, { ...run("p", "1"), grace: "14d" }];
  expect(changes([none], [short])[0]?.what).toEqual(["grace none → 7d in 1 account"]);
  expect(changes([long], [short])[0]?.what).toEqual(["grace 14d → 7d in 1 account"]);
  expect(changes([short], [short])).toEqual([]);
});

test("a policy changes with its severity, its resource type and its remediation", () => {
  const remediation = { id: "r", title: "t" };
  const was = run("p", "1", { remediation });
  const is = run("p", "1", { remediation, digest: "e", scope: "region" });
  const severe = {
    ...is,
    severity: "low" as const,
    policy: { ...is.policy, file: { ...is.policy.file, severity: "low" as const } },
  };
  expect(changes([was], [severe])[0]?.what).toEqual(["severity medium → low", "the resource type s3.bucket"]);
  const fixed = run("p", "1", { remediation });
  const other = fixed.policy.remediation;
  if (other === undefined) throw new Error("it has one");
  const digest = { ...fixed, policy: { ...fixed.policy, remediation: { ...other, digest: "other" } } };
  expect(changes([was], [digest])[0]?.what).toEqual(["the remediation r itself"]);
});

test("the configuration's own differences, one for each", () => {
  const head = configOf(["2", "3"], {
    regions: ["eu-west-1"],
    roles: { read: { name: "other" }, remediate: { name: "fix" } },
    guards: { ...GUARDS, per_run: 80, percent: 10 },
    plan_ttl: "1d",
    report: { branch_prefix: "other", plan_path: "plans", most_open: 5, most_new: 2, snooze: "14d", renewal_days: 90 },
  });
  const { what, accountsLost, guards } = configChange(config, head);
  expect(what).toEqual([
    "accounts taken out: 1",
    "accounts put in: 3",
    "regions enabled → eu-west-1",
    "roles",
    "guard per_run 50 → 80",
    "guard percent 20 → 10",
    "plan_ttl 7d → 1d",
    "`report`",
  ]);
  expect(accountsLost).toEqual(["1"]);
  expect(guards).toEqual([
    { guard: "per_run", base: 50, head: 80 },
    { guard: "percent", base: 20, head: 10 },
  ]);
  expect(configChange(config, configOf(["1", "2"])).what).toEqual([]);
  const listed = (regions: readonly string[]) => configOf(["1"], { regions });
  expect(configChange(listed(["a", "b"]), listed(["b", "c"])).regionsLost).toEqual(["a"]);
});

test("a configuration that is taken out as a whole takes its accounts with it", () => {
  expect(configChange(config, undefined)).toMatchObject({ what: ["removed"], accountsLost: ["1", "2"] });
  expect(configChange(undefined, config)).toMatchObject({ what: ["added"], accountsLost: [] });
});
