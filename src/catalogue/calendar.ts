import type { ChangeCalendar } from "../types/catalogue.ts";

const DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"] as const;

/**
 * Why nothing may be changed at this moment, in words; undefined where changes are allowed. Freezes win over windows; without windows every
 * time is allowed.
 */
export function closed(calendar: ChangeCalendar, now: number): string | undefined {
  const day = new Date(now).toISOString().slice(0, 10);
  for (const { from, to, because } of calendar.freezes) {
    if (from <= day && day <= to) return `changes are frozen from ${from} to ${to} (UTC): ${because}`;
  }
  if (calendar.windows.length === 0 || calendar.windows.some((window) => isOpen(window, now))) return undefined;
  return `outside the change windows (${calendar.windows.map(words).join("; ")})`;
}

function isOpen(window: ChangeCalendar["windows"][number], now: number): boolean {
  const { day, time } = localTime(now, window.timezone);
  // A window that ends before it begins goes over midnight, and belongs to the day on which it begins.
  if (window.from < window.to) return window.days.includes(day) && window.from <= time && time < window.to;
  const before = DAYS[(DAYS.indexOf(day) + 6) % 7] ?? "sun";
  return (window.days.includes(day) && time >= window.from) || (window.days.includes(before) && time < window.to);
}

/** Weekday and `HH:MM` in a time zone of the IANA database. */
function localTime(now: number, timezone: string): { readonly day: (typeof DAYS)[number]; readonly time: string } {
  const format = new Intl.DateTimeFormat("en-GB", {
    timeZone: timezone,
    weekday: "short",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
  const parts = new Map(format.formatToParts(now).map(({ type, value }) => [type, value]));
  const name = (parts.get("weekday") ?? "").toLowerCase();
  const day = DAYS.find((known) => known === name) ?? "sun";
  return { day, time: `${parts.get("hour") ?? "00"}:${parts.get("minute") ?? "00"}` };
}

export function isTimezone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en-GB", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

function words({ days, from, to, timezone }: ChangeCalendar["windows"][number]): string {
  return `${days.join(" ")} ${from} to ${to} ${timezone}`;
}
