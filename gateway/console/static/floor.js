// The floor: who waits, who works, and what a supervisor does about it. Asked for anew every second.

import { html, render, useEffect, useState } from "./vendor/htm-preact.js";
import { get, post, put } from "./api.js";
import { Dialog } from "./dialog.js";
import { EmergencySwitch } from "./emergency.js";
import { MergedWith, MergeQueues } from "./merges.js";
import { Clear } from "./reassign.js";
import { personState } from "./names.js";
import { AskBack, Asked } from "./recall.js";
import { fullTime, number, since } from "./times.js";
import { t } from "./words.js";

const SECOND = 1_000;
const LONG = 60;
const PROMISED = 80;
const STATES = ["ready", "break", "offline"];
const PERMIT = "permit";

function useFloor() {
  const [floor, setFloor] = useState({ queues: null, agents: [], problem: "" });
  const look = () =>
    get("floor").then(
      (figures) => setFloor({ ...figures, problem: "" }),
      (problem) => setFloor((before) => ({ ...before, problem: problem.message })),
    );
  useEffect(() => {
    let over = false;
    const goOn = async () => {
      if (!document.hidden) await look();
      if (!over) setTimeout(goOn, SECOND);
    };
    goOn();
    return () => (over = true);
  }, []);
  return [floor, look];
}

function Floor() {
  const [floor, look] = useFloor();
  const [asked, setAsked] = useState(null);
  const close = () => setAsked(null);
  const done = () => close() || look();
  return html`
    ${floor.problem && html`<p class="alert" role="alert">${floor.problem}</p>`}
    ${floor.queues
      ? html`<${EmergencySwitch} on=${floor.emergency} ask=${setAsked} /><${Queues} floor=${floor} ask=${setAsked} /><${Agents} floor=${floor} ask=${setAsked} />`
      : html`<p class="muted">${t("Loading")}</p>`}
    ${asked && html`<${Dialog} close=${close}><${Question} ...${asked} floor=${floor} done=${done} close=${close} /><//>`}
  `;
}

const Queues = ({ floor: { queues, merges, overflow, recalls, now, within }, ask }) => html`<section class="card" aria-label=${t("Queues")}>
  <header>
    <h2>${t("Queues")}</h2>
    <div class="row">
      <button class="button" disabled=${!queues.length} onClick=${() => ask({ Content: AskBack })}>${t("Ask back from breaks")}</button>
      <button class="button" disabled=${queues.length < 2} onClick=${() => ask({ Content: MergeQueues })}>${t("Merge queues")}</button>
    </div>
  </header>
  <div class="floor-row of-queue floor-head">
    <span>${t("Queue")}</span>
    ${["In line", "Longest wait", "Expected wait", "With agents", "Ready"].map((each) => html`<span class="figure">${t(each)}</span>`)}
    <span class="figure">${t("In {n} s today", { n: within })}</span>
  </div>
  ${!queues.length && html`<div class="empty"><h2>${t("No queues yet")}</h2></div>`}
  ${queues.map(
    (queue) => html`<div class="floor-row of-queue" key=${queue.id} data-queue=${queue.name}>
      <strong class="cut whole">${queue.name}</strong>
      <${Figure} label="In line" value=${number(queue.waiting)} />
      <${Wait} at=${queue.since} now=${now} />
      <${Figure} label="Expected wait" value=${queue.minutes === null ? "—" : t("{n} min", { n: queue.minutes })} />
      <${Figure} label="With agents" value=${number(queue.in_service)} />
      <${Figure} label="Ready" value=${`${queue.ready} / ${queue.members}`} late=${queue.waiting > 0 && !queue.ready} />
      <${Figure} label=${t("In {n} s today", { n: within })} value=${queue.level === null ? "—" : `${queue.level} %`} late=${queue.level !== null && queue.level < PROMISED} />
      <${MergedWith} queue=${queue} queues=${queues} merges=${merges} ask=${ask} />
      <${Asked} queue=${queue} recalls=${recalls} />
      ${overflow.filter(({ queue_id }) => queue_id === queue.id).map((step) => html`<${Step} key=${step.id} step=${step} />`)}
    </div>`,
  )}
</section>`;

const Step = ({ step }) => html`<div class="of-all muted small">
  <span class="tag danger">${t("Overflow")}</span><span>${step.when} → ${step.then} · ${since(step.since)}</span>
</div>`;

const Agents = ({ floor, ask }) => html`<section class="card" aria-label=${t("Agents")}>
  <div class="floor-row floor-head">
    <span>${t("Agent")}</span>
    ${["Has", "Unanswered", "Longest wait"].map((each) => html`<span class="figure">${t(each)}</span>`)}
    <span>${t("Queues")}</span><span></span>
  </div>
  ${floor.agents.map((agent) => html`<${Agent} key=${agent.id} agent=${agent} floor=${floor} ask=${ask} />`)}
</section>`;

const Agent = ({ agent, floor, ask }) => html`<div class="floor-row" data-agent=${agent.login}>
  <span class="whole">
    <strong class="cut">${agent.name}</strong>
    <span class=${`small ${isLate(agent, floor.now) ? "late" : "muted"}`} title=${fullTime(agent.state_since)}>
      <span class=${`dot ${agent.state}`}></span> ${personState(agent.state, agent.state_reason)} ${since(agent.state_since)}
      ${agent.offered > 0 && html`<span class="tag">${t("{n} offered", { n: agent.offered })}</span>`}
      ${agent.leaving && html`<span class="tag notice">${t("wants to hand over")}</span>`}
      ${agent.hand && html`<${Hand} hand=${agent.hand} />`}
    </span>
  </span>
  <${Figure} label="Has" value=${`${number(agent.load)} / ${agent.capacity}`} />
  <${Figure} label="Unanswered" value=${number(agent.unanswered)} />
  <${Wait} at=${agent.since} now=${floor.now} />
  <span class="tags whole">
    ${floor.queues.filter(({ id }) => agent.queue_ids.includes(id)).map(({ name }) => html`<span class="tag">${name}</span>`)}
  </span>
  <span class="row whole">
    ${agent.leaving
      ? html`<button class="button" onClick=${() => ask({ Content: Release, agent })}>${t("Let go")}</button>`
      : html`<button class="button" onClick=${() => ask({ Content: SetState, agent })}>${t("State")}</button>`}
    <button class="button" onClick=${() => ask({ Content: Move, agent })}>${t("Queues")}</button>
    <button class="button" disabled=${!agent.conversations} onClick=${() => ask({ Content: Clear, agent })}>${t("Reassign")}</button>
  </span>
</div>`;

// A break that lasts longer than such breaks may.
const isLate = (agent, now) => agent.break_until !== null && new Date(now) > new Date(agent.break_until);

const Hand = ({ hand }) => html`<span class="hand">
  <span class="tag danger" title=${fullTime(hand.raised_at)}>${t("Help")}: ${hand.word}</span>
  ${hand.helper
    ? html`<span>${t("{name} helps", { name: hand.helper })}</span>`
    : html`<button class="link-button" onClick=${() => post(`hands/${hand.id}/take`)}>${t("I help")}</button>`}
  ${hand.conversation_id && html`<a href=${`/#open/${hand.conversation_id}`}>${t("Open")}</a>`}
  <button class="link-button" onClick=${() => post(`hands/${hand.id}/lower`)}>${t("Lower")}</button>
</span>`;

const Figure = ({ label, value, late }) =>
  html`<span class=${`figure ${late ? "late" : ""}`}><span class="label">${t(label)}</span>${value}</span>`;

function Wait({ at, now }) {
  const seconds = at ? Math.max(0, Math.round((new Date(now) - new Date(at)) / SECOND)) : null;
  const value = at ? `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}` : "—";
  return html`<${Figure} label="Longest wait" value=${value} late=${seconds > LONG} />`;
}

function Question({ Content, floor, done, close, ...about }) {
  const [choice, setChoice] = useState({});
  const [reason, setReason] = useState("");
  const [problem, setProblem] = useState("");
  const { title, deed, danger, fields, act } = Content({ ...about, floor, choice, setChoice });
  const submit = (event) => {
    event.preventDefault();
    act(reason.trim()).then(done, (error) => setProblem(error.message));
  };
  return html`<form class="form" onSubmit=${submit}>
    <h2>${title}</h2>
    ${fields}
    <div class="field">
      <label for="reason">${t("Reason")}</label>
      <input class="input" id="reason" maxlength="500" required onInput=${(event) => setReason(event.currentTarget.value)} />
      <p class="hint">${t("It is kept with your name.")}</p>
    </div>
    ${problem && html`<p class="alert" role="alert">${problem}</p>`}
    <div class="dialog-deeds">
      <button type="button" class="button" onClick=${close}>${t("Cancel")}</button>
      <button class=${`button ${danger ? "danger" : "primary"}`} disabled=${!reason.trim()}>${deed}</button>
    </div>
  </form>`;
}

function SetState({ agent, choice, setChoice }) {
  const state = choice.state || STATES.find((each) => each !== agent.state);
  return {
    title: t("State of {name}", { name: agent.name }),
    deed: t("Set"),
    fields: html`<div class="checks" role="radiogroup" aria-label=${t("State")}>
      ${STATES.map(
        (each) => html`<label>
          <input type="radio" name="state" checked=${each === state} onChange=${() => setChoice({ state: each })} />${personState(each)}
        </label>`,
      )}
      <label>
        <input type="radio" name="state" checked=${state === PERMIT} onChange=${() => setChoice({ state: PERMIT })} />${t("May take a break within 15 minutes")}
      </label>
    </div>`,
    act: (reason) => (state === PERMIT ? post(`agents/${agent.id}/break`, { reason }) : put(`agents/${agent.id}/state`, { state, reason })),
  };
}

const Release = ({ agent }) => ({
  title: t("Let {name} go", { name: agent.name }),
  deed: t("Let go"),
  fields: html`<p>${t("They wait for their hand-over to be accepted. What they have goes back to its queues.")}</p>`,
  act: (reason) => post(`agents/${agent.id}/release`, { reason }),
});

function Move({ agent, floor, choice, setChoice }) {
  const chosen = choice.queues || agent.queue_ids;
  const toggle = (id) => setChoice({ queues: chosen.includes(id) ? chosen.filter((each) => each !== id) : [...chosen, id] });
  return {
    title: t("Queues of {name}", { name: agent.name }),
    deed: t("Move"),
    fields: html`<div class="checks" role="group" aria-label=${t("Queues")}>
      ${floor.queues.map(
        ({ id, name }) => html`<label key=${id}><input type="checkbox" checked=${chosen.includes(id)} onChange=${() => toggle(id)} />${name}</label>`,
      )}
    </div>`,
    act: (reason) => put(`agents/${agent.id}/queues`, { queue_ids: chosen, reason }),
  };
}

render(html`<${Floor} />`, document.getElementById("floor"));
