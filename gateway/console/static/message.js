// One message: its parts, the channel it went over, and what became of it.

import { html, useState } from "./vendor/htm-preact.js";
import { deliver, discard, retry } from "./actions.js";
import { Icon, Mark } from "./icons.js";
import { Part } from "./parts.js";
import { clockOf, fullTime } from "./times.js";
import { t } from "./words.js";

const STATES = {
  pending: ["clock", "sending", ""],
  held: ["pause", "held", "notice"],
  claimed: ["clock", "sending", ""],
  submitting: ["clock", "sending", ""],
  unknown: ["doubt", "unknown", "notice"],
  accepted: ["check", "accepted", ""],
  delivered: ["checks", "delivered", ""],
  read: ["checks", "read", "read"],
  failed: ["cross", "not delivered", "danger"],
  suppressed: ["pause", "not sent", "notice"],
  cancelled: ["pause", "cancelled", "notice"],
};

// By `error_kind`: what it means for the person who wrote.
const REASONS = {
  provider_unavailable: "The provider cannot be reached.",
  throttled: "The provider asks us to slow down.",
  unknown_outcome: "No answer came: the customer may or may not have got it.",
  window_closed: "The time in which the provider lets us write is over.",
  rejected: "The provider refused it.",
  opted_out: "The customer does not want messages here.",
  overtaken: "The customer saw it another way before it was sent.",
  too_often: "Too much was sent to them automatically; a person may still write.",
  misconfigured: "The account's settings are wrong; an administrator must repair them.",
  not_sendable: "This channel cannot carry it.",
};

export function Message({ message, isElsewhere, me }) {
  const side = message.direction === "inbound" ? "theirs" : message.direction === "note" ? "note" : "own";
  const author = authorOf(message, me);
  const isWhisper = message.author === "supervisor";
  return html`<article class=${`message ${side}`}>
    ${message.subject && side !== "note" && html`<div class="subject">${message.subject}</div>`}
    <div class=${`bubble ${message.recalled_at ? "recalled" : ""}`}>
      ${message.parts.map((part, place) => html`<${Part} key=${place} part=${part} />`)}
    </div>
    <footer class="meta small muted">
      <${Mark} kind=${message.kind} account=${message.account} />
      ${side === "note" && html`<span class=${isWhisper ? "tag notice" : ""}>${isWhisper ? t("Whisper") : t("Note")}</span>`} ${author && html`<span class="cut">${author}</span>`}
      ${isElsewhere && html`<a href=${`#open/${message.conversation_id}`}>${t("other conversation")}</a>`}
      <time class="number" datetime=${message.at} title=${fullTime(message.at)}>${clockOf(message.at)}</time>
      ${message.recalled_at && html`<span class="tag notice" title=${fullTime(message.recalled_at)}>${t("recalled")}</span>`}
      ${message.deliveries.some((part) => part.mailed_as) && html`<span class="tag">${t("also by e-mail, below")}</span>`}
      ${message.state && html`<${State} state=${message.state} />`}
    </footer>
    ${message.deliveries.filter((part) => part.can_retry || part.state === "suppressed").map((part) => html`<${Trouble} key=${part.id} part=${part} of=${message.deliveries.length} />`)}
  </article>`;
}

function authorOf(message, me) {
  if (message.author === "system") return t("automatic");
  if (message.author !== "contact" && message.author_name !== me.name) return message.author_name;
  return "";
}

function State({ state }) {
  const [icon, word, tone] = STATES[state];
  return html`<span class=${`state ${tone}`}><${Icon} name=${icon} />${t(word)}</span>`;
}

function Trouble({ part, of }) {
  const [isTrying, setTrying] = useState(false);
  const again = async () => {
    setTrying(true);
    await retry(part.id);
    setTrying(false);
  };
  const words = [part.error_code, part.error_text].filter(Boolean).join(" ");
  return html`<div class=${`trouble small ${part.state === "failed" ? "danger" : "notice"}`}>
    <div>
      ${of > 1 && html`<strong>${t("Part {n} of {all}", { n: part.position + 1, all: of })} · </strong>`}
      ${t(REASONS[part.error_kind] || "It could not be delivered.")} ${words && html`<span class="said-by-provider">${words}</span>`}
      ${part.attempt > 1 && html`<span> · ${t("attempt {n}", { n: part.attempt })}</span>`}
    </div>
    ${part.can_retry && html`<button class="button" disabled=${isTrying} onClick=${again}>${isTrying ? t("Trying") : t("Try again")}</button>`}
  </div>`;
}

// Written here, not committed yet.
export function Unsent({ entry }) {
  return html`<article class=${`message unsent ${entry.note ? "note" : "own"}`}>
    <div class="bubble">
      ${entry.text && html`<p class="text">${entry.text}</p>`}
      ${entry.files.map((file) => html`<p key=${file.digest} class="muted">${file.name || t("file")}</p>`)}
    </div>
    <footer class="meta small muted">
      ${entry.sending
        ? html`<span class="state"><${Icon} name="clock" />${t("saving")}</span>`
        : html`<span class="state danger"><${Icon} name="cross" />${t("not sent")}</span>`}
    </footer>
    ${!entry.sending &&
    html`<div class="trouble small danger">
      <div>${entry.error || t("It was not sent before the page was left.")} ${t("It is kept here.")}</div>
      <button class="button" onClick=${() => deliver(entry)}>${t("Try again")}</button>
      <button class="button quiet" onClick=${() => discard(entry)}>${t("Discard")}</button>
    </div>`}
  </article>`;
}
