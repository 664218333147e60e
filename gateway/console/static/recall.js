// Asking people on a break to come back: a supervisor asks, and the floor shows who comes.

import { html } from "./vendor/htm-preact.js";
import { post } from "./api.js";
import { clockOf } from "./times.js";
import { t } from "./words.js";

const ANSWERS = new Map([
  [true, ["✓", "comes back"]],
  [false, ["✗", "does not come back"]],
  [null, ["…", "not answered yet"]],
]);

export function AskBack({ floor, choice, setChoice }) {
  const id = choice.queue || floor.queues[0].id;
  return {
    title: t("Ask back from breaks"),
    deed: t("Ask"),
    fields: html`<p class="muted">${t("Everybody of the queue who is on a break is asked on their screen, but nobody in a planned meal.")}</p>
      <div class="field">
        <label for="queue">${t("Queue")}</label>
        <select class="input" id="queue" onChange=${(event) => setChoice({ queue: event.currentTarget.value })}>
          ${floor.queues.map((queue) => html`<option value=${queue.id} selected=${queue.id === id}>${queue.name}</option>`)}
        </select>
      </div>`,
    act: (reason) => post(`queues/${id}/recall`, { reason }),
  };
}

export function Asked({ queue, recalls }) {
  const asked = recalls.filter(({ queue_id }) => queue_id === queue.id);
  if (!asked.length) return null;
  return html`<div class="of-all muted small">
    <span class="tag notice">${t("Asked back")}</span>
    ${asked.map((each) => {
      const [sign, words] = ANSWERS.get(each.comes);
      return html`<span key=${each.id} title=${`${clockOf(each.asked_at)} ${each.reason}: ${t(words)}`}>${each.name} ${sign}</span>`;
    })}
  </div>`;
}
