// Until when something is promised, as a badge: the nearer, the louder.

import { html } from "./vendor/htm-preact.js";
import { Icon } from "./icons.js";
import { fullTime, since, until } from "./times.js";
import { t } from "./words.js";

const isLate = (deadline) => deadline.breached || Date.parse(deadline.due_at) <= Date.now();

export function Due({ deadline }) {
  const late = isLate(deadline);
  const tone = late ? "danger" : deadline.warned ? "notice" : "";
  const left = late ? t("late: {time}", { time: since(deadline.due_at) }) : until(deadline.due_at);
  const title = t("{what} due by {time}", { what: t(deadline.kind), time: fullTime(deadline.due_at) });
  return html`<span class=${`tag due ${tone} number`} title=${title}><${Icon} name="clock" />${left}</span>`;
}
