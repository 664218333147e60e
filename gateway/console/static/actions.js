// What the person does, and what has to be loaded for it.

import { get, newKey, post, put } from "./api.js";
import { go } from "./places.js";
import {
  addEarlier,
  addMessage,
  addPage,
  change,
  dropUnsent,
  putRow,
  putUnsent,
  setDuties,
  setThread,
  state,
} from "./store.js";
import { t } from "./words.js";

const RETRY_LOAD = 3_000;
const TELL_WRITING = 3_000;

const say = (problem) => change({ toast: problem.message });

// Loading

export async function loadView(view) {
  try {
    const page = await get(`conversations?view=${view}`);
    addPage(view, page);
    return page.cursor;
  } catch (problem) {
    change({ lists: { ...state.lists, [view]: { error: problem.message } } });
    await new Promise((resolve) => setTimeout(resolve, RETRY_LOAD));
    return loadView(view);
  }
}

export async function loadMore(view) {
  const { next } = state.lists[view];
  try {
    addPage(view, await get(`conversations?view=${view}&before=${encodeURIComponent(next)}`));
  } catch (problem) {
    say(problem);
  }
}

export async function openThread(id) {
  change({ thread: id ? { status: "loading", id } : null });
  if (id) await refreshThread();
}

export async function refreshThread() {
  const id = state.thread?.id;
  if (!id) return;
  try {
    const view = await get(`conversations/${id}`);
    if (state.openId === id) setThread(view);
  } catch (problem) {
    if (state.openId === id) change({ thread: { status: problem.status === 404 ? "gone" : "failed", id, error: problem.message } });
  }
}

export async function loadEarlier() {
  const { id, messages } = state.thread;
  const first = [...messages.keys()].sort()[0];
  try {
    const page = await get(`conversations/${id}/messages?before=${first}`);
    if (state.thread?.id === id) addEarlier(page);
  } catch (problem) {
    say(problem);
  }
}

// Writing

let toldWriting = 0;

export function send(conversationId, said) {
  return deliver({ key: newKey(), conversationId, files: [], ...said, at: new Date().toISOString() });
}

// By conversation: what is on its way to the server.
const underWay = new Map();

export function deliver(entry) {
  const handed = hand(entry);
  underWay.set(entry.conversationId, handed);
  return handed;
}

async function hand(entry) {
  putUnsent({ ...entry, sending: true, error: "" });
  toldWriting = 0;
  const { conversationId, key, text, files, note, template } = entry;
  try {
    const path = `conversations/${conversationId}/${note ? "notes" : "replies"}`;
    const said = template ? { template } : note ? { text } : { text, files };
    addMessage(await post(path, { key, ...said }));
  } catch (problem) {
    putUnsent({ ...entry, sending: false, error: problem.message });
  }
}

// A courtesy: nobody has to know when it fails.
export function tellWriting(conversationId) {
  if (Date.now() - toldWriting < TELL_WRITING) return;
  toldWriting = Date.now();
  post(`conversations/${conversationId}/typing`).catch(() => {});
}

export const discard = (entry) => dropUnsent(entry.key);

// Deeds

async function act(path, content) {
  const id = state.openId;
  try {
    const answer = await post(`conversations/${id}/${path}`, content);
    putRow(id, answer);
    if (!answer.conversation) go({ openId: null });
    return true;
  } catch (problem) {
    say(problem);
    return false;
  }
}

export const take = () => act("take");
export const release = () => act("release");
export const hold = () => act("hold");
export const resume = () => act("resume");
export const agree = (promise) => act("promise", promise);
export const keep = () => act("keep");
export const escalate = (matter) => act("escalate", matter);
export const reportFault = (fault) => act("faults", fault);
export const clearFault = (id, at) => act(`faults/${id}/clearing`, { at });
export const decideFault = (id, approved) => act(`faults/${id}/decision`, { approved });
export const settleFault = (id) => act(`faults/${id}/settlement`);
export const reopen = () => act("reopen");
export const transfer = (to) => act("transfer", to);
export const resolve = (reason = "") => act("resolve", { reason });

// The panel follows by the live line.
export async function describe(contact) {
  try {
    await put(`conversations/${state.openId}/contact`, contact);
    return true;
  } catch (problem) {
    say(problem);
    return false;
  }
}

export async function retry(deliveryId) {
  try {
    await post(`deliveries/${deliveryId}/retry`);
  } catch (problem) {
    say(problem);
  }
}

export async function setMyState(wanted, reason = "") {
  try {
    change({ me: { ...state.me, ...(await put("me/state", { state: wanted, reason })) } });
  } catch (problem) {
    if (problem.content?.first && !myHandover()) change({ dialog: problem.content.first });
    else say(problem);
  }
}

// Duties

const myHandover = () => state.duties.handovers.find(({ mine }) => mine);

export async function loadDuties() {
  try {
    setDuties(await get("me/duties"));
  } catch (problem) {
    say(problem);
  }
}

// Whoever accepts sees it at once.
export async function answerOffer({ id }, answer) {
  try {
    putRow(id, await post(`conversations/${id}/${answer}`));
    if (answer === "accept") go({ openId: id });
  } catch (problem) {
    say(problem);
  }
}

// True when it is done; else the person is told why not.
export async function attend(path, content, by = post) {
  try {
    await by(path, content);
    await loadDuties();
    return true;
  } catch (problem) {
    say(problem);
    return false;
  }
}

// Whoever sends and resolves in one breath has answered.
export async function askToResolve() {
  const id = state.openId;
  await underWay.get(id);
  const row = state.rows.get(id);
  if (!row || id !== state.openId) return;
  if (row.unanswered_since && !isAnswered(row)) change({ dialog: "resolve" });
  else if (await resolve()) change({ toast: t("Resolved.") });
}

// The message is known some moments before what it changed.
const isAnswered = ({ id, unanswered_since: since }) =>
  [...state.thread.messages.values()].some(
    (each) => each.conversation_id === id && each.direction === "outbound" && each.received_at > since,
  );
