// The right pane: who the customer is, where they can be reached, and what was before.

import { html } from "./vendor/htm-preact.js";
import { Block } from "./abuse.js";
import { Due } from "./deadline.js";
import { MachineFaults } from "./faults.js";
import { Icon, Mark, SchemeMark } from "./icons.js";
import { conversationState, scoreTone, surveyState, wishName } from "./names.js";
import { aboutOf } from "./previews.js";
import { go } from "./places.js";
import { Promised } from "./promises.js";
import { change } from "./store.js";
import { dayAndClock, dayName, fullTime } from "./times.js";
import { t } from "./words.js";

const LANGUAGES = { zh: "中文", en: "English" };

const languageName = (tag) => LANGUAGES[(tag || "").split("-")[0]] || tag || "—";

export function Panel({ now }) {
  const { thread } = now;
  const row = thread && now.rows.get(thread.id);
  if (thread?.status !== "ready" || !row) return html`<aside class="panel" aria-label=${t("Customer")}></aside>`;
  return html`<aside class="panel" aria-label=${t("Customer")}>
    <header class="head narrow-only">
      <button class="button quiet icon" aria-label=${t("Back to the conversation")} onClick=${() => go({})}><${Icon} name="back" /></button>
      <h1 class="cut">${thread.contact.name}</h1>
    </header>
    <section>
      <h2 class="cut wide-only" title=${thread.contact.name}>${thread.contact.name}</h2>
      ${thread.contact.abusive && html`<p><span class="tag danger">${t("was abusive")}</span></p>`}
      <dl class="pairs">
        <dt>${t("Language")}</dt>
        <dd>${languageName(row.language || thread.contact.language)}</dd>
        <dt>${t("Customer since")}</dt>
        <dd title=${fullTime(thread.contact.created_at)}>${dayName(thread.contact.created_at)}</dd>
        <dt>${t("Segment")}</dt>
        <dd class="cut">${thread.contact.segment || "—"}</dd>
        <dt>${t("Named manager")}</dt>
        <dd class="cut">${thread.contact.manager || "—"}</dd>
        <dt>${t("Tags")}</dt>
        <dd>${thread.contact.tags.length ? thread.contact.tags.map((tag) => html`<span class="tag" key=${tag}>${tag}</span> `) : "—"}</dd>
      </dl>
      <button class="button" onClick=${() => change({ dialog: "describe" })}>${t("Describe the customer")}</button>
      <${Block} block=${thread.contact.block} />
    </section>
    <${Identities} identities=${thread.identities} />
    <section>
      <h3>${t("This conversation")}</h3>
      <dl class="pairs">
        <dt>${t("State")}</dt>
        <dd>${conversationState(row.state)}</dd>
        <dt>${t("Queue")}</dt>
        <dd class="cut">${row.queue || "—"}</dd>
        <dt>${t("Has it now")}</dt>
        <dd class="cut">${row.assignee || "—"}</dd>
        ${row.wish && html`<dt>${t("Wish")}</dt><dd>${wishName(row.wish)}</dd>`}
        ${row.deadline &&
        html`<dt>${t("Due")}</dt>
          <dd><${Due} deadline=${row.deadline} /> <span class="number">${dayAndClock(row.deadline.due_at)}</span></dd>`}
        <dt title=${t("Who answered first; stays the same when it is handed on")}>${t("First responsible")}</dt>
        <dd class="cut">${row.owner || "—"}</dd>
        <dt>${t("Opened")}</dt>
        <dd class="number-left" title=${fullTime(row.opened_at)}>${dayAndClock(row.opened_at)}</dd>
      </dl>
    </section>
    <${Promised} row=${row} />
    <${MachineFaults} thread=${thread} row=${row} />
    <${Surveys} invitations=${thread.invitations} />
    <${Earlier} earlier=${thread.earlier} view=${now.view} />
  </aside>`;
}

const Identities = ({ identities }) =>
  html`<section>
    <h3>${t("Reachable at")}</h3>
    <ul class="identities">
      ${identities.map(
        (identity) => html`<li key=${identity.address} title=${identity.reason}>
          <${SchemeMark} scheme=${identity.scheme} account=${identity.account} />
          <span>
            <span class="cut" title=${identity.value}>${identity.value}</span>
            ${identity.account && html`<span class="muted small cut">${identity.account}</span>`}
          </span>
          ${identity.opted_out && html`<span class="tag notice">${t("opted out")}</span>`}
          ${!identity.reachable && html`<span class="tag notice">${t("not reachable")}</span>`}
        </li>`,
      )}
    </ul>
  </section>`;

function Surveys({ invitations }) {
  if (!invitations.length) return null;
  return html`<section>
    <h3>${t("Satisfaction")}</h3>
    <ul class="surveys">
      ${invitations.map(
        (invitation) => html`<li key=${invitation.id}>
          ${invitation.score
            ? html`<span class=${`score ${scoreTone(invitation.score)}`} title=${t("{score} of 5", { score: invitation.score })}>${[1, 2, 3, 4, 5].map(
                (place) => html`<i class=${place <= invitation.score ? "full" : ""}></i>`,
              )}</span><strong class="number">${invitation.score}/5</strong>`
            : html`<span class="tag">${surveyState(invitation.state)}</span>`}
          <span class="muted small">${whenOf(invitation)}${invitation.reason && ` · ${t(invitation.reason)}`}</span>
        </li>`,
      )}
    </ul>
  </section>`;
}

const whenOf = ({ answered_at: answered, sent_at: sent, due_at: due }) => dayAndClock(answered || sent || due);

const Earlier = ({ earlier, view }) =>
  html`<section>
    <h3>${t("Earlier conversations")}</h3>
    ${!earlier.length && html`<p class="muted small">${t("This is the first one.")}</p>`}
    <ul class="earlier-list">
      ${earlier.map(
        (row) => html`<li key=${row.id}>
          <a href=${`#${view}/${row.id}`}>
            <${Mark} kind=${row.kind} account=${row.account} />
            <span>
              <span class="cut">${aboutOf(row)}</span>
              <span class="muted small">${dayName(row.opened_at)} · ${conversationState(row.state)}${row.score ? ` · ${row.score}/5` : ""}</span>
            </span>
          </a>
        </li>`,
      )}
    </ul>
  </section>`;
