// Customers who are a nuisance: marked, and blocked by the word of two people.

import { html, useState } from "./vendor/htm-preact.js";
import { attend } from "./actions.js";
import { change } from "./store.js";
import { dayAndClock } from "./times.js";
import { boot, t } from "./words.js";

const DAYS = [1, 7, 30, 90];

const close = () => change({ dialog: null });

export function MarkAbuse({ now }) {
  const [word, setWord] = useState("");
  const submit = async (event) => {
    event.preventDefault();
    if (await attend(`conversations/${now.openId}/abuse`, { word })) close();
  };
  return html`<form class="form" onSubmit=${submit}>
    <h2>${t("Abusive customer")}</h2>
    <p>${t("Colleagues see it beside the customer, and you are offered a moment to cool off.")}</p>
    <div class="field">
      <label for="word">${t("What happened, in a word")}</label>
      <input class="input" id="word" maxlength="500" required autofocus onInput=${(event) => setWord(event.currentTarget.value)} />
    </div>
    <div class="dialog-deeds">
      <button type="button" class="button" onClick=${close}>${t("Cancel")}</button>
      <button class="button primary" disabled=${!word.trim()}>${t("Mark")}</button>
    </div>
  </form>`;
}

export function AskToBlock({ now }) {
  const [reason, setReason] = useState("");
  const [days, setDays] = useState(DAYS[1]);
  const submit = async (event) => {
    event.preventDefault();
    if (await attend(`conversations/${now.openId}/block`, { reason, days })) close();
  };
  return html`<form class="form" onSubmit=${submit}>
    <h2>${t("Block the customer")}</h2>
    <p>${t("A second person decides. What they write is kept and leads nowhere; complaints are still taken.")}</p>
    <div class="field">
      <label for="days">${t("For how long")}</label>
      <select class="input" id="days" onChange=${(event) => setDays(Number(event.currentTarget.value))}>
        ${DAYS.map((each) => html`<option value=${each} selected=${each === days}>${t("{n} d", { n: each })}</option>`)}
      </select>
    </div>
    <${Why} set=${setReason} />
    <${Answers} deed=${t("Ask for it")} disabled=${!reason.trim()} />
  </form>`;
}

// Refusing what is asked, or lifting what is in force.
export function EndBlock({ now }) {
  const [reason, setReason] = useState("");
  const { block } = now.thread.contact;
  if (!block) return html`<p>${t("This was decided meanwhile.")}</p>`;
  const [path, title] = block.state === "asked" ? ["refuse", "Do not block"] : ["lift", "Lift the block"];
  const submit = async (event) => {
    event.preventDefault();
    if (await attend(`blocks/${block.id}/${path}`, { reason })) close();
  };
  return html`<form class="form" onSubmit=${submit}>
    <h2>${t(title)}</h2>
    <${Why} set=${setReason} />
    <${Answers} deed=${t(title)} disabled=${!reason.trim()} />
  </form>`;
}

const Why = ({ set }) => html`<div class="field">
  <label for="reason">${t("Reason")}</label>
  <input class="input" id="reason" maxlength="500" required autofocus onInput=${(event) => set(event.currentTarget.value)} />
  <p class="hint">${t("It is kept with your name.")}</p>
</div>`;

const Answers = ({ deed, disabled }) => html`<div class="dialog-deeds">
  <button type="button" class="button" onClick=${close}>${t("Cancel")}</button>
  <button class="button primary" disabled=${disabled}>${deed}</button>
</div>`;

export function Block({ block }) {
  if (!block) return html`<button class="button" onClick=${() => change({ dialog: "block" })}>${t("Block the customer")}</button>`;
  const isAsked = block.state === "asked";
  const decides = boot.me.role !== "agent";
  return html`<div class="block small">
    <p>
      ${isAsked
        ? t("{name} asks to block them for {n} days: {reason}", { name: block.asked_by_name, n: block.days, reason: block.reason })
        : t("Blocked until {time} by {one} and {other}: {reason}", { time: dayAndClock(block.until), one: block.asked_by_name, other: block.decided_by_name, reason: block.reason })}
    </p>
    ${decides &&
    html`<p class="row">
      ${isAsked &&
      html`<button class="button" disabled=${block.asked_by === boot.me.id} onClick=${() => attend(`blocks/${block.id}/approve`)}>${t("Approve")}</button>`}
      <button class="button" onClick=${() => change({ dialog: "unblock" })}>${t(isAsked ? "Do not block" : "Lift the block")}</button>
    </p>`}
  </div>`;
}
