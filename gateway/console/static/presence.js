// My own state: what I chose, or what followed. A break is chosen by what it is for.

import { html, useEffect, useState } from "./vendor/htm-preact.js";
import { personState } from "./names.js";
import { since } from "./times.js";
import { boot, t } from "./words.js";

const CHOICES = [
  ["ready", ""],
  ["wrap-up", ""],
  ...Object.keys(boot.breaks).map((reason) => ["break", reason]),
  ["offline", ""],
];

export function MyState({ me, choose, help }) {
  const close = (event) => {
    event.currentTarget.closest("details").open = false;
  };
  const pick = (event, state, reason) => {
    close(event);
    choose(state, reason);
  };
  const isMine = (state, reason) => state === me.state && (state !== "break" || reason === me.state_reason);
  return html`<details class="menu my-state">
    <summary>
      <span class=${`dot ${me.state}`}></span><span class="cut">${personState(me.state, me.state_reason)}</span>
      ${me.state_until
        ? html`<${Countdown} until=${me.state_until} />`
        : html`<span class="muted small number" title=${t("In this state since")}>${since(me.state_since)}</span>`}
    </summary>
    <div class="sheet" onKeyDown=${walk}>
      ${CHOICES.map(
        ([state, reason]) => html`<button class="entry" onClick=${(event) => pick(event, state, reason)}>
          <span class=${`dot ${state}`}></span>${personState(state, reason)}${isMine(state, reason) && html`<span class="end">✓</span>`}
        </button>`,
      )}
      <hr />
      <button class="entry" onClick=${(event) => close(event) || help()}>${t("Raise hand")}</button>
    </div>
  </details>`;
}

// Until when one should be done; then it counts what is too much.
function Countdown({ until }) {
  const [, redraw] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => redraw((count) => count + 1), 1_000);
    return () => clearInterval(timer);
  }, []);
  const left = Math.round((Date.parse(until) - Date.now()) / 1_000);
  const seconds = Math.abs(left);
  return html`<span class=${`tag number ${left < 0 ? "danger" : "notice"}`} title=${t("Time left")}>
    ${left < 0 ? "+" : ""}${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}
  </span>`;
}

const STEPS = { ArrowDown: 1, ArrowUp: -1 };

function walk(event) {
  const step = STEPS[event.key];
  if (!step) return;
  event.preventDefault();
  const entries = [...event.currentTarget.querySelectorAll(".entry")];
  entries.at((entries.indexOf(document.activeElement) + step) % entries.length).focus();
}
