// What states are called.

import { t } from "./words.js";

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

const PERSON = { ready: "Ready", break: "Break", offline: "Offline" };

export const conversationState = (state) => t(CONVERSATION[state]);
export const surveyState = (state) => t(SURVEY[state]);
export const personState = (state) => t(PERSON[state]);
