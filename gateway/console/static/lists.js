// The left pane: four lists with their counts, and the rows of the chosen one.

import { html, useEffect, useRef } from "./vendor/htm-preact.js";
import { loadMore } from "./actions.js";
import { Due } from "./deadline.js";
import { Icon, Mark } from "./icons.js";
import { scoreTone, wishName } from "./names.js";
import { aboutOf, inWords } from "./previews.js";
import { go, readAddress } from "./places.js";
import { listed, VIEWS } from "./store.js";
import { fullTime, number, shortTime, since } from "./times.js";
import { boot, t } from "./words.js";

const NAMES = { mine: "Mine", unassigned: "Unassigned", open: "All open", resolved: "Resolved" };

const EMPTY = {
  mine: ["Nothing is waiting for you", "Go ready, and work comes by itself; or take something from the unassigned."],
  unassigned: ["Everything has somebody", "New conversations that nobody has yet appear here."],
  open: ["No open conversations", "Every conversation that is not resolved yet appears here."],
  resolved: ["Nothing resolved yet", "What is settled appears here, with the customer's score."],
};

export function Lists({ now }) {
  const rows = now.lists[now.view] ? listed(now.view) : null;
  return html`<aside class="lists" aria-label=${t("Conversations")}>
    <nav class="views" aria-label=${t("Lists")}>
      ${VIEWS.map(
        (view) => html`<a href=${`#${view}`} aria-current=${view === now.view ? "page" : undefined}>
          <span class="cut">${t(NAMES[view])}</span>
          <span class="number">${now.counts[view] === undefined ? "" : number(now.counts[view])}</span>
        </a>`,
      )}
    </nav>
    <${Rows} now=${now} rows=${rows} />
  </aside>`;
}

function Rows({ now, rows }) {
  const list = now.lists[now.view];
  if (list?.error) return html`<p class="hollow">${list.error} ${t("Trying again.")}</p>`;
  if (!rows) return html`<${Skeleton} />`;
  if (!rows.length) return html`<${Empty} view=${now.view} />`;
  return html`<ul class="rows">
    ${rows.map((row) => html`<${Row} key=${row.id} row=${row} now=${now} />`)}
    ${list.next && html`<${More} view=${now.view} key=${list.next} />`}
  </ul>`;
}

function Row({ row, now }) {
  const isOpen = row.id === now.openId;
  const self = useRef(null);
  useEffect(() => {
    if (isOpen) self.current.scrollIntoView({ block: "nearest" });
  }, [isOpen]);
  return html`<li ref=${self}>
    <a
      class=${`row-link ${row.unanswered_since ? "unanswered" : ""}`}
      href=${`#${now.view}/${row.id}`}
      aria-current=${isOpen ? "true" : undefined}
    >
      <${Mark} kind=${row.kind} account=${row.account} />
      <span class="name cut" title=${row.name}>${row.name}</span>
      <time class="muted small number" datetime=${row.last_message_at} title=${fullTime(row.last_message_at)}
        >${shortTime(row.last_message_at)}</time
      >
      <span class="words cut" title=${inWords(row.preview)}>${aboutOf(row)}</span>
      <${Badge} row=${row} view=${now.view} />
    </a>
  </li>`;
}

// One badge at most: what was promised comes first, then the customer who waits.
function Badge({ row, view }) {
  const isHandedUp = row.escalated_at && row.assignee_id !== boot.me.id;
  if (isHandedUp && !row.deadline?.breached) return html`<span class="tag notice">${t("Handed up")}</span>`;
  if (row.deadline) return html`<${Due} deadline=${row.deadline} />`;
  if (row.wish) return html`<span class="tag">${wishName(row.wish)}</span>`;
  if (row.unanswered_since)
    return html`<span class="tag waiting number" title=${t("Waiting for an answer since {time}", { time: fullTime(row.unanswered_since) })}
      ><${Icon} name="clock" />${since(row.unanswered_since)}</span
    >`;
  if (row.score) return html`<span class=${`tag ${scoreTone(row.score)} number`} title=${t("The customer's score")}>${row.score}/5</span>`;
  const whose = view === "mine" ? row.queue : row.assignee || row.queue;
  return whose ? html`<span class="tag cut" title=${whose}>${whose}</span>` : html`<span></span>`;
}

// The next page is loaded when its place comes into sight.
function More({ view }) {
  const self = useRef(null);
  useEffect(() => {
    const watcher = new IntersectionObserver(([entry]) => entry.isIntersecting && loadMore(view));
    watcher.observe(self.current);
    return () => watcher.disconnect();
  }, [view]);
  return html`<li ref=${self} class="more"><button class="button quiet" onClick=${() => loadMore(view)}>${t("More")}</button></li>`;
}

function Empty({ view }) {
  const [title, hint] = EMPTY[view];
  return html`<div class="hollow">
    <${Icon} name="inbox" />
    <h2>${t(title)}</h2>
    <p>${t(hint)}</p>
  </div>`;
}

const Skeleton = () =>
  html`<div class="rows" aria-busy="true" aria-label=${t("Loading")}>
    ${[1, 2, 3, 4, 5, 6].map((each) => html`<div key=${each} class="ghost"><i></i><i></i><i></i></div>`)}
  </div>`;

export function step(now, by) {
  const { view, openId } = readAddress();
  const rows = now.lists[view] ? listed(view) : [];
  const place = rows.findIndex((row) => row.id === openId);
  const next = rows[place < 0 ? 0 : place + by];
  if (next) go({ openId: next.id });
}
