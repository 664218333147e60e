// What the draft would have done with the latest conversations.

import { html } from "./vendor/htm-preact.js";
import { inWords } from "./previews.js";
import { dayAndClock } from "./times.js";
import { t } from "./words.js";

export function Trial({ trial, queues }) {
  const queueName = (id) => queues[id] || t("the oldest queue, by no rule");
  return html`<section class="card trial" aria-live="polite">
    <header><h2>${t("Would have moved {moved} of {tried}", trial)}</h2></header>
    <div class="inside">
      ${!trial.tried && html`<p class="muted">${t("There is no conversation yet to try the rules against.")}</p>`}
      ${trial.changed > 0 && html`<p>${t("{changed} more stay in their queue and change in priority, skill, category, tags or reply.", trial)}</p>`}
      ${trial.moves.map(
        (move) => html`<div class="move" key=${`${move.from} ${move.to}`}>
          <p><strong class="number">${move.count}</strong> ${queueName(move.from)} → ${queueName(move.to)}</p>
          <ul>
            ${move.examples.map(
              (each) => html`<li key=${each.id}>
                <a href=${`/#open/${each.id}`} target="_blank" rel="noopener">
                  <span class="cut">${each.name ? `${each.name}: ` : ""}${inWords(each.preview)}</span>
                </a>
                <span class="muted small">${dayAndClock(each.opened_at)}</span>
              </li>`,
            )}
          </ul>
        </div>`,
      )}
      <p class="muted small">${t("Both lists were tried on what was said first and what was known then; segment, tags and manager are today's.")}</p>
    </div>
  </section>`;
}
