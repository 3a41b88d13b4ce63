import type { Applied } from "../apply/apply.ts";
import { requiresReviews } from "../doctor/branch.ts";
import { diagnose } from "../doctor/doctor.ts";
import { type Gate, gateOf } from "../doctor/gate.ts";
import type { ApprovalMode } from "../github/approval.ts";
import { gateWords } from "../report/trust.ts";
import type { Plan } from "../types/plan.ts";
import { allowedBy } from "./allowed.ts";
import { blockedPlan } from "./approved.ts";
import { type CommandInput, text } from "./command.ts";
import { doctorFacts } from "./doctor-facts.ts";
import type { Hub } from "./hub.ts";
import type { Ready } from "./workspace.ts";

export interface OpenGate {
  readonly gate: Gate;
  /** What the default branch asks for, and so what counts as approval. */
  readonly mode: ApprovalMode;
}

/**
 * Reads the repository's settings once in a run, when there is something to apply: what stood when the plan was merged may have been changed since, also
 * while this job waited for its turn. Errors: GitHubError, also where GitHub fails: what could not be asked is no answer.
 */
export function openGate(input: CommandInput, { github }: Hub, { workspace, config }: Ready): () => Promise<OpenGate> {
  const allowed = allowedBy(input, config);
  const token = text(input, "github-token") ?? input.io.env["GITHUB_TOKEN"] ?? "";
  let read: Promise<OpenGate> | undefined;
  const look = async (): Promise<OpenGate> => {
    const facts = await doctorFacts(input, { github, token }, workspace, "security");
    return {
      gate: gateOf(diagnose(facts), allowed),
      mode: requiresReviews(facts.settings.branch) ? "review" : "merge",
    };
  };
  return () => {
    read ??= look();
    return read;
  };
}

/** Nothing of the plan runs, and nothing is journaled: once the settings are right, the same approval holds. */
export function gated(plan: Plan, { wrong }: Gate): Applied {
  const next =
    "mend the settings (`evenkeel doctor` tells how), or allow them by name with `allow_unsafe` in evenkeel.yaml";
  return blockedPlan(plan, gateWords(wrong), next);
}
