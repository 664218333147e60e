// A time to agree on: some that are near at hand, or any other. As the server reads it: in one's own zone.

import { html } from "./vendor/htm-preact.js";
import { clockOf, dayOf } from "./times.js";
import { t } from "./words.js";

const MINUTE = 60_000;
const DAY = 1440 * MINUTE;
const ROUND = 5 * MINUTE;

const wall = (at) => `${dayOf(at)}T${clockOf(at)}`;

export const wallIn = (minutes) => wall(Math.ceil((Date.now() + minutes * MINUTE) / ROUND) * ROUND);

const nearAtHand = () => [
  ...[30, 60, 120].map((minutes) => [minutes < 60 ? t("in {n} min", { n: minutes }) : t("in {n} h", { n: minutes / 60 }), wallIn(minutes)]),
  ...["09:30", "15:00"].map((clock) => [`${t("Tomorrow")} ${clock}`, `${dayOf(Date.now() + DAY)}T${clock}`]),
];

export const Moments = ({ at, setAt }) => html`
  <div class="moments">
    ${nearAtHand().map(
      ([name, value]) => html`<button type="button" class="moment" key=${name} aria-pressed=${at === value} onClick=${() => setAt(value)}>${name}</button>`,
    )}
  </div>
  <div class="field">
    <label for="due">${t("By when")}</label>
    <input class="input" id="due" type="datetime-local" required value=${at} onInput=${(event) => setAt(event.currentTarget.value)} />
  </div>
`;
