// Help: raising a hand, and stepping into a conversation that is a colleague's.

import { html, useState } from "./vendor/htm-preact.js";
import { attend } from "./actions.js";
import { change } from "./store.js";
import { boot, t } from "./words.js";

const close = () => change({ dialog: null });

// Whether the person may step into it: a supervisor, and it is somebody else's.
export const canStepIn = (row) => boot.me.role !== "agent" && row.assignee_id && row.assignee_id !== boot.me.id;

export function RaiseHand({ now }) {
  const [word, setWord] = useState("");
  const row = now.rows.get(now.openId);
  const [isAbout, setAbout] = useState(Boolean(row));
  const submit = async (event) => {
    event.preventDefault();
    if (await attend("hands", { word, conversation_id: row && isAbout ? row.id : "" })) close();
  };
  return html`<form class="form" onSubmit=${submit}>
    <h2>${t("Raise hand")}</h2>
    <p>${t("The supervisors of your queues see it at once.")}</p>
    <div class="field">
      <label for="word">${t("What you need, in a word")}</label>
      <input class="input" id="word" maxlength="500" required autofocus onInput=${(event) => setWord(event.currentTarget.value)} />
    </div>
    ${row &&
    html`<label class="check">
      <input type="checkbox" checked=${isAbout} onChange=${(event) => setAbout(event.currentTarget.checked)} />${t("It is about {name}", { name: row.name })}
    </label>`}
    <div class="dialog-deeds">
      <button type="button" class="button" onClick=${close}>${t("Cancel")}</button>
      <button class="button primary" disabled=${!word.trim()}>${t("Raise hand")}</button>
    </div>
  </form>`;
}

const WAYS = {
  join: ["Join", "You write beside {name}; the conversation stays theirs."],
  "take-over": ["Take over", "The conversation is yours from now on."],
};

export function StepIn({ now }) {
  const row = now.rows.get(now.openId);
  const hand = now.duties.hands.find((each) => each.conversation_id === row.id);
  const [way, setWay] = useState("join");
  const [reason, setReason] = useState(hand?.word || "");
  const submit = async (event) => {
    event.preventDefault();
    if (await attend(`conversations/${row.id}/${way}`, { reason })) change({ dialog: null, intent: "reply" });
  };
  return html`<form class="form" onSubmit=${submit}>
    <h2>${t("Step in")}</h2>
    <p>${t("To tell {name} something that the customer does not see, whisper: write a note.", { name: row.assignee })}</p>
    <div role="radiogroup" aria-label=${t("Step in")}>
      ${Object.entries(WAYS).map(
        ([name, [title, meaning]]) => html`<label class="check" key=${name}>
          <input type="radio" name="way" checked=${name === way} onChange=${() => setWay(name)} />
          <span>${t(title)}<br /><span class="muted small">${t(meaning, { name: row.assignee })}</span></span>
        </label>`,
      )}
    </div>
    <div class="field">
      <label for="reason">${t("Reason")}</label>
      <input class="input" id="reason" maxlength="500" required autofocus value=${reason} onInput=${(event) => setReason(event.currentTarget.value)} />
      <p class="hint">${t("It is kept with your name.")}</p>
    </div>
    <div class="dialog-deeds">
      <button type="button" class="button" onClick=${close}>${t("Cancel")}</button>
      <button class="button primary" disabled=${!reason.trim()}>${t("Step in")}</button>
    </div>
  </form>`;
}
