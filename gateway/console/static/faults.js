// Faults of machines, told by a customer: what happened where, and whether it may be handled as an emergency.

import { html, useEffect, useState } from "./vendor/htm-preact.js";
import { clearFault, decideFault, reportFault, settleFault } from "./actions.js";
import { get } from "./api.js";
import { Until } from "./deadline.js";
import { wallIn } from "./moments.js";
import { change } from "./store.js";
import { dayAndClock } from "./times.js";
import { boot, t } from "./words.js";

const URGENCY = { asked: "Emergency: waits for approval", approved: "Emergency: approved", declined: "Emergency: not approved" };

const CASH = "cash difference";

// In the panel of the customer, where there are machines at all.
export function MachineFaults({ thread, row }) {
  const { faults, has_machines: hasMachines } = thread;
  if (!faults.length && !hasMachines) return null;
  return html`<section>
    <h3>${t("Faults of machines")}</h3>
    ${faults.map((fault) => html`<${Reported} key=${fault.id} fault=${fault} due=${row.promises.find((each) => each.about === fault.id)} />`)}
    ${hasMachines && html`<button class="button" onClick=${() => change({ dialog: "fault" })}>${t("Report a fault")}</button>`}
  </section>`;
}

function Reported({ fault, due }) {
  const what = html`<p>${t(fault.fault)} · ${fault.machine} <span class="muted small">${dayAndClock(fault.reported_at)}</span></p>`;
  if (fault.settled_at) return html`<div class="fault">${what}<p class="muted small">${t("Settled at {time}", { time: dayAndClock(fault.settled_at) })}</p></div>`;
  const mayDecide = fault.urgency === "asked" && boot.me.role !== "agent" && fault.reported_by !== boot.me.id;
  return html`<div class="fault">
    ${what}
    ${due && html`<p><${Until} deadline=${due} /></p>`}
    ${URGENCY[fault.urgency] && html`<p><span class="tag notice">${t(URGENCY[fault.urgency])}</span> <span class="muted small">${fault.reason}</span></p>`}
    ${mayDecide &&
    html`<p class="hold-deeds">
      <button class="button primary" onClick=${() => decideFault(fault.id, true)}>${t("Approve")}</button>
      <button class="button" onClick=${() => decideFault(fault.id, false)}>${t("Do not approve")}</button>
    </p>`}
    ${fault.fault === CASH && (fault.cleared_at ? html`<p>${t("Cleared at {time}", { time: dayAndClock(fault.cleared_at) })}</p>` : html`<${Clearing} fault=${fault} />`)}
    <button class="button" onClick=${() => settleFault(fault.id)}>${t("Mark as settled")}</button>
  </div>`;
}

function Clearing({ fault }) {
  const [at, setAt] = useState(wallIn(-5));
  return html`<div class="field">
    <label for="cleared">${t("Its time begins when the difference was cleared, at")}</label>
    <input class="input" id="cleared" type="datetime-local" value=${at} onInput=${(event) => setAt(event.currentTarget.value)} />
    <button class="button" onClick=${() => clearFault(fault.id, at)}>${t("Cleared")}</button>
  </div>`;
}

export function ReportFault({ close }) {
  const [choices, setChoices] = useState(null);
  const [said, setSaid] = useState({});
  useEffect(() => {
    get("machines").then(setChoices, (problem) => change({ dialog: null, toast: problem.message }));
  }, []);
  const say = (name) => (event) => setSaid({ ...said, [name]: event.currentTarget.value });
  const submit = async (event) => {
    event.preventDefault();
    if (await reportFault(said)) change({ dialog: null, toast: t("Reported.") });
  };
  const option = (value, title) => html`<option key=${value} value=${value}>${title}</option>`;
  return html`<form class="form" onSubmit=${submit}>
    <h2>${t("Report a fault")}</h2>
    <p>${t("The designated unit of the machine gets the conversation, and the time that the table promises begins to run.")}</p>
    <div class="field">
      <label for="machine">${t("Machine")}</label>
      <select class="input" id="machine" required onChange=${say("machine_id")}>
        <option value=""></option>
        ${choices?.machines.map((each) => option(each.id, `${each.name} · ${t(each.site)}`))}
      </select>
    </div>
    <div class="field">
      <label for="fault">${t("Fault")}</label>
      <select class="input" id="fault" required onChange=${say("fault")}>
        <option value=""></option>
        ${choices?.faults.map((each) => option(each, t(each)))}
      </select>
    </div>
    <div class="field">
      <label for="urgent">${t("Why it is an emergency, if it is one")}</label>
      <input class="input" id="urgent" maxlength="500" onInput=${say("urgent")} />
      <span class="hint">${t("A supervisor has to approve it; until then the ordinary time runs.")}</span>
    </div>
    <div class="dialog-deeds">
      <button type="button" class="button" onClick=${close}>${t("Cancel")}</button>
      <button class="button primary">${t("Report")}</button>
    </div>
  </form>`;
}
