// What waits for the person beside their conversations: one line each, above everything.

import { html } from "./vendor/htm-preact.js";
import { attend } from "./actions.js";
import { change } from "./store.js";
import { t } from "./words.js";

export const Duties = ({ now }) => html`<div class="duties" role="status">
  ${now.duties.handovers.map((each) => (each.mine ? html`<${Waiting} handover=${each} />` : html`<${Asked} handover=${each} />`))}
</div>`;

const Duty = ({ words, children }) => html`<div class="duty"><span class="words">${words}</span>${children}</div>`;

const Asked = ({ handover }) => html`<${Duty}
  words=${t("{name} wants to hand over to you: {n} conversations", { name: handover.from, n: handover.conversations.length })}
>
  <button class="button primary" onClick=${() => change({ dialog: "take-on" })}>${t("Look")}</button>
<//>`;

const Waiting = ({ handover }) => html`<${Duty}
  words=${t("Waiting for {name} to accept your hand-over: {n} conversations", { name: handover.to, n: handover.conversations.length })}
>
  <button class="button" onClick=${() => attend(`handovers/${handover.id}/withdraw`)}>${t("Withdraw")}</button>
<//>`;
