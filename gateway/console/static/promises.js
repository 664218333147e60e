// What was promised to this customer: a moment of patience, or a time to be back.

import { html, useEffect, useState } from "./vendor/htm-preact.js";
import { agree, keep, resume } from "./actions.js";
import { Until } from "./deadline.js";
import { Moments, wallIn } from "./moments.js";
import { change } from "./store.js";
import { t } from "./words.js";

const HELD = "hold";
const DONE_BY_HAND = ["promise", "call back"];

const heldNow = (row) => row.promises.find((each) => each.kind === HELD);

export const isHeld = (row) => Boolean(heldNow(row));

// Above the composer, so that nobody forgets who waits.
export function Hold({ row }) {
  const held = heldNow(row);
  const [, redraw] = useState(0);
  useEffect(() => {
    if (!held) return undefined;
    const timer = setInterval(() => redraw((count) => count + 1), 1_000);
    return () => clearInterval(timer);
  }, [Boolean(held)]);
  if (!held) return null;
  const seconds = Math.max(0, Math.floor((Date.now() - Date.parse(held.started_at)) / 1_000));
  const isLong = held.breached || Date.now() >= Date.parse(held.due_at);
  return html`<div class=${`hold ${isLong ? "long" : ""}`} role=${isLong ? "alert" : "status"}>
    <span><strong>${t("On hold")}</strong> <span class="number">${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}</span>${isLong && html` — ${t("It takes longer: agree when you will be back.")}`}</span>
    <span class="hold-deeds">
      <button class=${`button ${isLong ? "primary" : ""}`} onClick=${() => change({ dialog: "promise" })}>${t("Agree a time")}</button>
      <button class="button" onClick=${resume}>${t("Back to the customer")}</button>
    </span>
  </div>`;
}

// In the panel of the customer.
export function Promised({ row }) {
  const promised = row.promises.filter((each) => each.kind !== HELD && !each.about);
  if (!promised.length) return null;
  return html`<section>
    <h3>${t("Promised")}</h3>
    ${promised.map(
      (each) => html`<p key=${each.started_at}>
        <${Until} deadline=${each} />
        <br />${t(each.kind)}
        ${each.note && html`<span class="muted small"><br />${t(each.note)}</span>`}
      </p>`,
    )}
    ${promised.some((each) => DONE_BY_HAND.includes(each.kind)) && html`<button class="button" onClick=${keep}>${t("Done")}</button>`}
  </section>`;
}

export function Agree({ close }) {
  const [at, setAt] = useState(wallIn(30));
  const [note, setNote] = useState("");
  const submit = async (event) => {
    event.preventDefault();
    if (await agree({ due_at: at, note })) change({ dialog: null, toast: t("Promised; the customer was told.") });
  };
  return html`<form class="form" onSubmit=${submit}>
    <h2>${t("Agree when you will be back")}</h2>
    <p>${t("The customer is told the time. You are reminded before, and if you are late so is everybody above you.")}</p>
    <${Moments} at=${at} setAt=${setAt} />
    <div class="field">
      <label for="about">${t("What about")}</label>
      <input class="input" id="about" maxlength="500" onInput=${(event) => setNote(event.currentTarget.value)} />
    </div>
    <div class="dialog-deeds">
      <button type="button" class="button" onClick=${close}>${t("Cancel")}</button>
      <button class="button primary">${t("Promise it")}</button>
    </div>
  </form>`;
}
