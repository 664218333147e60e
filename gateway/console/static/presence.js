// My own state: ready, on a break, offline.

import { html } from "./vendor/htm-preact.js";
import { personState } from "./names.js";
import { since } from "./times.js";
import { t } from "./words.js";

const STATES = ["ready", "break", "offline"];

export function MyState({ me, choose }) {
  const pick = (event, state) => {
    event.currentTarget.closest("details").open = false;
    choose(state);
  };
  return html`<details class="menu my-state">
    <summary>
      <span class=${`dot ${me.state}`}></span>${personState(me.state)}
      <span class="muted small number" title=${t("In this state since")}>${since(me.state_since)}</span>
    </summary>
    <div class="sheet">
      ${STATES.map(
        (each) => html`<button class="entry" onClick=${(event) => pick(event, each)}>
          <span class=${`dot ${each}`}></span>${personState(each)}${each === me.state && html`<span class="end">✓</span>`}
        </button>`,
      )}
    </div>
  </details>`;
}
