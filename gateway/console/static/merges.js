// Queues that are worked as one for a while: said under each of them, begun and ended by a supervisor.

import { html } from "./vendor/htm-preact.js";
import { post } from "./api.js";
import { dayAndClock } from "./times.js";
import { t } from "./words.js";

const MINUTE = 60_000;
const LENGTHS = [30, 60, 120, 240, 480];

export function MergedWith({ queue, queues, merges, ask }) {
  const merge = merges.find(({ queue_ids }) => queue_ids.includes(queue.id));
  if (!merge) return null;
  const others = namesOf(queues, merge).filter((name) => name !== queue.name);
  const until = merge.ends_at ? t("until {when}", { when: dayAndClock(merge.ends_at) }) : t("until it is ended");
  return html`<div class="of-all muted small">
    <span class="tag notice">${t("Merged with {names}", { names: others.join(", ") })}</span>
    <span>${until} · ${merge.reason}</span>
    <button class="button" onClick=${() => ask({ Content: PartQueues, merge })}>${t("Unmerge")}</button>
  </div>`;
}

export function MergeQueues({ floor, choice, setChoice }) {
  const chosen = choice.queues || [];
  const toggle = (id) => setChoice({ ...choice, queues: chosen.includes(id) ? chosen.filter((each) => each !== id) : [...chosen, id] });
  const setLength = (event) => setChoice({ ...choice, minutes: Number(event.currentTarget.value) });
  return {
    title: t("Merge queues"),
    deed: t("Merge"),
    fields: html`<p class="muted">${t("Whoever works in one of them works in all of them, each with their own skills.")}</p>
      <div class="checks" role="group" aria-label=${t("Queues")}>
        ${floor.queues.map(
          ({ id, name }) => html`<label key=${id}><input type="checkbox" checked=${chosen.includes(id)} onChange=${() => toggle(id)} />${name}</label>`,
        )}
      </div>
      <div class="field">
        <label for="length">${t("For how long")}</label>
        <select class="input" id="length" onChange=${setLength}>
          <option value="0">${t("until it is ended")}</option>
          ${LENGTHS.map((minutes) => html`<option value=${minutes}>${lengthOf(minutes)}</option>`)}
        </select>
      </div>`,
    act: (reason) => post("merges", { queue_ids: chosen, reason, ...endOf(choice.minutes) }),
  };
}

function PartQueues({ floor, merge }) {
  return {
    title: t("Unmerge {names}", { names: namesOf(floor.queues, merge).join(", ") }),
    deed: t("Unmerge"),
    fields: html`<p class="muted">${t("Each queue has its own members again. Whoever has a conversation keeps it.")}</p>`,
    act: (reason) => post(`merges/${merge.id}/end`, { reason }),
  };
}

const namesOf = (queues, { queue_ids }) => queues.filter(({ id }) => queue_ids.includes(id)).map(({ name }) => name);

const lengthOf = (minutes) => (minutes < 60 ? t("{n} min", { n: minutes }) : t("{n} h", { n: minutes / 60 }));

const endOf = (minutes) => (minutes ? { ends_at: new Date(Date.now() + minutes * MINUTE).toISOString() } : {});
