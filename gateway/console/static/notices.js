// Notices that the person has not read; some of them must be read before one goes ready.

import { html } from "./vendor/htm-preact.js";
import { attend, setMyState } from "./actions.js";
import { change } from "./store.js";
import { dayAndClock } from "./times.js";
import { t } from "./words.js";

const close = () => change({ dialog: null });

const READY = ["ready", "busy"];

export function Notices({ now }) {
  const { notices } = now.duties;
  const goReady = () => close() || setMyState("ready");
  return html`<h2>${t("Notice board")}</h2>
    ${!notices.length && html`<p>${t("You have read everything.")}</p>`}
    <ul class="matter">
      ${notices.map((each) => html`<${Notice} key=${each.id} notice=${each} />`)}
    </ul>
    <div class="dialog-deeds">
      <button class="button" onClick=${close}>${t("Close")}</button>
      ${!READY.includes(now.me.state) &&
      html`<button class="button primary" disabled=${notices.some((each) => each.must_read)} onClick=${goReady}>${t("Go ready")}</button>`}
    </div>`;
}

const Notice = ({ notice }) => html`<li class="notice-entry">
  <h3>${notice.title} ${notice.must_read && html`<span class="tag notice">${t("must be read")}</span>`}</h3>
  <p class="text">${notice.text}</p>
  <p class="row">
    <span class="muted small">${dayAndClock(notice.published_at)}</span>
    <button class="button" onClick=${() => attend(`notices/${notice.id}/read`)}>${t("I have read it")}</button>
  </p>
</li>`;
