import { type Applied, applyPlan } from "../apply/apply.ts";
import { createWriterFor } from "../apply/door.ts";
import { planDigest } from "../plan/file.ts";
import type { Journal } from "../types/outcome.ts";
import type { Plan } from "../types/plan.ts";
import type { CommandInput, ExitCode } from "./command.ts";
import { goOnline } from "./connection.ts";
import { applyProgress } from "./progress.ts";
import type { Ready } from "./workspace.ts";

/** What makes it run is `approval`: "" for a person at a terminal. What `apply` and `undo --apply` share: connects with the writing role, applies, and tells each outcome as it comes. */
export async function runApply(
  input: CommandInput,
  ready: Ready,
  plan: Plan,
  journal: Journal,
  approval = "",
): Promise<Applied> {
  const { io } = input;
  const online = goOnline(ready, io, planDigest(plan.header));
  const { onOutcome, end } = applyProgress(io);
  try {
    return await applyPlan(plan, {
      config: ready.config,
      catalogue: ready.workspace.catalogue,
      policies: ready.policies,
      reader: online.reader,
      writer: createWriterFor(online.connection),
      journal,
      models: ready.workspace.models,
      cel: ready.workspace.cel,
      clock: io.clock,
      homeRegion: online.homeRegion,
      approval,
      run: online.run,
      onOutcome,
    });
  } finally {
    end();
    online.connection.close();
  }
}

/** Everything approved is as it should be, or the run is incomplete. */
export function applyExit(applied: Applied): ExitCode {
  const { applied: done, already_ok: fine, undone, excepted, policy_gone: gone } = applied.counts;
  return done + fine + undone + excepted + gone === applied.outcomes.length ? 0 : 3;
}

export function applyOutputs(applied: Applied): Record<string, string | number> {
  return { ...applied.counts, plan_digest: applied.plan };
}
