import { type Applied, applyPlan } from "../apply/apply.ts";
import { outcomeOf } from "../apply/context.ts";
import { createWriterFor } from "../apply/door.ts";
import { closed } from "../catalogue/calendar.ts";
import type { GitHub } from "../github/client.ts";
import { stoppedOnGitHub } from "../github/stop.ts";
import { planDigest } from "../plan/file.ts";
import { plain } from "../text/plain.ts";
import type { Clock } from "../types/clock.ts";
import type { Io } from "../types/io.ts";
import { isUnconfirmed, noOutcomes } from "../types/outcome.ts";
import type { Plan } from "../types/plan.ts";
import type { CommandInput, ExitCode } from "./command.ts";
import { goOnline } from "./connection.ts";
import type { OpenJournal, Taken } from "./journal.ts";
import { applyProgress } from "./progress.ts";
import type { Ready } from "./workspace.ts";

/** What makes a plan run, and who can stop it. */
export interface Cause {
  /** "" for a person at a terminal. */
  readonly approval: string;
  /** Why nothing more may be changed; of one run, so that its plans share what GitHub said. */
  readonly stopped: StopSwitch;
  /** As `ApplyContext` has it. */
  readonly unattended?: boolean;
}

/**
 * What all commands that apply share: takes the claim, connects with the writing role, applies, and tells each outcome as it comes. Where another run
 * applies, nothing is done.
 */
export async function runApply(
  input: CommandInput,
  ready: Ready,
  plan: Plan,
  { journal, claim: take }: Pick<OpenJournal, "journal" | "claim">,
  { approval, stopped, unattended = false }: Cause = { approval: "", stopped: stopSwitch(ready, input.io, undefined) },
): Promise<Applied> {
  const { io } = input;
  const claim = await take();
  if ("heldBy" in claim) return notStarted(plan, claim);
  const online = goOnline(ready, io, planDigest(plan.header));
  const { onOutcome, end } = applyProgress(io);
  // Whoever waits for AWS for long goes on saying that the run is alive.
  const clock: Clock = {
    now: () => io.clock.now(),
    async sleep(ms) {
      await claim.hold();
      await io.clock.sleep(ms);
    },
  };
  try {
    return await applyPlan(plan, {
      config: ready.config,
      catalogue: ready.workspace.catalogue,
      policies: ready.policies,
      exceptions: ready.workspace.exceptions,
      reader: online.reader,
      writer: createWriterFor(online.connection, () => claim.hold()),
      journal,
      models: ready.workspace.models,
      cel: ready.workspace.cel,
      clock,
      homeRegion: online.homeRegion,
      approval,
      unattended,
      stopped,
      run: online.run,
      onOutcome,
    });
  } finally {
    end();
    online.connection.close();
  }
}

/** Nothing is journaled: the next run takes it up. */
export function notStarted(plan: Plan, { heldBy: { run, since, seen } }: Taken): Applied {
  const reason = `run ${plain(run, 80)} has been applying since ${since} (last heard of at ${seen}), and only one may at a time`;
  const next = "run apply again once it has ended; after a quarter of an hour of silence it counts as ended";
  const outcomes = plan.items.map((item) => outcomeOf(item, "not_started", reason, next));
  return { plan: planDigest(plan.header), outcomes, counts: { ...noOutcomes(), not_started: outcomes.length } };
}

/** So often GitHub is asked for its kill switch while plans run; the rest is asked before every item. */
const LOOK_MS = 30_000;

/** Why nothing more may be changed now, asked as often as one likes. */
export type StopSwitch = () => Promise<string | undefined>;

/**
 * The kill switches (the variable EVENKEEL_STOP, whose text is the reason, and the branch), a freeze, or a closed change window. One for a run: the
 * branch is looked for once in half a minute. `github`: undefined outside a repository.
 */
export function stopSwitch(ready: Ready, io: Io, github: GitHub | undefined): StopSwitch {
  let asked: { readonly at: number; readonly why: Promise<string | undefined> } | undefined;
  return async () => {
    const here = stoppedHere(ready, io);
    if (here !== undefined || github === undefined) return here;
    const now = io.clock.now();
    if (asked === undefined || now - asked.at >= LOOK_MS) asked = { at: now, why: stoppedOnGitHub(github) };
    return asked.why;
  };
}

function stoppedHere(ready: Ready, io: Io): string | undefined {
  const stop = io.env["EVENKEEL_STOP"] ?? "";
  return stop === "" ? closed(ready.config.changes, io.clock.now()) : `EVENKEEL_STOP is set: ${plain(stop, 200)}`;
}

/**
 * Everything approved is as it should be, or the run is incomplete. What nobody confirmed was not approved whole: it is told, and offered again, and no
 * run could do better until it is.
 */
export function applyExit(applied: Applied): ExitCode {
  const { applied: done, already_ok: fine, undone, excepted, policy_gone: gone } = applied.counts;
  const { length: unconfirmed } = applied.outcomes.filter(isUnconfirmed);
  return done + fine + undone + excepted + gone + unconfirmed === applied.outcomes.length ? 0 : 3;
}

export function applyOutputs(applied: Applied): Record<string, string | number> {
  return { ...applied.counts, plan_digest: applied.plan };
}
