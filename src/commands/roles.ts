import { demandsOfEffective } from "../catalogue/demand.ts";
import { readPolicy, remediatePolicy } from "../catalogue/iam.ts";
import { journalPolicy } from "../catalogue/iam-hub.ts";
import { UsageError } from "../errors.ts";
import { type RolesInput, rolesCloudFormation, rolesJson } from "../report/explain-roles.ts";
import { CHOICE_OPTIONS, CONFIG_OPTION, type Command, list, SHARED_HELP, text } from "./command.ts";
import { print, printJson } from "./view.ts";
import { openWorkspace, readyWorkspace } from "./workspace.ts";

/** Never `*`: the printed trust would let in everybody. */
const PRINCIPAL = /^(?:\d{12}|arn:aws[a-z-]*:(?:iam|sts)::\d{12}:(?:root|(?:role|user|assumed-role)\/[\w+=,.@/-]+))$/;

export const roles: Command = {
  name: "roles",
  summary: "print the least-privilege roles for exactly the configured policies",
  usage: "evenkeel roles [--principal ARN] [--format json|cloudformation]",
  about:
    "Prints the read role and the remediation role that the configured policies need, and nothing more. The read role holds\nno right to write. For a journal in a bucket also what the calling role needs. Sends nothing to AWS.",
  example: "evenkeel roles --principal arn:aws:iam::999999999999:role/evenkeel-hub --format cloudformation",
  formats: ["json", "cloudformation"],
  options: {
    ...CONFIG_OPTION,
    format: { type: "string" },
    policies: CHOICE_OPTIONS.policies,
    principal: { type: "string" },
  },
  help: {
    ...SHARED_HELP,
    format: "json or cloudformation (json)",
    principal: "ARN of the role that the workflow runs as, or its account ID; without it no trust policy is printed",
  },
  async run(input) {
    const format = text(input, "format") ?? "json";
    const principal = text(input, "principal");
    if (principal !== undefined && !PRINCIPAL.test(principal))
      throw new UsageError(
        `--principal is ${principal}; expected the ARN of a role or user (arn:aws:iam::999999999999:role/NAME), or twelve digits`,
      );
    const wanted = list(input, "policies");
    const { workspace, config, policies } = readyWorkspace(
      openWorkspace(input.home, input.io, text(input, "config")),
      wanted === undefined ? {} : { policies: wanted },
    );
    const demands = demandsOfEffective(policies, workspace.exceptions);
    const shown: RolesInput = {
      partition: config.partition,
      roles: config.roles,
      read: readPolicy(demands, workspace.catalogue.types, workspace.models, {
        regions: config.regions,
        automatic: policies.some(({ mode }) => mode === "automatic"),
      }),
      remediate: remediatePolicy(demands, workspace.models, { partition: config.partition }),
      hub: config.journal === undefined ? undefined : journalPolicy(config.journal, config.partition),
      principal,
    };
    if (format === "json") printJson(input.io, rolesJson(shown));
    else print(input.io, rolesCloudFormation(shown));
    return { exit: 0 };
  },
};
