// Handing over what one has before one leaves, and taking on what a colleague leaves.

import { html, useEffect, useState } from "./vendor/htm-preact.js";
import { attend } from "./actions.js";
import { get } from "./api.js";
import { Due } from "./deadline.js";
import { Mark } from "./icons.js";
import { personState } from "./names.js";
import { aboutOf } from "./previews.js";
import { change } from "./store.js";
import { t } from "./words.js";

const close = () => change({ dialog: null, leaving: false });

const SHIFT = { equipment: "Equipment", cases: "Hard cases", staff: "Changes of staff" };

export function HandOver({ now }) {
  const [matter, setMatter] = useState(null);
  const [said, setSaid] = useState({ note: "", notes: {}, to: "", sign_out: now.leaving });
  const say = (patch) => setSaid((before) => ({ ...before, ...patch }));
  useEffect(() => {
    get("handovers/matter").then(setMatter, (problem) => change({ dialog: null, toast: problem.message }));
  }, []);
  if (!matter) return html`<p class="muted">${t("Loading")}</p>`;
  const submit = async (event) => {
    event.preventDefault();
    const [kind, id] = said.to.split(":");
    if (await attend("handovers", { ...said, [kind || "queue_id"]: id || "" })) close();
  };
  return html`<form class="form" onSubmit=${submit}>
    <h2>${t("Hand over")}</h2>
    <p>${t("You have open conversations. Somebody takes them on before you leave, or they go back to the queue.")}</p>
    <${Matter} rows=${matter.conversations}>${(row) => html`<input
      class="input"
      maxlength="500"
      aria-label=${t("Note on {name}", { name: row.name })}
      placeholder=${t("Note on {name}", { name: row.name })}
      onInput=${(event) => say({ notes: { ...said.notes, [row.id]: event.currentTarget.value } })}
    />`}<//>
    <div class="field">
      <label for="to">${t("To")}</label>
      <select class="input" id="to" onChange=${(event) => say({ to: event.currentTarget.value })}>
        <option value="">${t("Back where each came from")}</option>
        <optgroup label=${t("Colleagues")}>
          ${matter.receivers.map((each) => html`<option value=${`user_id:${each.id}`}>${each.name} · ${personState(each.state, each.state_reason)}</option>`)}
        </optgroup>
        <optgroup label=${t("Queues")}>
          ${matter.queues.map((each) => html`<option value=${`queue_id:${each.id}`}>${each.name}</option>`)}
        </optgroup>
      </select>
      <p class="hint">${said.to.startsWith("user_id") ? t("You stay until they accept; nothing new comes meanwhile.") : t("You leave at once.")}</p>
    </div>
    <div class="field">
      <label for="note">${t("What the next one should know")}</label>
      <textarea class="input" id="note" rows="3" maxlength="2000" required autofocus onInput=${(event) => say({ note: event.currentTarget.value })}></textarea>
    </div>
    <details>
      <summary>${t("About the shift")}</summary>
      <div class="form">
        ${Object.entries(SHIFT).map(
          ([name, label]) => html`<div class="field" key=${name}>
            <label for=${name}>${t(label)}</label>
            <textarea class="input" id=${name} rows="2" maxlength="2000" onInput=${(event) => say({ [name]: event.currentTarget.value })}></textarea>
          </div>`,
        )}
      </div>
    </details>
    <label class="check">
      <input type="checkbox" checked=${said.sign_out} onChange=${(event) => say({ sign_out: event.currentTarget.checked })} />${t("Sign me out then")}
    </label>
    <div class="dialog-deeds">
      <button type="button" class="button" onClick=${close}>${t("Cancel")}</button>
      <button class="button primary" disabled=${!said.note.trim()}>${t("Hand over")}</button>
    </div>
  </form>`;
}

export function TakeOn({ now }) {
  const [word, setWord] = useState("");
  const [isBeyond, setBeyond] = useState(false);
  const handover = now.duties.handovers.find(({ mine }) => !mine);
  if (!handover) return html`<p>${t("This hand-over was settled meanwhile.")}</p>`;
  const answer = async (deed) => {
    if (await attend(`handovers/${handover.id}/${deed}`, { word: word.trim(), beyond_capacity: isBeyond })) close();
  };
  return html`<form class="form" onSubmit=${(event) => event.preventDefault() || answer("accept")}>
    <h2>${t("Take on from {name}", { name: handover.from })}</h2>
    <p class="said-by">${handover.note}</p>
    <dl class="pairs">
      ${Object.entries(SHIFT).map(([name, label]) => handover[name] && html`<dt>${t(label)}</dt><dd>${handover[name]}</dd>`)}
    </dl>
    <${Matter} rows=${handover.conversations}>${(row) => handover.notes[row.id] && html`<p class="small">${handover.notes[row.id]}</p>`}<//>
    ${!handover.fits &&
    html`<label class="check">
      <input type="checkbox" checked=${isBeyond} onChange=${(event) => setBeyond(event.currentTarget.checked)} />${t("This is more than I can have; I take it all the same")}
    </label>`}
    <div class="field">
      <label for="word">${t("A word")}</label>
      <input class="input" id="word" maxlength="500" autofocus onInput=${(event) => setWord(event.currentTarget.value)} />
      <p class="hint">${t("To decline, say why.")}</p>
    </div>
    <div class="dialog-deeds">
      <button type="button" class="button" disabled=${!word.trim()} onClick=${() => answer("decline")}>${t("Decline")}</button>
      <button class="button primary" disabled=${!handover.fits && !isBeyond}>${t("Accept")}</button>
    </div>
  </form>`;
}

const Matter = ({ rows, children }) => html`<ul class="matter">
  ${rows.map(
    (row) => html`<li key=${row.id}>
      <span class="row">
        <${Mark} kind=${row.kind} account=${row.account} />
        <span class="cut"><strong>${row.name}</strong> <span class="muted">${aboutOf(row)}</span></span>
        ${row.deadline && html`<${Due} deadline=${row.deadline} />`}
      </span>
      ${children(row)}
    </li>`,
  )}
</ul>`;
