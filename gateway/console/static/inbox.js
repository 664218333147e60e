// The inbox: wires the store, the live line, the address and the keys to the three panes.

import { html, render, useEffect, useState } from "./vendor/htm-preact.js";
import { get, signInAgain } from "./api.js";
import { loadDuties, loadView, openThread, refreshThread, setMyState } from "./actions.js";
import { Dialogs } from "./dialogs.js";
import { Duties } from "./duties.js";
import { listen } from "./keys.js";
import { Line } from "./live.js";
import { Lists } from "./lists.js";
import { announce } from "./notice.js";
import { Panel } from "./panel.js";
import { readAddress } from "./places.js";
import { MyState } from "./presence.js";
import { apply, change, forget, state, subscribe } from "./store.js";
import { Thread } from "./thread.js";
import { useTick } from "./tick.js";
import { t } from "./words.js";

const SECOND = 1_000;
const TOAST = 6 * SECOND;
const WRITING = 6 * SECOND;

function useStore() {
  const [, redraw] = useState(0);
  useEffect(() => subscribe(() => redraw((count) => count + 1)), []);
  return state;
}

function Banner({ downSince }) {
  useTick(SECOND);
  const seconds = downSince ? Math.floor((Date.now() - downSince) / SECOND) : 0;
  if (seconds < 2) return null;
  return html`<div class="banner" role="status">
    ${t("No connection for {seconds} s. What you write is kept; trying again.", { seconds })}
  </div>`;
}

function Toast({ toast }) {
  useEffect(() => {
    if (!toast) return undefined;
    const timer = setTimeout(() => change({ toast: null }), TOAST);
    return () => clearTimeout(timer);
  }, [toast]);
  return html`<div class="toasts" aria-live="polite">${toast && html`<div class="toast">${toast}</div>`}</div>`;
}

function Inbox() {
  const now = useStore();
  useTick(15 * SECOND);
  const pane = now.showsPanel ? "panel" : now.openId ? "thread" : "lists";
  return html`
    <${Banner} downSince=${now.downSince} />
    <${Duties} now=${now} />
    <div class="panes" data-pane=${pane}>
      <${Lists} now=${now} />
      <${Thread} now=${now} />
      <${Panel} now=${now} />
    </div>
    <${Dialogs} now=${now} />
    <${Toast} toast=${now.toast} />
  `;
}

function Corner() {
  return html`<${MyState} me=${useStore().me} choose=${setMyState} help=${() => change({ dialog: "hand" })} />`;
}

let line;
let writingOver;

function follow() {
  const { view, openId, showsPanel } = readAddress();
  const changed = openId !== state.openId;
  change({ view, openId, showsPanel });
  if (!state.lists[view]) loadView(view);
  if (!changed) return;
  line?.look(openId);
  change({ writing: null });
  openThread(openId);
}

function onFrame(frame) {
  const before = state.rows;
  apply(frame);
  announce(frame, before);
  if (frame.duties) followDuties(frame);
  const { thread } = state;
  if (thread?.status === "ready" && frame.persons.includes(thread.contact.id)) refreshThread();
  const answers = frame.messages.filter((message) => message.direction === "inbound");
  if (answers.some((message) => message.conversation_id === state.writing)) change({ writing: null });
  if (thread && frame.removed.includes(thread.id)) change({ thread: { status: "gone", id: thread.id } });
}

// With the hand-over the session may be over too.
function followDuties(frame) {
  const signsOut = state.duties.handovers.some((each) => each.mine && each.signs_out);
  if (signsOut && frame.me.state === "offline") signInAgain();
  else loadDuties();
}

function onReset() {
  forget();
  loadView(state.view);
  loadDuties();
  refreshThread();
}

function onWriting(id) {
  if (id !== state.openId) return;
  clearTimeout(writingOver);
  writingOver = setTimeout(() => change({ writing: null }), WRITING);
  change({ writing: id });
}

function onDown() {
  if (!state.downSince) change({ downSince: Date.now() });
  // A refused handshake has no code of its own: asking tells whether the session is over.
  get("me").catch(() => {});
}

function connect(cursor) {
  return new Line({
    cursor,
    looksAt: state.openId,
    onFrame,
    onWriting,
    onReset,
    onUp: () => state.downSince && change({ downSince: null }),
    onDown,
    onSignedOut: signInAgain,
  });
}

// Whoever signs out with open conversations is led here.
function askToLeave() {
  history.replaceState(null, "", `/${location.hash}`);
  change({ leaving: true, dialog: "hand-over" });
}

async function start() {
  addEventListener("hashchange", follow);
  listen();
  change(readAddress());
  render(html`<${Inbox} />`, document.getElementById("inbox"));
  render(html`<${Corner} />`, document.getElementById("state"));
  if (state.openId) openThread(state.openId);
  loadDuties();
  if (location.search === "?leaving") askToLeave();
  line = connect(await loadView(state.view));
}

start();
