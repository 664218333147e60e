// One rule: its place, what it asks and what it does.

import { html, useLayoutEffect, useRef, useState } from "./vendor/htm-preact.js";
import { Field, START, inWords } from "./rule_fields.js";
import { actionName, conditionName } from "./rule_names.js";
import { t } from "./words.js";

export function RuleCard({ rule, place, last, choices, hits, problems, put, move, remove }) {
  const isBroken = problems.length > 0;
  const [isOpen, setOpen] = useState(!rule.name);
  const shows = isOpen || isBroken;
  return html`<li class="card rule" data-rule=${rule.id}>
    <header>
      <${Handle} place=${place} last=${last} name=${rule.name} move=${move} />
      <span class="muted number place">${place + 1}</span>
      <button class="rule-head" aria-expanded=${shows} onClick=${() => setOpen(!shows)}>
        <span class="rule-name">${rule.name || t("New rule")}</span>
        ${!shows && html`<${Summary} rule=${rule} choices=${choices} />`}
      </button>
      ${hits !== null && html`<span class="tag" title=${t("Conversations of the trial that this rule decided")}>${hits}</span>`}
      <button class="button quiet icon" disabled=${place === 0} aria-label=${t("Move {name} up", { name: rule.name })} onClick=${() => move(place - 1)}>↑</button>
      <button class="button quiet icon" disabled=${place === last} aria-label=${t("Move {name} down", { name: rule.name })} onClick=${() => move(place + 1)}>↓</button>
    </header>
    ${shows &&
    html`<div class="inside">
      <div class="field">
        <label for=${`name-${rule.id}`}>${t("Name")}</label>
        <input class="input" id=${`name-${rule.id}`} maxlength="60" value=${rule.name} onInput=${(event) => put({ ...rule, name: event.currentTarget.value })} />
        <${Wrong} problems=${problems} part="name" />
      </div>
      <${Parts}
        title=${t("When")}
        empty=${t("Always")}
        add=${t("Add condition")}
        values=${rule.conditions}
        kinds=${choices.conditions}
        nameOf=${conditionName}
        id=${rule.id}
        choices=${choices}
        problems=${problems}
        put=${(conditions) => put({ ...rule, conditions })}
      />
      <${Parts}
        title=${t("Then")}
        empty=${t("Nothing yet")}
        add=${t("Add action")}
        values=${rule.actions}
        kinds=${choices.actions}
        nameOf=${actionName}
        id=${rule.id}
        choices=${choices}
        problems=${problems}
        put=${(actions) => put({ ...rule, actions })}
      />
      <div><button class="button quiet danger" onClick=${remove}>${t("Remove the rule {name}", { name: rule.name })}</button></div>
    </div>`}
  </li>`;
}

const Summary = ({ rule, choices }) =>
  html`<span class="summary">
    ${Object.entries(rule.conditions).map(
      ([name, value]) => html`<span class="tag">${conditionName(name)}: ${inWords(choices.conditions[name], value, choices)}</span> `,
    )}
    ${!Object.keys(rule.conditions).length && html`<span class="tag">${t("Always")}</span>`}
    <span class="muted">→ ${choices.queue[rule.actions.queue] || "—"}</span>
  </span>`;

function Parts({ title, empty, add, values, kinds, nameOf, id, choices, problems, put }) {
  const missing = Object.keys(kinds).filter((name) => !(name in values));
  const start = (event) => {
    const name = event.currentTarget.value;
    event.currentTarget.value = "";
    put({ ...values, [name]: START[kinds[name].form] });
  };
  const without = (name) => Object.fromEntries(Object.entries(values).filter(([each]) => each !== name));
  return html`<fieldset class="parts">
    <legend>${title}</legend>
    ${!Object.keys(values).length && html`<p class="muted">${empty}</p>`}
    ${Object.entries(values).map(
      ([name, value]) => html`<div class="part" key=${name}>
        <span class="part-name" id=${`${id}-${name}`}>${nameOf(name)}</span>
        <div class="part-value" role="group" aria-labelledby=${`${id}-${name}`}>
          <${Field} kind=${kinds[name]} value=${value} choices=${choices} put=${(changed) => put({ ...values, [name]: changed })} />
          <${Wrong} problems=${problems} part=${name} />
        </div>
        <button class="button quiet icon" aria-label=${t("Take away: {name}", { name: nameOf(name) })} onClick=${() => put(without(name))}>×</button>
      </div>`,
    )}
    ${missing.length > 0 &&
    html`<select class="input add" aria-label=${add} value="" onChange=${start}>
      <option value="">${add} …</option>
      ${missing.map((name) => html`<option value=${name}>${nameOf(name)}</option>`)}
    </select>`}
  </fieldset>`;
}

const Wrong = ({ problems, part }) =>
  problems.filter((problem) => problem.part === part).map(({ sentence, values }) => html`<p class="wrong">${t(sentence, values)}</p>`);

// Dragged by mouse, pen or finger; with the arrow keys while it has the focus.
function Handle({ place, last, name, move }) {
  const self = useRef(null);
  const wasMoved = useRef(false);
  useLayoutEffect(() => {
    // A node that changes its place loses the focus.
    if (wasMoved.current) self.current.focus();
    wasMoved.current = false;
  }, [place]);
  const go = (to) => {
    if (to < 0 || to > last || to === place) return;
    wasMoved.current = true;
    move(to);
  };
  const onKeyDown = (event) => {
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    go(place + step);
  };
  // The place changes while it is dragged: always asked with the newest one.
  const track = useRef(null);
  track.current = (event) => go(placeAt(event.clientY, place));
  const onPointerDown = (event) => {
    event.preventDefault();
    self.current.focus();
    const follow = (moving) => track.current(moving);
    const end = () => {
      removeEventListener("pointermove", follow);
      for (const name of ["pointerup", "pointercancel"]) removeEventListener(name, end);
    };
    addEventListener("pointermove", follow);
    for (const name of ["pointerup", "pointercancel"]) addEventListener(name, end);
  };
  return html`<button ref=${self} class="button quiet icon handle" aria-label=${t("Place {place} of {count}: {name}. Arrow keys move it.", { place: place + 1, count: last + 1, name })} onKeyDown=${onKeyDown} onPointerDown=${onPointerDown}>⠿</button>`;
}

// A card gives way when its middle is passed.
function placeAt(y, place) {
  const boxes = [...document.querySelectorAll(".rule-list > .rule")].map((card) => card.getBoundingClientRect());
  const middle = (box) => box.top + box.height / 2;
  const above = boxes.findIndex((box, at) => at < place && y < middle(box));
  if (above >= 0) return above;
  return boxes.reduce((found, box, at) => (at > place && y > middle(box) ? at : found), place);
}
