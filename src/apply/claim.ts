import { JournalError } from "../errors.ts";
import type { Clock } from "../types/clock.ts";
import { type Holder, holderIn, holderText, RELEASED } from "./claim-text.ts";

/** A text that is only ever replaced by whoever has seen what stands there. */
export interface ClaimStore {
  /** Where it is, for a person who has to look at it. */
  readonly place: string;
  /** The text and its version; undefined where there is none. Errors: the store's own. */
  look(): Promise<{ readonly text: string; readonly version: string } | undefined>;
  /**
   * Puts the text in the place of that version, or where nothing is; gives its version, or undefined where something else stands there. An answer that
   * was lost is looked up.
   */
  swap(text: string, version: string | undefined): Promise<string | undefined>;
}

export interface Claim {
  /** Whether somebody else had it first: what was read before may be old. */
  readonly waited: boolean;
  /**
   * To be called before every write to AWS, and while waiting: says from time to time that this run goes on. Errors: JournalError where another run has
   * taken over, or where that could not be said for so long that another may.
   */
  hold(): Promise<void>;
  /** Lets the next one in; never fails. */
  release(): Promise<void>;
}

export interface Claiming {
  readonly run: string;
  /** `owner/name` where the run is one of GitHub's. */
  readonly repository?: string;
  readonly clock: Clock;
  readonly random: () => number;
  /** Whether a run of that name is over, as far as can be told; asked at most once for each holder. */
  readonly isOver?: (holder: Holder) => Promise<boolean>;
  readonly debug: (message: string) => void;
}

/** Who has not said for so long that it goes on is taken for dead. In milliseconds, as all of these. */
const DEAD = 15 * 60_000;
/** How often a run says so. */
const REFRESH = 4 * 60_000;
/** After so long without having said so, it writes nothing more: the difference is for clocks that differ and calls that are under way. */
const SAFE = 10 * 60_000;
/** After a refresh that failed. */
const AGAIN = 20_000;
/** Most applies take less. */
const PATIENCE = 90_000;
const LONGEST_WAIT = 15_000;

/**
 * Takes the claim, or gives who has it after waiting a little. Two runs that apply at once would each take the other's intents for those of a killed
 * run. Errors: JournalError for a claim that cannot be read, else the store's own.
 */
export async function takeClaim(store: ClaimStore, claiming: Claiming): Promise<Claim | { readonly heldBy: Holder }> {
  const { clock } = claiming;
  const deadline = clock.now() + PATIENCE;
  const nonce = Math.floor(claiming.random() * 2 ** 48).toString(36);
  const over = new Map<string, Promise<boolean>>();
  let waited = false;
  for (let wait = 1_000; ; wait = Math.min(wait * 2, LONGEST_WAIT)) {
    const standing = await store.look();
    const holder = standing === undefined ? RELEASED : holderIn(standing.text);
    if (holder === undefined)
      throw new JournalError(
        `${store.place} is not a claim of Evenkeel's; look at it, and delete it where nothing is applied`,
      );
    if (holder === RELEASED || (await isDead(holder, claiming, over))) {
      const begun = new Date(clock.now()).toISOString();
      const { run, repository } = claiming;
      const mine: Holder = {
        run,
        nonce,
        since: begun,
        seen: begun,
        ...(repository === undefined ? {} : { repository }),
      };
      const version = await store.swap(holderText(mine), standing?.version);
      if (version !== undefined) return new Held(store, claiming, mine, version, waited || holder !== RELEASED);
    } else if (clock.now() >= deadline) return { heldBy: holder };
    waited = true;
    await clock.sleep(wait);
  }
}

async function isDead(holder: Holder, claiming: Claiming, over: Map<string, Promise<boolean>>): Promise<boolean> {
  // One from the future would hold for ever; clocks do not differ by so much.
  if (Math.abs(claiming.clock.now() - Date.parse(holder.seen)) > DEAD) return true;
  if (isEarlierAttempt(holder.run, claiming.run) && holder.repository === claiming.repository) return true;
  if (claiming.isOver === undefined) return false;
  const asked = over.get(holder.nonce) ?? claiming.isOver(holder);
  over.set(holder.nonce, asked);
  return asked;
}

/** GitHub begins the next attempt of a run (`50-2`) only when the one before is over. */
function isEarlierAttempt(holder: string, own: string): boolean {
  const [, run, attempt] = /^(\d+)-(\d+)$/.exec(holder) ?? [];
  const [, ownRun, ownAttempt] = /^(\d+)-(\d+)$/.exec(own) ?? [];
  return run !== undefined && run === ownRun && Number(attempt) < Number(ownAttempt);
}

class Held implements Claim {
  readonly waited: boolean;
  readonly #store: ClaimStore;
  readonly #claiming: Claiming;
  #holder: Holder;
  #version: string;
  #due: number;
  #refreshing: Promise<void> | undefined;
  #lost: JournalError | undefined;

  constructor(store: ClaimStore, claiming: Claiming, holder: Holder, version: string, waited: boolean) {
    this.#store = store;
    this.#claiming = claiming;
    this.#holder = holder;
    this.#version = version;
    this.#due = Date.parse(holder.seen) + REFRESH;
    this.waited = waited;
  }

  async hold(): Promise<void> {
    const { clock } = this.#claiming;
    if (this.#lost === undefined && clock.now() >= this.#due) {
      this.#refreshing ??= this.#refresh().finally(() => {
        this.#refreshing = undefined;
      });
      await this.#refreshing;
    }
    if (this.#lost !== undefined) throw this.#lost;
    if (clock.now() - Date.parse(this.#holder.seen) > SAFE)
      throw new JournalError(`${this.#store.place} could not be renewed for ten minutes: another run may take over`);
  }

  async #refresh(): Promise<void> {
    const { clock, debug } = this.#claiming;
    const next: Holder = { ...this.#holder, seen: new Date(clock.now()).toISOString() };
    try {
      const version = await this.#store.swap(holderText(next), this.#version);
      if (version === undefined) {
        this.#lost = new JournalError(`another run has taken over from this one (${this.#store.place})`);
        return;
      }
      this.#version = version;
      this.#holder = next;
      this.#due = clock.now() + REFRESH;
    } catch (error) {
      this.#due = clock.now() + AGAIN;
      debug(`the claim was not renewed: ${error instanceof Error ? error.message : "unknown"}`);
    }
  }

  async release(): Promise<void> {
    if (this.#lost !== undefined) return;
    try {
      await this.#refreshing;
      await this.#store.swap(holderText({ ...this.#holder, released: true }), this.#version);
    } catch (error) {
      this.#claiming.debug(`the claim was not released: ${error instanceof Error ? error.message : "unknown"}`);
    }
  }
}
