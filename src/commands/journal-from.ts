import { join, relative, resolve } from "node:path";
import { createModels } from "../aws/models/models.ts";
import { journalPlace } from "../catalogue/config.ts";
import { checkForm } from "../catalogue/form.ts";
import { readSource } from "../catalogue/source.ts";
import { UsageError, UserError } from "../errors.ts";
import { plain } from "../text/plain.ts";
import { type CommandInput, text } from "./command.ts";
import type { JournalFrom } from "./journal.ts";
import { CONFIG_NAME, readText } from "./workspace.ts";

/** What the configuration says of the journal. Its policies need not be right for that, nor the catalogue be read, which takes its time. */
export function journalFrom(input: CommandInput): JournalFrom {
  const { io, home } = input;
  const given = text(input, "config");
  const path = resolve(io.cwd, given ?? CONFIG_NAME);
  const content = text(input, "journal") === undefined || given !== undefined ? readText(path) : undefined;
  if (content === undefined && given !== undefined)
    throw new UsageError(`there is no configuration file ${plain(given, 200)}`);
  const workspace = { models: createModels((file) => readText(join(home.data, file))) };
  // None is assumed: the journal is read with the caller's own credentials.
  const roles = { read: { name: "" }, remediate: { name: "" } };
  if (content === undefined) return { config: { partition: "aws", roles }, workspace };
  const { source, problems } = readSource(relative(io.cwd, path), content);
  const form = source === undefined ? undefined : checkForm("config", source);
  const all = [...problems, ...(form?.problems ?? [])];
  if (form?.value === undefined || all.length > 0) throw new UserError(all);
  const { journal, partition = "aws" } = form.value;
  return {
    config: {
      partition,
      roles: form.value.roles,
      ...(journal === undefined ? {} : { journal: journalPlace(journal) }),
    },
    workspace,
  };
}
