// Saying that a customer is abusive.

import { html, useState } from "./vendor/htm-preact.js";
import { attend } from "./actions.js";
import { change } from "./store.js";
import { t } from "./words.js";

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
