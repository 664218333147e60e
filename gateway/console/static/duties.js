// What waits for the person beside their conversations: one line each, above everything.

import { html } from "./vendor/htm-preact.js";
import { attend, setMyState } from "./actions.js";
import { put } from "./api.js";
import { Offers } from "./offers.js";
import { change } from "./store.js";
import { clockOf } from "./times.js";
import { t } from "./words.js";

export const Duties = ({ now }) => html`<div class="duties" role="status">
  <${Offers} me=${now.me} />
  ${now.duties.handovers.map((each) => (each.mine ? html`<${Waiting} handover=${each} />` : html`<${Asked} handover=${each} />`))}
  ${now.me.state === "break" && now.duties.recall && html`<${ComeBack} recall=${now.duties.recall} />`}
  ${now.duties.notices.length > 0 && html`<${Unread} notices=${now.duties.notices} />`}
  ${now.me.state === "cool-off" ? html`<${Cooling} until=${now.me.state_until} />` : now.duties.cool_off && html`<${CoolOff} minutes=${now.duties.cool_off.minutes} />`}
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

const ComeBack = ({ recall }) => html`<${Duty} words=${t("Please come back from your break: {what}", { what: recall.reason })}>
  <button class="button primary" onClick=${() => attend(`recalls/${recall.id}`, { comes: true }, put)}>${t("I come")}</button>
  <button class="button" onClick=${() => attend(`recalls/${recall.id}`, { comes: false }, put)}>${t("Not now")}</button>
<//>`;

const Unread = ({ notices }) => html`<${Duty} words=${t("New notices: {titles}", { titles: notices.map(({ title }) => title).join(" · ") })}>
  <button class="button primary" onClick=${() => change({ dialog: "notices" })}>${t("Read")}</button>
<//>`;

const CoolOff = ({ minutes }) => html`<${Duty}
  words=${minutes ? t("That was hard. Take {n} minutes to cool off?", { n: minutes }) : t("That was hard. Take a moment to cool off?")}
>
  <button class="button primary" onClick=${() => attend("me/cool-off", { takes: true }, put)}>${t("Cool off")}</button>
  <button class="button" onClick=${() => attend("me/cool-off", { takes: false }, put)}>${t("No, thanks")}</button>
<//>`;

const Cooling = ({ until }) => html`<${Duty} words=${until ? t("You cool off until {time}. Nothing new comes.", { time: clockOf(until) }) : t("You cool off. Nothing new comes.")}>
  <button class="button" onClick=${() => setMyState("ready")}>${t("Ready")}</button>
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
