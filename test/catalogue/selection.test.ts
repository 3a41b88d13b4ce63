import { expect, test } from "vitest";
import { matches } from "../../src/catalogue/selection.ts";
import { selectionOf } from "../support/catalogue-config.ts";
import { edit, POLICY, REMEDIATION, TEXTS } from "../support/catalogue-texts.ts";

const USE = "  - use: x_thing_blocked\n";

function accounts(entries: string): string[] {
  return selectionOf(entries).policies.map(({ account }) => account.name);
}

test("a policy runs where an entry names it and matches", () => {
  expect(accounts(USE)).toEqual(["prod", "test", "bare"]);
  expect(accounts("  - pack: some\n")).toEqual(["prod", "test", "bare"]);
  expect(accounts(`${USE}    where: { stage: prod }\n`)).toEqual(["prod"]);
  expect(accounts(`${USE}    where: { stage: [prod, test] }\n`)).toEqual(["prod", "test"]);
  expect(accounts(`${USE}    where: { stage: [prod, test], team: a }\n`)).toEqual(["prod"]);
  expect(accounts(`${USE}    except: { stage: prod }\n`)).toEqual(["test", "bare"]);
  expect(accounts(`${USE}    where: { stage: [prod, test] }\n    except: { team: a }\n`)).toEqual(["test"]);
  expect(accounts(`${USE}    except: { stage: prod, team: a }\n`)).toEqual(["test", "bare"]);
});

test("a label that an account does not have matches nothing, inherited names included", () => {
  const account = { id: "1", name: "a", labels: { stage: "prod" } };
  expect(matches({ where: { toString: "x" } }, account)).toBe(false);
  expect(matches({ where: { stage: [] } }, account)).toBe(false);
  expect(matches({ except: { team: "a" } }, account)).toBe(true);
});

test("later entries adjust earlier ones, key by key, only where they match", () => {
  const { policies, lines } = selectionOf(
    `  - pack: some
    mode: report
  - use: x_thing_blocked
    where: { stage: prod }
    mode: approve
    params: { wanted: false }
  - use: x_thing_blocked
    where: { team: a }
    remediation_params: { BlockPublicPolicy: false }
`,
  );
  expect(lines).toEqual([]);
  expect(
    policies.map(({ account, mode, params, remediationParams }) => [account.name, mode, params, remediationParams]),
  ).toEqual([
    ["prod", "approve", { wanted: false }, { BlockPublicPolicy: false }],
    ["test", "report", { wanted: true }, { BlockPublicPolicy: true }],
    ["bare", "report", { wanted: true }, { BlockPublicPolicy: true }],
  ]);
});

test("a policy's own mode is a proposal: automatic runs as approve, report stays report, until an entry says otherwise", () => {
  const mode = (own: string, entry: string) => {
    const texts = edit(POLICY, "id: x.block-thing", `id: x.block-thing${own}`);
    return selectionOf(`${USE}    where: { stage: prod }\n${entry}`, texts).policies[0]?.mode;
  };
  expect(mode("", "")).toBe("approve");
  expect(mode(", mode: automatic", "")).toBe("approve");
  expect(mode(", mode: report", "")).toBe("report");
  expect(mode(", mode: report", "    mode: approve\n")).toBe("approve");
  expect(mode("", "    mode: automatic\n")).toBe("automatic");
});

test("a policy's grace, and an entry's in its place: also a pack's, also none, never without a remediation", () => {
  const grace = (own: string, entries: string, texts = TEXTS) => {
    const with_ = edit(POLICY, "id: x.block-thing", `id: x.block-thing${own}`, texts);
    return selectionOf(entries, with_).policies.map((one) => one.grace);
  };
  expect(grace("", USE)).toEqual([undefined, undefined, undefined]);
  expect(grace(", grace: 14d", USE)).toEqual(["14d", "14d", "14d"]);
  const pack = "  - pack: some\n    grace: 7d\n";
  expect(grace(", grace: 14d", pack)).toEqual(["7d", "7d", "7d"]);
  expect(grace("", `${pack}${USE}    where: { stage: prod }\n    grace: 36h\n`)).toEqual(["36h", "7d", "7d"]);
  expect(grace(", grace: 14d", `${USE}${USE}    where: { stage: test }\n    grace: 0s\n`)).toEqual([
    "14d",
    undefined,
    "14d",
  ]);
  expect(grace(", grace: 0d", USE)).toEqual([undefined, undefined, undefined]);
  const none = edit(POLICY, "remediation: { id: x.block-thing }\n", "");
  expect(selectionOf(pack, none).policies.map((one) => one.grace)).toEqual([undefined, undefined, undefined]);
});

test("a pack's mode passes by policies without a remediation, and never makes a destructive one automatic", () => {
  const none = edit(POLICY, "remediation: { id: x.block-thing }\n", "");
  const entry = "  - pack: some\n    mode: automatic\n    where: { stage: prod }\n";
  expect(selectionOf(entry, none).policies[0]?.mode).toBe("report");
  const destructive = edit(REMEDIATION, "risk: disruptive", "risk: destructive");
  expect(selectionOf(entry, destructive).policies[0]?.mode).toBe("approve");
  expect(selectionOf(entry).policies[0]?.mode).toBe("automatic");
});

test("allow_destructive holds where an entry says so", () => {
  const texts = edit(REMEDIATION, "risk: disruptive", "risk: destructive");
  const { policies } = selectionOf(
    `${USE}  - use: x_thing_blocked\n    where: { stage: test }\n    allow_destructive: true\n`,
    texts,
  );
  expect(policies.map(({ allowDestructive }) => allowDestructive)).toEqual([false, true, false]);
});

const TEXT_PARAM = edit(
  REMEDIATION,
  "params:\n",
  "params:\n  Target: { type: string, pattern: '^logs-[0-9]+$' }\n",
  edit(POLICY, "params:\n", "params:\n  owner: { type: string, default: none }\n"),
);

test("parameters may hold ${…} over the account, and are checked once they have a value", () => {
  const entry = `${USE}    where: { stage: prod }
    params: { owner: "\${partition}/\${account.name}/\${account.labels['team']}" }
    remediation_params: { Target: "logs-\${account.id}" }
`;
  const { policies, lines } = selectionOf(entry, TEXT_PARAM);
  expect(lines).toEqual([]);
  expect(policies[0]?.params["owner"]).toBe("aws/prod/a");
  expect(policies[0]?.remediationParams["Target"]).toBe("logs-111111111111");
  const wrong = selectionOf(entry.replace("logs-", "log-"), TEXT_PARAM).lines;
  expect(wrong).toEqual([expect.stringContaining('in account 111111111111: parameter `Target` is "log-111111111111"')]);
  const region = selectionOf(entry.replace("account.id", "region"), TEXT_PARAM).lines;
  expect(region[0]).toContain("parameter `Target`: ");
});

test("a parameter without a value is named, per account, at the entry; reporting needs none of the remediation's", () => {
  const { lines } = selectionOf(USE, TEXT_PARAM);
  expect(lines).toEqual(
    ["111111111111", "222222222222", "333333333333"].map(
      (id) =>
        `evenkeel.yaml:8:5: \`x_thing_blocked\` in account ${id}: \`x.block-thing\` needs the parameter \`Target\` under \`remediation_params\`, or the policy \`mode: report\``,
    ),
  );
  expect(selectionOf(`${USE}    mode: report\n`, TEXT_PARAM).lines).toEqual([]);
  const check = edit(POLICY, "default: true }", "description: words }");
  expect(selectionOf(`${USE}    where: { stage: prod }\n`, check).lines).toEqual([
    expect.stringContaining("needs the parameter `wanted` under `params`"),
  ]);
});

test("policies come sorted by ID, then by account, whatever the order of entries and files", () => {
  const second = (TEXTS[POLICY] ?? "").replace("x_thing_blocked", "a_thing_first");
  const texts = { ...TEXTS, "policies/second.yaml": second };
  const { policies } = selectionOf(`${USE}  - use: a_thing_first\n`, texts);
  expect(policies.map(({ policy, account }) => `${policy.file.id} ${account.name}`)).toEqual([
    "a_thing_first prod",
    "a_thing_first test",
    "a_thing_first bare",
    "x_thing_blocked prod",
    "x_thing_blocked test",
    "x_thing_blocked bare",
  ]);
});
