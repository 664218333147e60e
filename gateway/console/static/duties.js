// What waits for the person beside their conversations: one line each, above everything.

import { html } from "./vendor/htm-preact.js";
import { attend } from "./actions.js";
import { change } from "./store.js";
import { t } from "./words.js";

export const Duties = ({ now }) => html`<div class="duties" role="status">
  ${now.duties.handovers.map((each) => (each.mine ? html`<${Waiting} handover=${each} />` : html`<${Asked} handover=${each} />`))}
  ${now.duties.hands.map((each) => (each.mine ? html`<${MyHand} hand=${each} />` : html`<${Help} hand=${each} />`))}
</div>`;

const Duty = ({ words, children }) => html`<div class="duty"><span class="words">${words}</span>${children}</div>`;

const Asked = ({ handover }) => html`<${Duty}
  words=${t("{name} wants to hand over to you: {n} conversations", { name: handover.from, n: handover.conversations.length })}
>
  <button class="button primary" onClick=${() => change({ dialog: "take-on" })}>${t("Look")}</button>
<//>`;

const Help = ({ hand }) => html`<${Duty}
  words=${hand.helper ? t("{helper} helps {name}: {word}", { helper: hand.helper, name: hand.from, word: hand.word }) : t("{name} asks for help: {word}", { name: hand.from, word: hand.word })}
>
  ${hand.conversation_id && html`<a class="button" href=${`#open/${hand.conversation_id}`}>${t("Open")}</a>`}
  ${!hand.helper && html`<button class="button primary" onClick=${() => attend(`hands/${hand.id}/take`)}>${t("I help")}</button>`}
  <button class="button" onClick=${() => attend(`hands/${hand.id}/lower`)}>${t("Lower")}</button>
<//>`;

const MyHand = ({ hand }) => html`<${Duty}
  words=${hand.helper ? t("{name} comes to help: {word}", { name: hand.helper, word: hand.word }) : t("You asked for help: {word}", { word: hand.word })}
>
  <button class="button" onClick=${() => attend(`hands/${hand.id}/lower`)}>${t("Lower")}</button>
<//>`;

const Waiting = ({ handover }) => html`<${Duty}
  words=${t("Waiting for {name} to accept your hand-over: {n} conversations", { name: handover.to, n: handover.conversations.length })}
>
  <button class="button" onClick=${() => attend(`handovers/${handover.id}/withdraw`)}>${t("Withdraw")}</button>
<//>`;
