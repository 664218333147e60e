// Until when something is promised, as a badge: the nearer, the louder.

import { html } from "./vendor/htm-preact.js";
import { Icon } from "./icons.js";
import { clockElsewhere, dayAndClock, fullTime, since, until } from "./times.js";
import { t } from "./words.js";

const isLate = (deadline) => deadline.breached || Date.parse(deadline.due_at) <= Date.now();

// The same with the time itself, and what time that is where the customer is.
export function Until({ deadline }) {
  const theirs = clockElsewhere(deadline.due_at, deadline.time_zone);
  return html`<${Due} deadline=${deadline} /> <span class="number">${dayAndClock(deadline.due_at)}</span>
    ${theirs && html`<br /><span title=${deadline.time_zone}>${t("For the customer it is {time} then", { time: theirs })}</span>`}`;
}

export function Due({ deadline }) {
  const late = isLate(deadline);
  const tone = late ? "danger" : deadline.warned ? "notice" : "";
  const left = late ? t("late: {time}", { time: since(deadline.due_at) }) : until(deadline.due_at);
  const title = t("{what} due by {time}", { what: t(deadline.kind), time: fullTime(deadline.due_at) });
  return html`<span class=${`tag due ${tone} number`} title=${title}><${Icon} name="clock" />${left}</span>`;
}
