import { type Applied, applyPlan } from "../apply/apply.ts";
import { createWriterFor } from "../apply/door.ts";
import { closed } from "../catalogue/calendar.ts";
import type { GitHub } from "../github/client.ts";
import { stoppedOnGitHub } from "../github/stop.ts";
import { planDigest } from "../plan/file.ts";
import { plain } from "../text/plain.ts";
import type { Io } from "../types/io.ts";
import type { Journal } from "../types/journal.ts";
import type { Plan } from "../types/plan.ts";
import type { CommandInput, ExitCode } from "./command.ts";
import { goOnline } from "./connection.ts";
import { applyProgress } from "./progress.ts";
import type { Ready } from "./workspace.ts";

/** What makes a plan run, and who can stop it. */
export interface Cause {
  /** "" for a person at a terminal. */
  readonly approval: string;
  /** Asked for its kill switch before every wave; undefined outside a repository. */
  readonly github: GitHub | undefined;
}

const AT_A_TERMINAL: Cause = { approval: "", github: undefined };

/** What `apply` and `undo --apply` share: connects with the writing role, applies, and tells each outcome as it comes. */
export async function runApply(
  input: CommandInput,
  ready: Ready,
  plan: Plan,
  journal: Journal,
  { approval, github }: Cause = AT_A_TERMINAL,
): Promise<Applied> {
  const { io } = input;
  const online = goOnline(ready, io, planDigest(plan.header));
  const { onOutcome, end } = applyProgress(io);
  try {
    return await applyPlan(plan, {
      config: ready.config,
      catalogue: ready.workspace.catalogue,
      policies: ready.policies,
      exceptions: ready.workspace.exceptions,
      reader: online.reader,
      writer: createWriterFor(online.connection),
      journal,
      models: ready.workspace.models,
      cel: ready.workspace.cel,
      clock: io.clock,
      homeRegion: online.homeRegion,
      approval,
      stopped: () => whyStopped(ready, io, github),
      run: online.run,
      onOutcome,
    });
  } finally {
    end();
    online.connection.close();
  }
}

/** The kill switches (the variable EVENKEEL_STOP, whose text is the reason, and the branch), a freeze, or a closed change window. */
export async function whyStopped(ready: Ready, io: Io, github: GitHub | undefined): Promise<string | undefined> {
  const stop = io.env["EVENKEEL_STOP"] ?? "";
  if (stop !== "") return `EVENKEEL_STOP is set: ${plain(stop, 200)}`;
  return closed(ready.config.changes, io.clock.now()) ?? (github === undefined ? undefined : stoppedOnGitHub(github));
}

/** Everything approved is as it should be, or the run is incomplete. */
export function applyExit(applied: Applied): ExitCode {
  const { applied: done, already_ok: fine, undone, excepted, policy_gone: gone } = applied.counts;
  return done + fine + undone + excepted + gone === applied.outcomes.length ? 0 : 3;
}

export function applyOutputs(applied: Applied): Record<string, string | number> {
  return { ...applied.counts, plan_digest: applied.plan };
}
