/** A configuration over the small catalogue, as text, and what comes of it. */
import { type LoadedConfig, loadConfig } from "../../src/catalogue/config.ts";
import { selectPolicies } from "../../src/catalogue/selection.ts";
import { problemText } from "../../src/errors.ts";
import { cel } from "../catalogue/demand-catalogue.ts";
import { load, TEXTS, type Texts } from "./catalogue-texts.ts";

export const CONFIG = `version: 1
accounts:
  - { id: "111111111111", name: prod, labels: { stage: prod, team: a } }
  - { id: "222222222222", name: test, labels: { stage: test } }
  - { id: "333333333333", name: bare }
roles: { read: { name: read }, remediate: { name: mend } }
policies:
  - use: x_thing_blocked
`;

export function configOf(text: string, texts: Texts = TEXTS): LoadedConfig & { readonly lines: readonly string[] } {
  const { catalogue, brokenPolicies } = load(texts);
  const loaded = loadConfig("evenkeel.yaml", text, catalogue, new Set(brokenPolicies));
  return { ...loaded, lines: loaded.problems.map(problemText) };
}

/** The selection of CONFIG with these policy entries in place of its own. */
export function selectionOf(entries: string, texts: Texts = TEXTS) {
  const text = `${CONFIG.split("policies:")[0]}policies:\n${entries}`;
  const { config, source, lines } = configOf(text, texts);
  if (config === undefined || source === undefined || lines.length > 0) throw new Error(lines.join("\n"));
  const { policies, problems } = selectPolicies(config, source, load(texts).catalogue, cel);
  return { policies, lines: problems.map(problemText) };
}
