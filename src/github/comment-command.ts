import { editDistance } from "../text/nearest.ts";
import { plain, visible } from "../text/plain.ts";

/** What a comment asks for. All of it is somebody's text: `reason` is one line without hidden characters, and still to be encoded where it goes. */
export type CommentCommand =
  | { readonly kind: "reject"; readonly items: readonly string[]; readonly reason: string }
  | { readonly kind: "waive"; readonly item: string; readonly days: number; readonly reason: string }
  /** `days` is undefined where the configuration's number holds. */
  | {
      readonly kind: "snooze";
      readonly items: readonly string[];
      readonly days: number | undefined;
      readonly reason: string;
    }
  | { readonly kind: "unsnooze"; readonly items: readonly string[]; readonly reason: string }
  /** Ours by name, but not by form; `why` is plain text. */
  | { readonly kind: "malformed"; readonly name: CommandWord; readonly why: string }
  /** Nearly ours: it may have been meant for somebody else, so it is answered only where ours make sense. */
  | { readonly kind: "misspelt"; readonly meant: CommandWord };

export type CommandWord = "reject" | "snooze" | "unsnooze" | "waive";

export const FORMS: Readonly<Record<CommandWord, string>> = {
  reject: "/reject ITEM [ITEM…] [reason]",
  snooze: "/snooze ITEM [ITEM…] [DAYSd] [reason]",
  unsnooze: "/unsnooze ITEM [ITEM…] [reason]",
  waive: "/waive ITEM DAYSd reason",
};

/** How far ahead a waiver may reach; the catalogue allows less for critical policies. */
export const MOST_DAYS = 180;
/** And a snooze, as in the configuration: what is to last longer needs a reason, an owner and a review. */
export const MOST_SNOOZE_DAYS = 30;
const WORDS: readonly CommandWord[] = ["reject", "snooze", "unsnooze", "waive"];
/** At least 8 characters of an item's 32: fewer may come to name another item tomorrow. */
const ITEM = /^[0-9a-f]{8,32}$/;
/** Rather an ID with a mistake than a word: too short, too long, or in capitals. */
const SLIP = /^(?:(?=.*\d)[0-9a-f]{4,}|[0-9a-f]{8,})$/i;

/**
 * The command in a comment's first line; undefined where there is none of ours. Only the exact forms count, in lower case and from the first column:
 * quoted, indented or later lines are talk about commands. Errors: none, whatever the text.
 */
export function parseCommentCommand(body: string): CommentCommand | undefined {
  const [line = ""] = body.split(/\r\n|[\n\r\u2028\u2029]/, 1);
  const [first = "", ...rest] = line.split(/[ \t]+/).filter((word, index) => index === 0 || word !== "");
  if (!first.startsWith("/")) return undefined;
  const word = first.slice(1);
  if (word === "reject" || word === "unsnooze") {
    const named = itemsOf(word, rest);
    return "kind" in named ? named : { kind: word, items: named.items, reason: visible(named.rest.join(" ")) };
  }
  if (word === "snooze") return snoozeOf(rest);
  if (word === "waive") return waiveOf(rest);
  // One slip only: other programs listen to commands too, and `/project` is no slip of ours.
  const lower = word.toLowerCase();
  const meant = word.startsWith("/") ? undefined : WORDS.find((known) => editDistance(lower, known, 1) <= 1);
  return meant === undefined ? undefined : { kind: "misspelt", meant };
}

/** The items at the beginning, and the words after them; or what is wrong with them. */
function itemsOf(name: CommandWord, words: readonly string[], isOther: (word: string) => boolean = () => false) {
  const end = words.findIndex((word) => !ITEM.test(word));
  const items = end === -1 ? words : words.slice(0, end);
  const rest = words.slice(items.length);
  const [next = ""] = rest;
  // A mistyped ID must not pass as the first word of the reason: the item would stay in the plan, and its reviewer believe it gone.
  const slipped = !isOther(next) && next.split(/[,;]/).some((part) => SLIP.test(part));
  if (items.length === 0 || slipped) return malformed(name, next);
  return { items: [...new Set(items)], rest };
}

/** Days, or a slip in writing them: `2w`, `7`, `014d`. */
const DAYS = /^\d+[a-z]*$/i;

function snoozeOf(words: readonly string[]): CommentCommand {
  const named = itemsOf("snooze", words, (word) => DAYS.test(word) && word.length < 8);
  if ("kind" in named) return named;
  const [first = "", ...others] = named.rest;
  if (!DAYS.test(first)) {
    return { kind: "snooze", items: named.items, days: undefined, reason: visible(named.rest.join(" ")) };
  }
  const days = Number(/^([1-9]\d?)d$/.exec(first)?.[1] ?? 0);
  // Never a word of the reason: who wrote `2w` would believe in two weeks.
  if (days === 0 || days > MOST_SNOOZE_DAYS)
    return { kind: "malformed", name: "snooze", why: `the days are written 1d to ${MOST_SNOOZE_DAYS}d` };
  return { kind: "snooze", items: named.items, days, reason: visible(others.join(" ")) };
}

function waiveOf([item = "", days = "", ...rest]: readonly string[]): CommentCommand {
  if (!ITEM.test(item)) return malformed("waive", item);
  const count = Number(/^([1-9]\d{0,2})d$/.exec(days)?.[1] ?? 0);
  if (count === 0 || count > MOST_DAYS)
    return { kind: "malformed", name: "waive", why: `the days are written 1d to ${MOST_DAYS}d` };
  const reason = visible(rest.join(" "));
  if (reason === "") return { kind: "malformed", name: "waive", why: "a reason is missing" };
  return { kind: "waive", item, days: count, reason };
}

function malformed(name: CommandWord, word: string): CommentCommand & { readonly kind: "malformed" } {
  const what = word === "" ? "an item is missing" : `${plain(word, 60)} names no item`;
  return { kind: "malformed", name, why: `${what}: 8 to 32 of 0-9 and a-f, as the plan shows them` };
}
