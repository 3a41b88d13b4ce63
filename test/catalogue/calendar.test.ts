import { expect, test } from "vitest";
import { closed, isTimezone } from "../../src/catalogue/calendar.ts";
import type { ChangeCalendar } from "../../src/types/catalogue.ts";

const at = (iso: string): number => Date.parse(iso);
const office: ChangeCalendar = {
  windows: [{ days: ["mon", "tue"], from: "09:00", to: "17:00", timezone: "Europe/Berlin" }],
  freezes: [],
};

test("without windows and freezes every time is allowed", () => {
  expect(closed({ windows: [], freezes: [] }, at("2026-12-25T03:00:00Z"))).toBeUndefined();
});

// 2026-03-09 is a Monday; Berlin is an hour ahead of UTC until 2026-03-29, two hours after.
test.each([
  ["2026-03-09T07:59:00Z", false],
  ["2026-03-09T08:00:00Z", true],
  ["2026-03-10T15:59:00Z", true],
  ["2026-03-10T16:00:00Z", false],
  ["2026-03-11T10:00:00Z", false],
  ["2026-03-30T07:00:00Z", true],
])("a window holds in its own time zone: %s is %s", (iso, open) => {
  expect(closed(office, at(iso)) === undefined).toBe(open);
});

test.each([
  ["2026-03-13T21:59:00Z", false],
  ["2026-03-13T22:00:00Z", true],
  ["2026-03-14T01:59:00Z", true],
  ["2026-03-14T02:00:00Z", false],
  ["2026-03-14T22:30:00Z", false],
])("a window over midnight belongs to the day on which it begins: %s is %s", (iso, open) => {
  const night: ChangeCalendar = {
    windows: [{ days: ["fri"], from: "22:00", to: "02:00", timezone: "UTC" }],
    freezes: [],
  };
  expect(closed(night, at(iso)) === undefined).toBe(open);
});

test("a freeze wins over windows, both its days included, and says why", () => {
  const frozen = { ...office, freezes: [{ from: "2026-03-09", to: "2026-03-10", because: "release" }] };
  expect(closed(frozen, at("2026-03-10T10:00:00Z"))).toContain("2026-03-09 to 2026-03-10 (UTC): release");
  expect(closed(frozen, at("2026-03-16T10:00:00Z"))).toBeUndefined();
  expect(closed(office, at("2026-03-11T10:00:00Z"))).toContain("mon tue 09:00 to 17:00 Europe/Berlin");
});

test("time zones are those of the IANA database", () => {
  expect([isTimezone("Europe/Berlin"), isTimezone("UTC"), isTimezone("Berlin/Europe")]).toEqual([true, true, false]);
});
