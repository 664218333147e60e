// The address names what is open, so that "back" steps back and a link leads to a conversation.

import { state, VIEWS } from "./store.js";

export function readAddress() {
  const [view, openId, panel] = location.hash.slice(1).split("/");
  return { view: VIEWS.includes(view) ? view : "mine", openId: openId || null, showsPanel: panel === "customer" };
}

export function go({ view = state.view, openId = state.openId, showsPanel = false }) {
  location.hash = [view, openId, openId && showsPanel ? "customer" : ""].filter(Boolean).join("/");
}
