// Questions that need an answer before something is done, and the list of keys.

import { html, useEffect, useState } from "./vendor/htm-preact.js";
import { describe, resolve, transfer } from "./actions.js";
import { get } from "./api.js";
import { Dialog } from "./dialog.js";
import { Escalate } from "./escalate.js";
import { ReportFault } from "./faults.js";
import { HandOver, TakeOn } from "./handover.js";
import { AskToBlock, EndBlock, MarkAbuse } from "./abuse.js";
import { RaiseHand, StepIn } from "./help.js";
import { KEYS } from "./keys.js";
import { Notices } from "./notices.js";
import { personState } from "./names.js";
import { Agree } from "./promises.js";
import { change } from "./store.js";
import { Templates } from "./templates.js";
import { t } from "./words.js";

const close = () => change({ dialog: null });

export function Dialogs({ now }) {
  const Content = CONTENTS[now.dialog];
  return Content ? html`<${Dialog} key=${now.dialog} close=${close}><${Content} now=${now} /><//>` : null;
}

const Reporting = () => html`<${ReportFault} close=${close} />`;

const Escalating = () => html`<${Escalate} close=${close} />`;

const Agreeing = () => html`<${Agree} close=${close} />`;

function Resolve() {
  const [reason, setReason] = useState("");
  const submit = async (event) => {
    event.preventDefault();
    if (await resolve(reason)) change({ dialog: null, toast: t("Resolved.") });
  };
  return html`<form class="form" onSubmit=${submit}>
    <h2>${t("Resolve without an answer")}</h2>
    <p>${t("The customer's last message is not answered. Say why nothing needs to be said; it stays in the story of the conversation.")}</p>
    <div class="field">
      <label for="reason">${t("Reason")}</label>
      <textarea class="input" id="reason" rows="3" maxlength="500" required autofocus onInput=${(event) => setReason(event.currentTarget.value)}></textarea>
    </div>
    <div class="dialog-deeds">
      <button type="button" class="button" onClick=${close}>${t("Cancel")}</button>
      <button class="button primary" disabled=${!reason.trim()}>${t("Resolve")}</button>
    </div>
  </form>`;
}

function Transfer({ now }) {
  const [choices, setChoices] = useState(null);
  const [wanted, setWanted] = useState("");
  const [note, setNote] = useState("");
  const [to, setTo] = useState(null);
  useEffect(() => {
    get("colleagues").then(setChoices, (problem) => change({ dialog: null, toast: problem.message }));
  }, []);
  const submit = async (event) => {
    event.preventDefault();
    if (to && (await transfer({ ...to, note }))) change({ dialog: null, toast: t("Handed over.") });
  };
  const fits = ({ name }) => name.toLowerCase().includes(wanted.trim().toLowerCase());
  const row = now.rows.get(now.openId);
  const queues = choices?.queues.filter((queue) => fits(queue)) || [];
  const agents = choices?.agents.filter((agent) => fits(agent) && agent.id !== row?.assignee_id) || [];
  return html`<form class="form" onSubmit=${submit}>
    <h2>${t("Transfer")}</h2>
    <input class="input" type="search" autofocus aria-label=${t("Queue or colleague")} placeholder=${t("Queue or colleague")} onInput=${(event) => setWanted(event.currentTarget.value)} />
    <div class="choices">
      ${!choices && html`<p class="muted">${t("Loading")}</p>`}
      ${choices && !queues.length && !agents.length && html`<p class="muted">${t("Nobody has this name.")}</p>`}
      ${queues.length > 0 && html`<h3>${t("Queues")}</h3>`}
      ${queues.map((queue) => html`<${Option} key=${queue.id} name=${queue.name} checked=${to?.queue_id === queue.id} choose=${() => setTo({ queue_id: queue.id })} />`)}
      ${agents.length > 0 && html`<h3>${t("Colleagues")}</h3>`}
      ${agents.map(
        (agent) => html`<${Option} key=${agent.id} name=${agent.name} state=${agent.state} reason=${agent.state_reason} checked=${to?.user_id === agent.id} choose=${() => setTo({ user_id: agent.id })} />`,
      )}
    </div>
    <div class="field">
      <label for="note">${t("What they should know")}</label>
      <textarea class="input" id="note" rows="2" maxlength="500" onInput=${(event) => setNote(event.currentTarget.value)}></textarea>
    </div>
    <div class="dialog-deeds">
      <button type="button" class="button" onClick=${close}>${t("Cancel")}</button>
      <button class="button primary" disabled=${!to}>${t("Transfer")}</button>
    </div>
  </form>`;
}

function Describe({ now }) {
  const { contact } = now.thread;
  const [agents, setAgents] = useState([]);
  const [segment, setSegment] = useState(contact.segment);
  const [tags, setTags] = useState(contact.tags.join(", "));
  const [manager, setManager] = useState(contact.manager_id || "");
  useEffect(() => {
    get("colleagues").then((found) => setAgents(found.agents), (problem) => change({ dialog: null, toast: problem.message }));
  }, []);
  const submit = async (event) => {
    event.preventDefault();
    const words = tags.split(/[,，、]/).map((tag) => tag.trim()).filter(Boolean);
    if (await describe({ segment, tags: words, manager_id: manager || null })) change({ dialog: null, toast: t("Saved.") });
  };
  return html`<form class="form" onSubmit=${submit}>
    <h2>${t("Describe the customer")}</h2>
    <p class="muted">${t("Colleagues see it, and rules can lead the customer's conversations by it.")}</p>
    <div class="field">
      <label for="segment">${t("Segment")}</label>
      <input class="input" id="segment" maxlength="60" autofocus value=${segment} onInput=${(event) => setSegment(event.currentTarget.value)} />
    </div>
    <div class="field">
      <label for="tags">${t("Tags, separated by commas")}</label>
      <input class="input" id="tags" value=${tags} onInput=${(event) => setTags(event.currentTarget.value)} />
    </div>
    <div class="field">
      <label for="manager">${t("Named manager")}</label>
      <select class="input" id="manager" value=${manager} onChange=${(event) => setManager(event.currentTarget.value)}>
        <option value="">${t("nobody")}</option>
        ${agents.map((agent) => html`<option key=${agent.id} value=${agent.id} selected=${agent.id === manager}>${agent.name}</option>`)}
      </select>
    </div>
    <div class="dialog-deeds">
      <button type="button" class="button" onClick=${close}>${t("Cancel")}</button>
      <button class="button primary">${t("Save")}</button>
    </div>
  </form>`;
}

const Option = ({ name, state, reason, checked, choose }) =>
  html`<label class="option">
    <input type="radio" name="to" checked=${checked} onChange=${choose} />
    <span class="cut">${name}</span>
    ${state && html`<span class="muted small"><span class=${`dot ${state}`}></span> ${personState(state, reason)}</span>`}
  </label>`;

const Keys = () =>
  html`<h2>${t("Keys")}</h2>
    <dl class="keys">
      ${KEYS.map(([keys, meaning]) => html`<dt>${keys.map((key) => html`<kbd>${key}</kbd> `)}</dt><dd>${t(meaning)}</dd>`)}
    </dl>
    <div class="dialog-deeds"><button class="button" onClick=${close}>${t("Close")}</button></div>`;

const CONTENTS = {
  resolve: Resolve,
  transfer: Transfer,
  describe: Describe,
  promise: Agreeing,
  escalate: Escalating,
  fault: Reporting,
  templates: Templates,
  keys: Keys,
  "hand-over": HandOver,
  "take-on": TakeOn,
  hand: RaiseHand,
  abuse: MarkAbuse,
  notices: Notices,
  block: AskToBlock,
  unblock: EndBlock,
  "step-in": StepIn,
};
