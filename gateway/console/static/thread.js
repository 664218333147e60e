// The middle pane: one conversation, its deeds, everything said on every channel, and the composer.

import { html, useEffect, useLayoutEffect, useRef } from "./vendor/htm-preact.js";
import { askToResolve, hold, loadEarlier, refreshThread, release, reopen, take } from "./actions.js";
import { Composer } from "./composer.js";
import { Due } from "./deadline.js";
import { canStepIn } from "./help.js";
import { Icon, Mark } from "./icons.js";
import { Message, Unsent } from "./message.js";
import { wishName } from "./names.js";
import { go } from "./places.js";
import { Hold, isHeld } from "./promises.js";
import { change, isOpen } from "./store.js";
import { Story } from "./story.js";
import { dayName, dayOf } from "./times.js";
import { t } from "./words.js";

const NEAR_END = 80;

export function Thread({ now }) {
  const { thread } = now;
  const row = thread && now.rows.get(thread.id);
  return html`<section class="thread" aria-label=${t("Conversation")}>
    ${!thread && html`<${Nothing} />`}
    ${thread && html`<${Head} row=${row} now=${now} />`}
    ${thread?.status === "loading" && html`<${Skeleton} />`}
    ${thread?.status === "gone" && html`<${Gone} />`}
    ${thread?.status === "failed" && html`<${Failed} thread=${thread} />`}
    ${thread?.status === "ready" &&
    html`<${Timeline} key=${thread.id} thread=${thread} unsent=${now.unsent} me=${now.me} />
      <${Writing} row=${now.writing === thread.id && row} />
      ${row && isOpen(row) && html`<${Hold} row=${row} />`}
      <${Foot} key=${`foot-${thread.id}`} row=${row} thread=${thread} intent=${now.intent} />`}
  </section>`;
}

function Head({ row, now }) {
  return html`<header class="head">
    <button class="button quiet icon narrow-only" aria-label=${t("Back to the list")} onClick=${() => go({ openId: null })}>
      <${Icon} name="back" />
    </button>
    <div class="title">
      ${row &&
      html`<h1 class="cut" title=${row.name}>${row.name}</h1>
        <div class="facts-line muted small cut">
          ${row.deadline && html`<${Due} deadline=${row.deadline} /> `}${row.wish && html`<span class="tag">${wishName(row.wish)}</span> `}<${Mark} kind=${row.kind} account=${row.account} /> ${[row.account, row.queue, row.assignee || t("nobody yet")]
            .filter(Boolean)
            .join(" · ")}
        </div>`}
    </div>
    ${row && now.thread.status === "ready" && html`<${Deeds} row=${row} me=${now.me} />`}
    <button
      class="button quiet icon panel-button"
      aria-label=${t("Customer")}
      title=${t("Customer")}
      onClick=${() => go({ showsPanel: !now.showsPanel })}
    >
      <${Icon} name="person" />
    </button>
  </header>`;
}

function Deeds({ row, me }) {
  if (!isOpen(row)) return null;
  const isMine = row.assignee_id === me.id;
  const closing = (deed) => (event) => {
    event.currentTarget.closest("details").open = false;
    deed();
  };
  return html`<div class="deeds">
    ${canStepIn(row)
      ? html`<button class="button" onClick=${() => change({ dialog: "step-in" })} title="s">${t("Step in")}</button>`
      : !isMine && html`<button class="button" onClick=${take} title="a">${t("Take")}</button>`}
    <button class="button wide-only" onClick=${() => change({ dialog: "transfer" })} title="t">${t("Transfer")}</button>
    <button class="button" onClick=${askToResolve} title="e" aria-label=${t("Resolve")}>
      <${Icon} name="check" /><span class="wide-only">${t("Resolve")}</span>
    </button>
    <details class="menu">
      <summary class="icon-summary" aria-label=${t("More")}><${Icon} name="more" /></summary>
      <div class="sheet">
        <button class="entry narrow-only" onClick=${closing(() => change({ dialog: "transfer" }))}>${t("Transfer")}</button>
        ${!isHeld(row) && html`<button class="entry" onClick=${closing(hold)}>${t("Put on hold")}</button>`}
        <button class="entry" onClick=${closing(() => change({ dialog: "promise" }))}>${t("Agree when you will be back")}</button>
        <button class="entry" onClick=${closing(() => change({ dialog: "escalate" }))}>${t("Escalate")}</button>
        <button class="entry" onClick=${closing(() => change({ dialog: "hand" }))}>${t("Raise hand")}</button>
        <button class="entry" onClick=${closing(() => change({ dialog: "abuse" }))}>${t("Abusive customer")}</button>
        <button class="entry" onClick=${closing(release)}>${t("Give back to the queue")}</button>
      </div>
    </details>
  </div>`;
}

function Timeline({ thread, unsent, me }) {
  const self = useRef(null);
  const follows = useRef(true);
  const height = useRef(0);
  const waiting = unsent.filter((entry) => entry.conversationId === thread.id);
  const items = timelineOf(thread);
  const last = items.at(-1)?.key + waiting.map((entry) => entry.key).join();

  useLayoutEffect(() => {
    const pane = self.current;
    if (follows.current) pane.scrollTop = pane.scrollHeight;
  }, [last, thread.messages]);

  // What is put above must not move what is being read.
  const first = items[0]?.key;
  useLayoutEffect(() => {
    const pane = self.current;
    if (!follows.current) pane.scrollTop += pane.scrollHeight - height.current;
    height.current = pane.scrollHeight;
  }, [first]);

  useEffect(() => {
    const pane = self.current;
    const watcher = new ResizeObserver(() => follows.current && (pane.scrollTop = pane.scrollHeight));
    watcher.observe(pane);
    watcher.observe(pane.firstElementChild);
    return () => watcher.disconnect();
  }, []);

  const onScroll = (event) => {
    const pane = event.currentTarget;
    follows.current = pane.scrollHeight - pane.scrollTop - pane.clientHeight < NEAR_END;
    height.current = pane.scrollHeight;
  };

  return html`<div class="timeline" ref=${self} onScroll=${onScroll} tabindex="0" role="log" aria-label=${t("Messages")}>
    <div class="said">
      ${thread.more && html`<button class="button quiet earlier" onClick=${loadEarlier}>${t("Earlier messages")}</button>`}
      ${items.map((item) => html`<${Item} key=${item.key} item=${item} thread=${thread} me=${me} />`)}
      ${waiting.map((entry) => html`<${Unsent} key=${entry.key} entry=${entry} />`)}
    </div>
  </div>`;
}

function Item({ item, thread, me }) {
  if (item.day) return html`<div class="day"><span>${dayName(item.day)}</span></div>`;
  if (item.events) return html`<${Story} events=${item.events} />`;
  return html`<${Message} message=${item.message} isElsewhere=${item.message.conversation_id !== thread.id} me=${me} />`;
}

// Messages and events in the order in which they became known here, with the days between them.
function timelineOf(thread) {
  const messages = [...thread.messages.values()].sort((one, other) => (one.id < other.id ? -1 : 1)).map((message) => ({ at: message.received_at, key: message.id, message }));
  const events = [...thread.events.values()].map((event) => ({ at: event.at, key: `event-${event.position}`, event }));
  // Of the same instant the event comes first: it opened what the message is in. The sort is stable.
  const all = [...events, ...messages].sort((one, other) => Date.parse(one.at) - Date.parse(other.at));
  const items = [];
  let day = "";
  for (const each of all) {
    if (dayOf(each.at) !== day) {
      day = dayOf(each.at);
      items.push({ key: `day-${day}`, day: each.at });
    }
    const before = items.at(-1);
    if (each.event && before.events) before.events.push(each.event);
    else if (each.event) items.push({ key: each.key, events: [each.event] });
    else items.push(each);
  }
  return items;
}

// Always there, so that nothing moves when somebody begins to write.
function Writing({ row }) {
  return html`<div class="writing muted small cut" role="status">
    ${row && t("{name} is writing …", { name: row.name })}
  </div>`;
}

function Foot({ row, thread, intent }) {
  if (!row) return null;
  if (isOpen(row)) return html`<${Composer} row=${row} thread=${thread} intent=${intent} />`;
  if (row.state === "closed")
    return html`<footer class="settled muted">${t("This conversation is closed. The customer's next message opens a new one.")}</footer>`;
  return html`<footer class="settled">
    <span class="muted">${t("This conversation is resolved.")}</span>
    <button class="button" onClick=${reopen}>${t("Reopen")}</button>
  </footer>`;
}

const Nothing = () =>
  html`<div class="hollow">
    <${Icon} name="inbox" />
    <h2>${t("Choose a conversation")}</h2>
    <p>${t("Everything the customer said, on every channel, appears here.")}</p>
    <p class="keys-hint"><kbd>j</kbd> <kbd>k</kbd> ${t("next and previous")} · <kbd>?</kbd> ${t("all keys")}</p>
  </div>`;

const Gone = () =>
  html`<div class="hollow">
    <h2>${t("This conversation is not in your lists")}</h2>
    <p>${t("It was handed to others, or the link is not right.")}</p>
    <button class="button" onClick=${() => go({ openId: null })}>${t("Back to the list")}</button>
  </div>`;

const Failed = ({ thread }) =>
  html`<div class="hollow">
    <h2>${t("The conversation could not be loaded")}</h2>
    <p>${thread.error}</p>
    <button class="button" onClick=${refreshThread}>${t("Try again")}</button>
  </div>`;

const Skeleton = () =>
  html`<div class="timeline" aria-busy="true" aria-label=${t("Loading")}>
    <div class="said">
      <div class="bubble-ghost"></div>
      <div class="bubble-ghost own"></div>
      <div class="bubble-ghost"></div>
    </div>
  </div>`;
