// What is offered to the person: a line with the seconds that are left, to be answered by mouse or key.

import { html } from "./vendor/htm-preact.js";
import { answerOffer, setMyState } from "./actions.js";
import { inWords } from "./previews.js";
import { offered } from "./store.js";
import { useTick } from "./tick.js";
import { t } from "./words.js";

const SECOND = 1_000;

export const Offers = ({ me }) => html`
  ${offered().map((row) => html`<${Offer} key=${row.id} row=${row} />`)}
  ${me.state === "break" && me.state_reason === "missed-offer" && html`<${Missed} />`}
`;

function Offer({ row }) {
  useTick(SECOND);
  const seconds = Math.max(0, Math.ceil((Date.parse(row.offered_until) - Date.now()) / SECOND));
  return html`<div class="duty offer">
    <span class="words">
      <strong>${t("For you: {name}", { name: row.name })}</strong> ${row.queue}
      <span class="cut muted small">${inWords(row.preview)}</span>
    </span>
    <span class="number" role="timer" aria-live="off">${t("{n} s", { n: seconds })}</span>
    <button class="button primary" title="Y" onClick=${() => answerOffer(row, "accept")}>${t("Accept")}</button>
    <button class="button" title="X" onClick=${() => answerOffer(row, "decline")}>${t("Decline")}</button>
  </div>`;
}

const Missed = () => html`<div class="duty">
  <span class="words">${t("You did not answer an offer in time, so you are on a break.")}</span>
  <button class="button primary" onClick=${() => setMyState("ready")}>${t("Go ready")}</button>
</div>`;
