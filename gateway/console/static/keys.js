// Every daily action has a key; none works while something is being typed.

import { answerOffer, askToResolve, hold, resume, take } from "./actions.js";
import { canStepIn } from "./help.js";
import { step } from "./lists.js";
import { go } from "./places.js";
import { isHeld } from "./promises.js";
import { change, offered, state, VIEWS } from "./store.js";

export const KEYS = [
  [["j", "k"], "Next and previous conversation"],
  [["1", "2", "3", "4"], "Mine, unassigned, all open, resolved"],
  [["r"], "Reply"],
  [["n"], "Note"],
  [["/"], "Scripts"],
  [["m"], "Send a template"],
  [["Enter"], "Send"],
  [["a"], "Take"],
  [["y", "x"], "Accept or decline what is offered"],
  [["t"], "Transfer"],
  [["e"], "Resolve"],
  [["h"], "Put on hold, or be back"],
  [["p"], "Agree when you will be back"],
  [["x"], "Escalate"],
  [["u"], "Raise hand"],
  [["s"], "Step in (supervisors)"],
  [["c"], "Customer"],
  [["Esc"], "Step back"],
  [["?"], "These keys"],
];

const compose = (what) => () => state.openId && change({ intent: what });

const inThread = (deed) => () => state.thread?.status === "ready" && deed();

const answer = (what) => () => offered().slice(0, 1).forEach((row) => answerOffer(row, what));

const DEEDS = {
  j: () => step(state, 1),
  k: () => step(state, -1),
  r: compose("reply"),
  n: compose("note"),
  "/": compose("scripts"),
  m: inThread(() => change({ dialog: "templates" })),
  a: inThread(take),
  y: answer("accept"),
  x: answer("decline"),
  t: inThread(() => change({ dialog: "transfer" })),
  e: inThread(askToResolve),
  h: inThread(() => (isHeld(state.rows.get(state.openId)) ? resume() : hold())),
  p: inThread(() => change({ dialog: "promise" })),
  x: inThread(() => change({ dialog: "escalate" })),
  c: inThread(() => go({ showsPanel: !state.showsPanel })),
  u: () => change({ dialog: "hand" }),
  s: inThread(() => canStepIn(state.rows.get(state.openId)) && change({ dialog: "step-in" })),
  "?": () => change({ dialog: "keys" }),
  Escape: stepBack,
  ...Object.fromEntries(VIEWS.map((view, place) => [String(place + 1), () => go({ view, openId: null })])),
};

function stepBack() {
  change({ intent: null });
  if (state.showsPanel) go({});
  else if (state.openId) go({ openId: null });
}

const isTyping = (element) => element.closest("input, textarea, select, [contenteditable]");

export function listen() {
  addEventListener("keydown", (event) => {
    const deed = DEEDS[event.key];
    if (!deed || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (state.dialog || isTyping(event.target) || document.querySelector("details.menu[open]")) return;
    // The field is not there yet: what is typed for it must not be taken for deeds.
    if (state.intent && event.key !== "Escape") return;
    event.preventDefault();
    deed();
  });
}
