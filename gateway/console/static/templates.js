// Templates that are registered with the provider: chosen by title, filled in, seen as the customer will read them.

import { html, useEffect, useRef, useState } from "./vendor/htm-preact.js";
import { send } from "./actions.js";
import { get } from "./api.js";
import { change } from "./store.js";
import { t } from "./words.js";

const close = () => change({ dialog: null });

export function Templates({ now }) {
  const [loaded, setLoaded] = useState(null);
  const [chosen, choose] = useState(null);
  useEffect(() => {
    get(`conversations/${now.openId}/templates`).then(setLoaded, (problem) => change({ dialog: null, toast: problem.message }));
  }, []);
  if (!loaded) return html`<p class="muted">${t("Loading")}</p>`;
  if (!loaded.templates.length) return html`<${None} now=${now} possible=${loaded.possible} />`;
  if (!chosen) return html`<${Choice} templates=${loaded.templates} choose=${choose} />`;
  return html`<${Filling} conversationId=${now.openId} template=${chosen} back=${() => choose(null)} />`;
}

// The dialog was there before what it shows: a browser's own autofocus came too early.
function useFocus() {
  const field = useRef(null);
  useEffect(() => field.current?.focus(), []);
  return field;
}

function None({ now, possible }) {
  const row = now.rows.get(now.openId);
  return html`<h2>${t("Send a template")}</h2>
    <p>
      ${possible
        ? t("No template is listed for {account}. An administrator copies them from the provider into the account's settings.", { account: row.account })
        : t("This channel knows no templates.")}
    </p>
    <div class="dialog-deeds">
      ${possible && now.me.role === "admin" && html`<a class="button primary" href=${`/setup/accounts/${row.account_id}#templates`}>${t("To the settings")}</a>`}
      <button class="button" onClick=${close}>${t("Close")}</button>
    </div>`;
}

function Choice({ templates, choose }) {
  const [wanted, setWanted] = useState("");
  const field = useFocus();
  const fits = (template) => `${template.title} ${shown(template)}`.toLowerCase().includes(wanted.trim().toLowerCase());
  const found = templates.filter(fits);
  const submit = (event) => {
    event.preventDefault();
    if (found.length && found[0].allowed !== 0) choose(found[0]);
  };
  return html`<form class="form" onSubmit=${submit}>
    <h2>${t("Send a template")}</h2>
    <input class="input" type="search" ref=${field} aria-label=${t("Title or words")} placeholder=${t("Title or words")} onInput=${(event) => setWanted(event.currentTarget.value)} />
    <div class="choices">
      ${!found.length && html`<p class="muted">${t("No template has these words.")}</p>`}
      ${found.map((template) => html`<${Offer} key=${template.name} template=${template} choose=${() => choose(template)} />`)}
    </div>
    <div class="dialog-deeds"><button type="button" class="button" onClick=${close}>${t("Cancel")}</button></div>
  </form>`;
}

const Offer = ({ template, choose }) =>
  html`<button type="button" class="offer" disabled=${template.allowed === 0} onClick=${choose}>
    <strong class="cut">${template.title}</strong>
    ${template.allowed !== null && html`<span class="muted small">${consent(template.allowed)}</span>`}
    <span class="cut muted small" title=${shown(template)}>${shown(template)}</span>
  </button>`;

const consent = (allowed) =>
  allowed ? t("The customer allows {n} more", { n: allowed }) : t("The customer has not allowed it");

function Filling({ conversationId, template, back }) {
  const [values, setValues] = useState({});
  const first = useFocus();
  const gaps = gapsOf(template);
  const isFull = gaps.every(({ variable }) => values[variable]?.trim());
  const submit = (event) => {
    event.preventDefault();
    if (!isFull) return;
    send(conversationId, { text: shown(template, values), template: { name: template.name, values } });
    close();
  };
  return html`<form class="form" onSubmit=${submit}>
    <h2>${template.title}</h2>
    ${gaps.map(
      ({ variable, label }, place) => html`<div class="field" key=${variable}>
        <label for=${`gap-${variable}`}>${label}</label>
        <input
          class="input"
          id=${`gap-${variable}`}
          autocomplete="off"
          maxlength="500"
          required
          ref=${place === 0 ? first : null}
          onInput=${(event) => setValues({ ...values, [variable]: event.currentTarget.value })}
        />
      </div>`,
    )}
    <div class="field">
      <span class="label">${t("What the customer reads")}</span>
      <p class="preview">${template.wording.map((piece) => html`<${Piece} piece=${piece} values=${values} />`)}</p>
    </div>
    <div class="dialog-deeds">
      <button type="button" class="button" onClick=${back}>${t("Back")}</button>
      <button class="button primary" ref=${gaps.length ? null : first} disabled=${!isFull}>${t("Send")}</button>
    </div>
  </form>`;
}

const Piece = ({ piece: { text, variable }, values }) =>
  variable ? html`<mark class=${values[variable] ? "" : "gap"}>${values[variable] || gap(variable)}</mark>` : text;

const gap = (variable) => `[${variable}]`;

const shown = ({ wording }, values = {}) =>
  wording.map(({ text, variable }) => (variable ? values[variable] || gap(variable) : text)).join("");

// Each variable once, called by the words before it: people know those, not the provider's names.
function gapsOf({ wording }) {
  const labels = new Map();
  wording.forEach(({ variable }, place) => {
    if (variable && !labels.has(variable)) labels.set(variable, wordsBefore(wording[place - 1]) || variable);
  });
  return [...labels].map(([variable, label]) => ({ variable, label }));
}

const wordsBefore = (piece) => (piece?.text || "").split(/[\n，。！；,.!;]/).at(-1).replace(/[：:\s]+$/, "").trim();
