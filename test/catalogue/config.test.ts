import { expect, test } from "vitest";
import { CONFIG, configOf } from "../support/catalogue-config.ts";
import { edit, PACK, POLICY, REMEDIATION } from "../support/catalogue-texts.ts";

function after(from: string, to: string): readonly string[] {
  if (!CONFIG.includes(from)) throw new Error(from);
  return configOf(CONFIG.replace(from, () => to)).lines;
}

test("the defaults are filled in", () => {
  const { config, lines } = configOf(CONFIG);
  expect(lines).toEqual([]);
  expect(config).toMatchObject({
    partition: "aws",
    regions: "enabled",
    guards: { per_policy: 10, per_account: 25, per_run: 50, percent: 20 },
    plan_ttl: "7d",
    report: { branch_prefix: "evenkeel/report", plan_path: "plans", most_open: 5, most_new: 2 },
  });
  expect(config?.accounts[2]?.labels).toEqual({});
});

test("what is given takes the place of its default alone", () => {
  const { config } = configOf(
    `${CONFIG}guards: { percent: 5 }\nplan_ttl: 2h\npartition: aws-cn\nregions: [cn-north-1]\nreport: { group_by: stage, plan_path: p }\n`,
  );
  expect(config?.guards).toEqual({ per_policy: 10, per_account: 25, per_run: 50, percent: 5 });
  expect(config).toMatchObject({ plan_ttl: "2h", partition: "aws-cn", regions: ["cn-north-1"] });
  expect(config?.report).toEqual({
    group_by: "stage",
    branch_prefix: "evenkeel/report",
    plan_path: "p",
    most_open: 5,
    most_new: 2,
    snooze: "14d",
    renewal_days: 90,
  });
});

test.each([
  ['id: "222222222222"', 'id: "111111111111"', "evenkeel.yaml:4:11: account 111111111111 is listed twice"],
  ["name: mend }", "name: read }", "6:51: the role that reads must not be the one that holds the rights to write"],
  [
    "read }, remediate: { name: mend }",
    "read, external_id: e }, remediate: { name: mend, external_id: e }",
    "the two roles must not share an ExternalId",
  ],
  ["x_thing_blocked", "x_thing_blokced", "8:10: unknown policy `x_thing_blokced` (did you mean x_thing_blocked?)"],
  ["use: x_thing_blocked", "pack: smoe", "8:11: unknown pack `smoe` (did you mean some?)"],
  [
    "x_thing_blocked\n",
    "x_thing_blocked\n    params: { watned: true }\n",
    "9:15: unknown parameter `watned`; expected wanted (did you mean wanted?)",
  ],
  [
    "x_thing_blocked\n",
    "x_thing_blocked\n    params: { wanted: 7 }\n",
    "9:23: parameter `wanted` is 7; expected boolean",
  ],
  [
    "x_thing_blocked\n",
    "x_thing_blocked\n    remediation_params: { X: 7 }\n",
    "9:27: unknown parameter `X`; expected BlockPublicPolicy",
  ],
  ["x_thing_blocked\n", "x_thing_blocked\n    allow_destructive: true\n", "9:5: `allow_destructive` has no effect"],
  ["x_thing_blocked\n", "x_thing_blocked\n    mode: automatic\n", "9:11: `automatic` needs `where`"],
  ["x_thing_blocked\n", "x_thing_blocked\n    mode: automatic\n    where: {}\n", "9:11: `automatic` needs `where`"],
  ["use: x_thing_blocked\n", "pack: some\n    mode: automatic\n", "9:11: `automatic` needs `where`"],
  [
    "use: x_thing_blocked\n",
    "pack: some\n    params: { a: 1 }\n",
    "9:5: `params` is given for one policy, not for a pack",
  ],
  [
    "use: x_thing_blocked\n",
    "pack: some\n    allow_destructive: true\n",
    "9:5: `allow_destructive` is given for one policy",
  ],
  [
    "x_thing_blocked\n",
    "x_thing_blocked\n    where: { stgae: prod }\n",
    "9:14: no account has a label `stgae` (did you mean stage?)",
  ],
  [
    "x_thing_blocked\n",
    "x_thing_blocked\n    except: { stage: [test, prdo] }\n",
    "no account has `stage: prdo` (did you mean prod?)",
  ],
  ["roles:", "report: { group_by: stgae }\nroles:", "6:21: no account has a label `stgae` (did you mean stage?)"],
])("%#: an edit that breaks a rule is told: %s", (from, to, message) => {
  const found = after(from, to);
  expect(found, found.join("\n")).toHaveLength(1);
  expect(found[0]).toContain(message);
});

test("the signing key is passed on; an alias, whose key may change, is none", () => {
  const key = "arn:aws:kms:eu-west-1:999999999999:key/mrk-5f0c3a520e5b4d0c9a1e0d8c8d0c6b11";
  expect(configOf(CONFIG).config?.signing).toBeUndefined();
  expect(configOf(`${CONFIG}signing: { key: "${key}" }\n`).config?.signing).toEqual({ key });
  const alias = configOf(`${CONFIG}signing: { key: "arn:aws:kms:eu-west-1:999999999999:alias/plans" }\n`);
  expect(alias.config).toBeUndefined();
  expect(alias.lines).toEqual([expect.stringContaining("evenkeel.yaml:9:17: ")]);
  expect(configOf(`${CONFIG}signing: {}\n`).lines).toEqual([expect.stringContaining("`key`")]);
});

test("checks that may be wrong are named one by one; a name that is none, or that stops nothing, is told", () => {
  expect(configOf(CONFIG).config?.allow_unsafe).toBeUndefined();
  const two = configOf(`${CONFIG}allow_unsafe: [repository-private, branch-last-push]\n`);
  expect(two).toMatchObject({ lines: [], config: { allow_unsafe: ["repository-private", "branch-last-push"] } });
  expect(configOf(`${CONFIG}allow_unsafe: [repository-private, branch-last-psh]\n`).lines).toEqual([
    "evenkeel.yaml:9:36: doctor has no security check `branch-last-psh` that could be allowed (did you mean branch-last-push?)",
  ]);
  expect(configOf(`${CONFIG}allow_unsafe: [node-version]\n`).lines).toEqual([expect.stringContaining("9:16: ")]);
  expect(configOf(`${CONFIG}allow_unsafe: all\n`).config).toBeUndefined();
});

test("the journal's bucket has an owner, a region and a prefix that ends with a slash", () => {
  const place = { bucket: "acme-journal", account: "999999999999", region: "eu-west-1" };
  const journal = (more: object) => configOf(`${CONFIG}journal: ${JSON.stringify({ ...place, ...more })}\n`);
  expect(configOf(CONFIG).config).not.toHaveProperty("journal");
  expect(journal({}).config?.journal).toEqual({ ...place, prefix: "evenkeel/" });
  expect(journal({ prefix: "keel/acme.policies/" }).config?.journal?.prefix).toBe("keel/acme.policies/");
  for (const prefix of ["evenkeel", "/evenkeel/", "a//b/", "a/*/", "../"]) {
    expect(journal({ prefix }).lines, prefix).toEqual([expect.stringContaining("evenkeel.yaml:9:")]);
  }
  expect(configOf(`${CONFIG}journal: { bucket: acme-journal }\n`).lines.join()).toMatch(/`account`.*`region`/s);
});

test("a destructive remediation is allowed by name, and never automatic", () => {
  const texts = edit(REMEDIATION, "risk: disruptive", "risk: destructive");
  expect(configOf(`${CONFIG}    allow_destructive: true\n`, texts).lines).toEqual([]);
  expect(configOf(`${CONFIG}    mode: automatic\n    where: { stage: test }\n`, texts).lines).toEqual([
    "evenkeel.yaml:9:11: `x.block-thing` is destructive and never runs automatically",
  ]);
});

test("a policy without a remediation can only report", () => {
  const texts = edit(POLICY, "remediation: { id: x.block-thing }\n", "");
  expect(configOf(`${CONFIG}    mode: report\n`, texts).lines).toEqual([]);
  expect(configOf(`${CONFIG}    mode: approve\n`, texts).lines).toEqual([
    expect.stringContaining("`x_thing_blocked` has no remediation; it can only report"),
  ]);
  expect(configOf(`${CONFIG}    grace: 14d\n`, texts).lines).toEqual([
    "evenkeel.yaml:9:5: `grace` has no effect: `x_thing_blocked` has no remediation",
  ]);
});

test.each(["14 days", "1.5d", "-1d", "14", "00d", "99999999d"])("a grace of %s is refused", (grace) => {
  expect(configOf(`${CONFIG}    grace: "${grace}"\n`).lines).toEqual([expect.stringContaining("grace")]);
});

test("to name a policy or a pack that is itself wrong is no second problem", () => {
  expect(configOf(CONFIG, edit(POLICY, "check: |", "check: |\n  nonsense &&")).lines).toEqual([]);
  expect(configOf(CONFIG, edit(POLICY, "severity: high", "severity: hgih")).lines).toEqual([]);
  const pack = CONFIG.replace("use: x_thing_blocked", "pack: some");
  expect(configOf(pack, edit(PACK, "title: Some", "title: 7")).lines).toEqual([]);
});

test("a file that cannot be read has no configuration", () => {
  expect(configOf("version: [")).toMatchObject({ config: undefined, source: undefined });
  expect(configOf("version: 2\n").config).toBeUndefined();
});
