/** Exceptions for tests, over the small catalogue. */
import { type LoadedExceptions, loadExceptions } from "../../src/catalogue/exceptions.ts";
import { problemText } from "../../src/errors.ts";
import type { Exception } from "../../src/types/exception.ts";
import { load, TEXTS, type Texts } from "./catalogue-texts.ts";
import { NOW } from "./catalogue-world.ts";

export const FILE = "exceptions/a.yaml";

export function exceptionsOf(
  text: string,
  { now = NOW, texts = TEXTS, accounts }: { now?: string; texts?: Texts; accounts?: readonly string[] } = {},
): LoadedExceptions & { readonly lines: readonly string[] } {
  const { catalogue, brokenPolicies } = load(texts);
  const files = [{ kind: "exceptions" as const, file: FILE, text }];
  const loaded = loadExceptions({ files, catalogue, brokenPolicies, accounts, now });
  return { ...loaded, lines: loaded.problems.map(problemText) };
}

export function exception(match: Exception["match"], more: Partial<Exception> = {}): Exception {
  return {
    policy: "x_thing_blocked",
    match,
    reason: "the vendor's bucket, replaced in spring",
    owner: "team-a",
    expires: "2026-03-01",
    file: FILE,
    line: 1,
    ...more,
  };
}
