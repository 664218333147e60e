// What states are called.

import { boot, t } from "./words.js";

const CONVERSATION = {
  new: "New",
  queued: "In the queue",
  assigned: "Assigned",
  waiting: "Waiting for the customer",
  resolved: "Resolved",
  closed: "Closed",
};

const SURVEY = {
  due: "To be asked",
  sent: "Asked, no answer yet",
  answered: "Answered",
  expired: "No answer in time",
  excused: "Not asked",
};

const PERSON = {
  offline: "Offline",
  "signed-in": "Signed in",
  ready: "Ready",
  busy: "Busy",
  "wrap-up": "Wrap up",
  break: "Break",
  "cool-off": "Cool off",
  "connection-lost": "Connection lost",
};

// What a score means, as a colour: unhappy, so-so, happy.
export const scoreTone = (score) => (score < 3 ? "danger" : score < 4 ? "notice" : "good");

export const conversationState = (state) => t(CONVERSATION[state]);
export const surveyState = (state) => t(SURVEY[state]);
// What somebody asked for instead of standing in the line.
export const wishName = (wish) => t(wish === "callback" ? "Call back" : "Message");
export const breakName = (reason) => t(boot.break_names[reason] || PERSON.break);
export const personState = (state, reason) => (state === "break" ? breakName(reason) : t(PERSON[state]));
