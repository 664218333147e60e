// Times as people say them, in their own zone: short on the screen, whole on hover.

import { boot, t } from "./words.js";

const { language, time_zone: timeZone } = boot.me;

const format = (options) => new Intl.DateTimeFormat(language, { timeZone, hourCycle: "h23", ...options });

const clock = format({ hour: "2-digit", minute: "2-digit" });
const date = format({ month: "short", day: "numeric" });
const dateWithYear = format({ year: "numeric", month: "short", day: "numeric" });
const whole = format({ dateStyle: "full", timeStyle: "medium" });
const dayKey = new Intl.DateTimeFormat("en-CA", { timeZone });

const DAY = 86_400_000;

export const clockOf = (at) => clock.format(new Date(at));

export const fullTime = (at) => whole.format(new Date(at));

export const dayOf = (at) => dayKey.format(new Date(at));

export function dayName(at) {
  const key = dayOf(at);
  if (key === dayOf(Date.now())) return t("Today");
  if (key === dayOf(Date.now() - DAY)) return t("Yesterday");
  const sameYear = key.slice(0, 4) === dayOf(Date.now()).slice(0, 4);
  return (sameYear ? date : dateWithYear).format(new Date(at));
}

export function shortTime(at) {
  return dayOf(at) === dayOf(Date.now()) ? clockOf(at) : dayName(at);
}

export function dayAndClock(at) {
  return dayOf(at) === dayOf(Date.now()) ? clockOf(at) : `${dayName(at)} ${clockOf(at)}`;
}

const clockIn = (at, zone) => format({ weekday: "short", hour: "2-digit", minute: "2-digit", timeZone: zone }).format(new Date(at));

// The time of day in a zone where that is another one; else nothing.
export const clockElsewhere = (at, zone) => (!zone || clockIn(at, zone) === clockIn(at, timeZone) ? "" : clockIn(at, zone));

export function since(at) {
  const minutes = Math.floor((Date.now() - new Date(at)) / 60_000);
  if (minutes < 1) return t("now");
  if (minutes < 60) return t("{n} min", { n: minutes });
  if (minutes < 48 * 60) return t("{n} h", { n: Math.floor(minutes / 60) });
  return t("{n} d", { n: Math.floor(minutes / 1440) });
}

export function until(at) {
  const minutes = Math.ceil((new Date(at) - Date.now()) / 60_000);
  if (minutes < 60) return t("{n} min", { n: minutes });
  if (minutes < 48 * 60) return t("{n} h", { n: Math.floor(minutes / 60) });
  return t("{n} d", { n: Math.floor(minutes / 1440) });
}

const counting = new Intl.NumberFormat(language);

export const number = (value) => counting.format(value);

export function fileSize(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 * 1024) return `${Math.round(bytes / 1024)} KB`;
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}
