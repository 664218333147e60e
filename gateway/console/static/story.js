// What happened between the messages, folded to one quiet line.

import { html, useState } from "./vendor/htm-preact.js";
import { wishName } from "./names.js";
import { dayAndClock, fullTime } from "./times.js";
import { t } from "./words.js";

const SENTENCES = {
  "conversation.opened": (event) => t("Conversation opened"),
  "conversation.queued": (event) =>
    event.queue ? t("To the queue {queue}", { queue: event.queue }) : t("Given back; no queue yet"),
  "conversation.assigned": (event) => t("Assigned to {name}", { name: event.assignee || "?" }),
  "conversation.joined": (event) => t("{name} joined", { name: who(event) }),
  "abuse.marked": (event) => t("Marked as abusive by {name}", { name: who(event) }),
  "hand.raised": (event) => t("{name} asked for help", { name: who(event) }),
  "hand.taken": (event) => t("{name} comes to help", { name: who(event) }),
  "hand.lowered": (event) => t("The hand was lowered by {name}", { name: who(event) }),
  "conversation.offered": (event) => t("Offered to {name}", { name: event.assignee || "?" }),
  "conversation.declined": (event) => t("Declined by {name}", { name: who(event) }),
  "conversation.missed": (event) => t("Not accepted by {name}", { name: event.assignee || "?" }),
  "conversation.escalated": (event) => t("Handed up by {name}", { name: who(event) }),
  "conversation.resolved": (event) => t("Resolved by {name}", { name: who(event) }),
  "conversation.reopened": (event) => t("Reopened by {name}", { name: who(event) }),
  "conversation.wished": (event) => wishName(event.wish),
  "conversation.closed": (event) => t("Closed"),
  "fault.changed": (event) => t("Fault of a machine: {what}", { what: t(event.fault) }),
  "fault.settled": (event) => t("Fault settled: {what}", { what: t(event.fault) }),
  "deadline.warned": (event) => t("Soon due: {what}", { what: t(event.deadline) }),
  "deadline.breached": (event) => t("Not kept in time: {what}", { what: t(event.deadline) }),
  "survey.sent": (event) => t("The customer was asked for a score"),
  "survey.answered": (event) =>
    event.score ? t("The customer gave {score} of 5", { score: event.score }) : t("The customer gave a score"),
};

const ACTORS = { contact: "the customer", router: "routing", system: "Huiliu", survey: "Huiliu", delivery: "Huiliu" };

const who = (event) => event.actor_name || t(ACTORS[event.actor] || "Huiliu");

export function Story({ events }) {
  const [isWhole, showWhole] = useState(false);
  const shown = isWhole ? events : events.slice(-1);
  return html`<div class="story">
    ${events.length > 1 &&
    html`<button class="link-button small" aria-expanded=${isWhole} onClick=${() => showWhole(!isWhole)}>
      ${isWhole ? t("Show less") : t("{n} more", { n: events.length - 1 })}
    </button>`}
    ${shown.map((event) => html`<${Line} key=${event.position} event=${event} />`)}
  </div>`;
}

function Line({ event }) {
  const sentence = SENTENCES[event.kind](event);
  const by = event.actor_name && event.actor_name !== event.assignee ? event.actor_name : "";
  const why = [...event.steps, event].map(({ sentence, values }) => t(sentence, values)).filter(Boolean);
  const detail = [by, why.join(t("; "))].filter(Boolean).join(": ");
  return html`<div class="small muted" title=${fullTime(event.at)}>
    ${sentence}${detail && html`<span class="reason"> — ${detail}</span>`} · <span class="number">${dayAndClock(event.at)}</span>
  </div>`;
}
