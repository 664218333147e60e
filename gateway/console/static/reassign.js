// Taking conversations from an agent: all of them, or those that are ticked.

import { html, useEffect, useState } from "./vendor/htm-preact.js";
import { get, post } from "./api.js";
import { Mark } from "./icons.js";
import { aboutOf } from "./previews.js";
import { t } from "./words.js";

export function Clear({ agent, floor, choice, setChoice }) {
  const { to = {}, ids } = choice;
  const pick = (event) => {
    const [kind, id] = event.currentTarget.value.split(":");
    setChoice({ ...choice, to: id ? { [kind]: id } : {} });
  };
  const others = floor.agents.filter((each) => each.id !== agent.id);
  return {
    title: t("Take {n} conversations from {name}", { n: ids ? ids.length : agent.conversations, name: agent.name }),
    deed: t("Reassign"),
    fields: html`
      <${Chosen} agent=${agent} ids=${ids} choose=${(chosen) => setChoice({ ...choice, ids: chosen })} />
      <div class="field">
        <label for="to">${t("To")}</label>
        <select class="input" id="to" onChange=${pick}>
          <option value="">${t("Back where each came from")}</option>
          <optgroup label=${t("Queues")}>${floor.queues.map(({ id, name }) => html`<option value=${`queue_id:${id}`}>${name}</option>`)}</optgroup>
          <optgroup label=${t("Agents")}>${others.map(({ id, name }) => html`<option value=${`user_id:${id}`}>${name}</option>`)}</optgroup>
        </select>
      </div>
    `,
    act: (reason) => post(`agents/${agent.id}/clear`, { ...to, ...(ids && { conversation_ids: ids }), reason }),
  };
}

// Without a word about single ones it is all of them, also those that come meanwhile.
function Chosen({ agent, ids, choose }) {
  const [rows, setRows] = useState([]);
  const [problem, setProblem] = useState("");
  useEffect(() => {
    get(`agents/${agent.id}/conversations`).then(
      (found) => setRows(found.conversations),
      (error) => setProblem(error.message),
    );
  }, [agent.id]);
  const chosen = ids || rows.map(({ id }) => id);
  const toggle = (id) => choose(chosen.includes(id) ? chosen.filter((each) => each !== id) : [...chosen, id]);
  if (problem) return html`<p class="alert" role="alert">${problem}</p>`;
  return html`<div class="choices" role="group" aria-label=${t("Conversations")}>
    ${rows.map(
      (row) => html`<label class="check" key=${row.id}>
        <input type="checkbox" checked=${chosen.includes(row.id)} onChange=${() => toggle(row.id)} />
        <${Mark} kind=${row.kind} account=${row.account} />
        <span class="cut"><strong>${row.name}</strong> <span class="muted">${aboutOf(row)}</span></span>
      </label>`,
    )}
  </div>`;
}
