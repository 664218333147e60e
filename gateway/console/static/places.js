// The address names what is open, so that "back" steps back and a link leads to a conversation.

import { VIEWS } from "./store.js";

export function readAddress() {
  const [view, openId, panel] = location.hash.slice(1).split("/");
  return { view: VIEWS.includes(view) ? view : "mine", openId: openId || null, showsPanel: panel === "customer" };
}

// The address is where we are going: whoever presses keys quickly is there before the screen is.
export function go({ view = readAddress().view, openId = readAddress().openId, showsPanel = false }) {
  location.hash = [view, openId, openId && showsPanel ? "customer" : ""].filter(Boolean).join("/");
}
