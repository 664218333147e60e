// Handing up what is beyond one's authority: with its background, to somebody, until when.

import { html, useEffect, useState } from "./vendor/htm-preact.js";
import { escalate } from "./actions.js";
import { get } from "./api.js";
import { Moments, wallIn } from "./moments.js";
import { change } from "./store.js";
import { t } from "./words.js";

const BACKGROUND = [
  ["summary", "What it is about"],
  ["tried", "What was tried"],
  ["wants", "What the customer wants"],
];

export function Escalate({ close }) {
  const [said, setSaid] = useState({});
  const [above, setAbove] = useState("");
  const [at, setAt] = useState(wallIn(120));
  const [choices, setChoices] = useState({ agents: [], queues: [] });
  useEffect(() => {
    get("colleagues").then(setChoices, (problem) => change({ dialog: null, toast: problem.message }));
  }, []);
  const submit = async (event) => {
    event.preventDefault();
    const [kind, id] = above.split(":");
    if (await escalate({ ...said, [kind]: id, due_at: at })) change({ dialog: null, toast: t("Handed up; it stays in your list.") });
  };
  const leaders = choices.agents.filter((person) => person.role !== "agent");
  return html`<form class="form" onSubmit=${submit}>
    <h2>${t("Escalate")}</h2>
    <p>${t("Whoever gets it sees all of this. You follow it in your list until it is settled.")}</p>
    ${BACKGROUND.map(
      ([name, label], place) => html`<div class="field" key=${name}>
        <label for=${name}>${t(label)}</label>
        <textarea class="input" id=${name} rows="2" maxlength="2000" required autofocus=${!place} onInput=${(event) => setSaid({ ...said, [name]: event.currentTarget.value })}></textarea>
      </div>`,
    )}
    <div class="field">
      <label for="above">${t("To")}</label>
      <select class="input" id="above" required value=${above} onChange=${(event) => setAbove(event.currentTarget.value)}>
        <option value=""></option>
        <optgroup label=${t("Supervisors")}>
          ${leaders.map((person) => html`<option key=${person.id} value=${`user_id:${person.id}`}>${person.name}</option>`)}
        </optgroup>
        <optgroup label=${t("Queues")}>
          ${choices.queues.map((queue) => html`<option key=${queue.id} value=${`queue_id:${queue.id}`}>${queue.name}</option>`)}
        </optgroup>
      </select>
    </div>
    <${Moments} at=${at} setAt=${setAt} />
    <div class="dialog-deeds">
      <button type="button" class="button" onClick=${close}>${t("Cancel")}</button>
      <button class="button primary">${t("Escalate")}</button>
    </div>
  </form>`;
}
