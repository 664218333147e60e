// Every version that was: who, when, why, what changed; and taking one up again.

import { html, useEffect, useState } from "./vendor/htm-preact.js";
import { get } from "./api.js";
import { changeName, listName, partName } from "./rule_names.js";
import { dayAndClock, fullTime } from "./times.js";
import { t } from "./words.js";

export function Versions({ newest, queues, use }) {
  const [page, setPage] = useState({ versions: [], next: null });
  const [open, setOpen] = useState(null);
  const [failed, setFailed] = useState("");
  const fail = (problem) => setFailed(problem.message);
  useEffect(() => void get("rules/versions").then(setPage, fail), [newest]);
  const more = () =>
    get(`rules/versions?before=${page.next}`).then(
      (next) => setPage({ ...next, versions: [...page.versions, ...next.versions] }),
      fail,
    );
  const toggle = ({ number }) =>
    open?.number === number ? setOpen(null) : get(`rules/versions/${number}`).then(setOpen, fail);
  if (!page.versions.length && !failed) return null;
  return html`<section class="card versions">
    <header><h2>${t("Versions")}</h2></header>
    <div class="inside">
      ${failed && html`<p class="alert">${failed}</p>`}
      <ul>
        ${page.versions.map(
          (version) => html`<li key=${version.number}>
            <button class="version-line" aria-expanded=${open?.number === version.number} onClick=${() => toggle(version)}>
              <strong class="number">${version.number}</strong>
              <span class="why">${version.reason}</span>
              <span class="muted small" title=${fullTime(version.saved_at)}>${version.author} · ${dayAndClock(version.saved_at)}</span>
            </button>
            ${open?.number === version.number && html`<${Version} version=${open} newest=${newest} queues=${queues} use=${use} fail=${fail} change=${setOpen} />`}
          </li>`,
        )}
      </ul>
      ${page.next && html`<div><button class="button" onClick=${more}>${t("Earlier versions")}</button></div>`}
    </div>
  </section>`;
}

function Version({ version, newest, queues, use, fail, change }) {
  const against = (number) => get(`rules/versions/${version.number}?against=${number}`).then(change, fail);
  return html`<div class="version">
    <p class="row small">
      <span class="muted">${version.against ? t("Compared with version {number}", { number: version.against }) : t("The first version")}</span>
      ${version.number !== newest && version.against !== newest && html`<button class="link-button" onClick=${() => against(newest)}>${t("Compare with the one in force")}</button>`}
    </p>
    <${Differences} differences=${version.differences} />
    <ol class="old-rules">
      ${version.rules.map((rule) => html`<li key=${rule.id}>${rule.name} <span class="muted">→ ${queues[rule.actions.queue] || "—"}</span></li>`)}
    </ol>
    ${version.number !== newest && html`<div><button class="button" onClick=${() => use(version)}>${t("Take version {number} up again", { number: version.number })}</button></div>`}
  </div>`;
}

export const Differences = ({ differences }) =>
  html`<ul class="differences">
    ${!differences.length && html`<li class="muted">${t("No difference")}</li>`}
    ${differences.map(
      ({ change, name, parts }) => html`<li>
        <span class=${`tag ${TONES[change]}`}>${changeName(change)}</span> ${change === "words" ? listName(name) : name}
        ${parts.length > 0 && html`<span class="muted small">${(change === "words" ? parts : parts.map(partName)).join(", ")}</span>`}
      </li>`,
    )}
  </ul>`;

const TONES = { added: "good", removed: "danger", changed: "notice", moved: "", words: "notice" };
