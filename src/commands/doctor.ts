import { diagnose, doctorExit } from "../doctor/doctor.ts";
import { doctorJson, doctorText } from "../report/doctor.ts";
import { ALLOW_HELP, ALLOW_OPTION, allowedBy } from "./allowed.ts";
import { CONFIG_OPTION, type Command, FORMAT_OPTION, SHARED_HELP, text } from "./command.ts";
import { doctorFacts } from "./doctor-facts.ts";
import { HUB_HELP, HUB_OPTIONS } from "./hub.ts";
import { openRepository } from "./repository.ts";
import { print, printJson, viewOf, wantsJson } from "./view.ts";
import { openWorkspace } from "./workspace.ts";

export const doctor: Command = {
  name: "doctor",
  summary: "check the repository's settings: does a merge here mean that somebody approved it?",
  usage: "evenkeel doctor [OWNER/NAME] [--allow-unsafe ID[,ID]] [--format json]",
  takesName: true,
  about:
    "Reads branch rules, code owners, the environment, the workflows and the configuration, and says what is wrong, why it matters and which setting mends it. Changes nothing. Reads most with an administrator's token; what the token may not see is unknown, not right. Exit codes: 0 when all security checks are as they should be or allowed, 1 when one is wrong, 3 when one could not be made.",
  example: "evenkeel doctor acme/policies",
  options: { ...CONFIG_OPTION, ...FORMAT_OPTION, ...HUB_OPTIONS, ...ALLOW_OPTION, verbose: { type: "boolean" } },
  help: { ...SHARED_HELP, ...HUB_HELP, ...ALLOW_HELP },
  async run(input) {
    const { io, home } = input;
    const workspace = openWorkspace(home, io, text(input, "config"));
    const allowed = allowedBy(input, workspace.config);
    const report = diagnose(await doctorFacts(input, await openRepository(input), workspace, "all"));
    if (wantsJson(input)) printJson(io, doctorJson(report, allowed));
    else print(io, doctorText(report, allowed, viewOf(input)));
    return { exit: doctorExit(report, allowed) };
  },
};
