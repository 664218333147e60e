// What the screen knows. Rows are kept by id and lists are derived from them, so that a changed row is in the right
// list by itself and applying the same news twice changes nothing.

import { boot } from "./words.js";

export const VIEWS = ["mine", "unassigned", "open", "resolved"];

const OPEN = new Set(["new", "queued", "assigned", "waiting"]);

const IN_VIEW = {
  // What one handed up is followed until it is settled.
  mine: (row) => OPEN.has(row.state) && (row.assignee_id === boot.me.id || (row.owner_id === boot.me.id && row.escalated_at)),
  unassigned: (row) => OPEN.has(row.state) && !row.assignee_id,
  open: (row) => OPEN.has(row.state),
  resolved: (row) => !OPEN.has(row.state),
};

const FRAMES_KEPT = 300;
const UNSENT = "huiliu:unsent";

export const isOpen = (row) => OPEN.has(row.state);

export const state = {
  me: boot.me,
  counts: {},
  rows: new Map(),
  lists: {},
  view: "mine",
  openId: null,
  showsPanel: false,
  thread: null,
  // The open conversation while its customer writes.
  writing: null,
  unsent: JSON.parse(localStorage.getItem(UNSENT) || "[]").map((each) => ({ ...each, sending: false })),
  downSince: null,
  // What waits for the person beside their conversations.
  duties: { handovers: [], hands: [], recall: null, cool_off: null, notices: [], cursor: 0 },
  // Whether they want to sign out when their hand-over is done.
  leaving: false,
  toast: null,
  dialog: null,
  // What to write, asked for by a key before the conversation was there.
  intent: null,
};

const listeners = new Set();
const frames = [];

export function subscribe(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function change(patch) {
  Object.assign(state, patch);
  for (const listener of listeners) listener();
}

// Lists

export function listed(view) {
  const floor = state.lists[view]?.floor;
  return [...state.rows.values()]
    .filter((row) => IN_VIEW[view](row) && (!floor || compare(row, floor) <= 0))
    .sort(compare);
}

function compare(one, other) {
  const later = Date.parse(other.last_message_at) - Date.parse(one.last_message_at);
  return later || (one.id < other.id ? 1 : one.id > other.id ? -1 : 0);
}

export function addPage(view, page) {
  const rows = new Map(state.rows);
  for (const row of page.conversations) rows.set(row.id, row);
  const floor = page.next ? page.conversations.at(-1) : null;
  const lists = { ...state.lists, [view]: { floor, next: page.next, error: null } };
  change({ rows, lists, counts: page.counts });
  applyAgain(page.cursor);
}

// The server may speak of another database by now, whose cursors begin lower.
export function forget() {
  frames.length = 0;
  const thread = state.thread && { ...state.thread, cursor: 0 };
  change({ rows: new Map(), lists: {}, duties: { ...state.duties, cursor: 0 }, thread });
}

// What is offered to the person, the oldest offer first.
export const offered = () =>
  [...state.rows.values()]
    .filter((row) => row.offered_to === boot.me.id)
    .sort((one, other) => Date.parse(one.offered_until) - Date.parse(other.offered_until));

// Two questions may be on their way at once, and the first be answered last.
export function setDuties({ offers, ...duties }) {
  if (duties.cursor < state.duties.cursor) return;
  const rows = new Map(state.rows);
  for (const row of offers) rows.set(row.id, row);
  change({ rows, duties });
  applyAgain(duties.cursor);
}

// The open conversation

export function setThread(view) {
  if (state.thread?.id === view.conversation.id && view.cursor < state.thread.cursor) return;
  const thread = {
    status: "ready",
    id: view.conversation.id,
    contact: view.contact,
    identities: view.identities,
    earlier: view.earlier,
    invitations: view.invitations,
    faults: view.faults,
    has_machines: view.has_machines,
    events: new Map(view.events.map((event) => [event.position, event])),
    messages: new Map(view.messages.map((message) => [message.id, message])),
    more: view.more,
    cursor: view.cursor,
  };
  change({ thread, rows: new Map(state.rows).set(view.conversation.id, view.conversation) });
  forgetSent(view.messages);
  applyAgain(view.cursor);
}

export function addEarlier(page) {
  const messages = new Map([...page.messages.map((message) => [message.id, message]), ...state.thread.messages]);
  change({ thread: { ...state.thread, messages, more: page.more } });
}

export function addMessage({ message, cursor }) {
  forgetSent([message]);
  if (state.thread?.status === "ready" && state.thread.contact.id === message.contact_id)
    change({ thread: { ...state.thread, messages: new Map(state.thread.messages).set(message.id, message) } });
  applyAgain(cursor);
}

export function putRow(id, { conversation, cursor }) {
  const rows = new Map(state.rows);
  if (conversation) rows.set(id, conversation);
  else rows.delete(id);
  change({ rows });
  applyAgain(cursor);
}

// News from the live line

export function apply(frame) {
  frames.push(frame);
  if (frames.length > FRAMES_KEPT) frames.shift();
  applyFrame(frame);
}

// What was loaded may be older than news that came while it was on its way.
function applyAgain(cursor) {
  for (const frame of frames) if (frame.cursor > cursor) applyFrame(frame);
}

function applyFrame(frame) {
  const rows = new Map(state.rows);
  for (const row of frame.conversations) rows.set(row.id, row);
  for (const id of frame.removed) rows.delete(id);
  change({ rows, me: { ...state.me, ...frame.me }, counts: { ...state.counts, ...frame.counts } });
  forgetSent(frame.messages);
  if (state.thread?.status === "ready") applyToThread(frame);
}

function applyToThread(frame) {
  const { contact, id } = state.thread;
  const said = frame.messages.filter((message) => message.contact_id === contact.id);
  const told = frame.events.filter((event) => event.conversation_id === id);
  if (!said.length && !told.length) return;
  const messages = new Map(state.thread.messages);
  for (const message of said) messages.set(message.id, message);
  const events = new Map(state.thread.events);
  for (const event of told) events.set(event.position, event);
  change({ thread: { ...state.thread, messages, events } });
}

// Messages that are not committed yet; they outlive the page

export function setUnsent(unsent) {
  localStorage.setItem(UNSENT, JSON.stringify(unsent));
  change({ unsent });
}

export function putUnsent(entry) {
  setUnsent([...state.unsent.filter((each) => each.key !== entry.key), entry]);
}

export function dropUnsent(key) {
  setUnsent(state.unsent.filter((each) => each.key !== key));
}

function forgetSent(messages) {
  const keys = new Set(messages.map((message) => message.key));
  if (state.unsent.some((each) => keys.has(each.key))) setUnsent(state.unsent.filter((each) => !keys.has(each.key)));
}
