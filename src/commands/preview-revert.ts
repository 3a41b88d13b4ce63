import type { Commits } from "../preview/tree.ts";

/**
 * What a reader should know before merging a revert of a report, by the name that GitHub gives its branch and by the plan files that it takes out or
 * changes; nothing for any other pull request, and no call is made for one. Errors: those of `commits`.
 */
export async function revertNotes(
  commits: Commits,
  pull: { readonly headRef: string; readonly base: string; readonly head: string; readonly folder: string },
): Promise<readonly string[]> {
  if (!/^revert-\d+-/.test(pull.headRef)) return [];
  const plans = async (sha: string) =>
    (await commits.files(sha)).filter(({ path }) => path.startsWith(`${pull.folder}/`) && path.endsWith(".jsonl"));
  const [before, after] = [await plans(pull.base), await plans(pull.head)];
  const gone = before.filter(({ path, blob }) => !after.some((one) => one.path === path && one.blob === blob));
  if (gone.length === 0) return [];
  return [
    "This takes back an approved plan: merging it changes nothing in AWS. What of the plan was not applied yet will not be; for what was, the next run opens an undo plan, which waits for approval.",
  ];
}
