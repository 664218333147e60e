// Fields for the values of conditions and actions, by their form.

import { html, useState } from "./vendor/htm-preact.js";
import { listName } from "./rule_names.js";
import { t } from "./words.js";

export const START = {
  choices: [],
  texts: [],
  score: { from: 1, to: 2 },
  repeat: { times: 3, days: 7 },
  hours: { calendar: "", open: false },
  queue: "",
  priority: 5,
  skill: { name: "", level: 1 },
  text: "",
  reply: {},
};

const SCORES = [1, 2, 3, 4, 5];
const ONE_TO_NINE = [1, 2, 3, 4, 5, 6, 7, 8, 9];

const namesOf = (of, choices) =>
  of === "list" ? Object.fromEntries(choices.list.map((name) => [name, listName(name)])) : choices[of] || {};

export function Field({ kind, value, choices, put }) {
  const Form = FORMS[kind?.form];
  // Written by another version, or by hand: shown as it is, to be taken away.
  if (!Form || typeof value !== typeof START[kind.form] || Array.isArray(value) !== Array.isArray(START[kind.form]))
    return html`<code>${JSON.stringify(value)}</code>`;
  return html`<${Form} names=${namesOf(kind.of || kind.form, choices)} value=${value} put=${put} />`;
}

export function inWords(kind, value, choices) {
  if (kind?.form === "score" && value) return `${value.from}–${value.to}`;
  if (kind?.form === "repeat" && value) return t("{times} times in {days} days", value);
  if (kind?.form === "hours" && value)
    return `${choices.calendar[value.calendar] || "—"} ${value.open ? t("open") : t("closed")}`;
  if (!Array.isArray(value)) return JSON.stringify(value);
  const names = namesOf(kind?.of, choices);
  return value.map((each) => t(names[each] || each)).join(", ");
}

const Chips = ({ value, names, put }) =>
  html`<span class="chips">
    ${value.map(
      (each) => html`<span class="tag chip" key=${each}
        >${t(names[each] || String(each))}<button type="button" aria-label=${t("Take away: {name}", { name: t(names[each] || String(each)) })} onClick=${() => put(value.filter((other) => other !== each))}>×</button></span
      >`,
    )}
  </span>`;

function Choices({ value, names, put }) {
  const left = Object.keys(names).filter((name) => !value.includes(name));
  const choose = (event) => {
    const chosen = event.currentTarget.value;
    event.currentTarget.value = "";
    put([...value, chosen]);
  };
  return html`<${Chips} value=${value} names=${names} put=${put} />
    ${left.length > 0 &&
    html`<select class="input" aria-label=${t("Choose one more")} value="" onChange=${choose}>
      <option value="">${value.length ? t("or …") : t("Choose …")}</option>
      ${left.map((name) => html`<option value=${name}>${t(names[name])}</option>`)}
    </select>`}`;
}

function Texts({ value, put }) {
  const [typed, setTyped] = useState("");
  const take = () => {
    const words = typed.split(/[,，、\n]/).map((word) => word.trim()).filter(Boolean);
    setTyped("");
    if (words.length) put([...new Set([...value, ...words])]);
  };
  const onKeyDown = (event) => {
    if (event.key !== "Enter" || event.isComposing) return;
    event.preventDefault();
    take();
  };
  return html`<${Chips} value=${value} names=${{}} put=${put} />
    <input class="input" aria-label=${t("One more, or several with commas")} placeholder=${t("One more, or several with commas")} value=${typed} onInput=${(event) => setTyped(event.currentTarget.value)} onKeyDown=${onKeyDown} onBlur=${take} />`;
}

const Select = ({ label, value, options, put }) =>
  html`<select class="input short" aria-label=${label} value=${value} onChange=${(event) => put(Number(event.currentTarget.value))}>
    ${options.map((each) => html`<option value=${each} selected=${each === value}>${each}</option>`)}
  </select>`;

const Whole = ({ label, value, least, most, put }) =>
  html`<input class="input short" type="number" min=${least} max=${most} aria-label=${label} value=${value} onInput=${(event) => put(event.currentTarget.valueAsNumber)} />`;

const Score = ({ value, put }) =>
  html`<span class="inline">
    <${Select} label=${t("from")} value=${value.from} options=${SCORES} put=${(from) => put({ ...value, from })} /> –
    <${Select} label=${t("to")} value=${value.to} options=${SCORES} put=${(to) => put({ ...value, to })} />
  </span>`;

const Repeat = ({ value, put }) =>
  html`<span class="inline">
    <${Whole} label=${t("conversations")} value=${value.times} least="2" most="100" put=${(times) => put({ ...value, times })} /> ${t("conversations within")}
    <${Whole} label=${t("days")} value=${value.days} least="1" most="365" put=${(days) => put({ ...value, days })} /> ${t("days")}
  </span>`;

const Hours = ({ value, names, put }) =>
  html`<span class="inline">
    <select class="input" aria-label=${t("Calendar")} value=${value.calendar} onChange=${(event) => put({ ...value, calendar: event.currentTarget.value })}>
      <option value="">${t("Choose …")}</option>
      ${Object.entries(names).map(([id, name]) => html`<option value=${id} selected=${id === value.calendar}>${name}</option>`)}
    </select>
    <select class="input" aria-label=${t("Open or closed")} value=${String(value.open)} onChange=${(event) => put({ ...value, open: event.currentTarget.value === "true" })}>
      <option value="true" selected=${value.open}>${t("open")}</option>
      <option value="false" selected=${!value.open}>${t("closed")}</option>
    </select>
  </span>`;

const Queue = ({ value, names, put }) =>
  html`<select class="input" aria-label=${t("Queue")} value=${value} onChange=${(event) => put(event.currentTarget.value)}>
    <option value="">${t("Choose …")}</option>
    ${Object.entries(names).map(([id, name]) => html`<option value=${id} selected=${id === value}>${name}</option>`)}
  </select>`;

const Priority = ({ value, put }) => html`<${Select} label=${t("Priority")} value=${value} options=${ONE_TO_NINE} put=${put} />`;

const Skill = ({ value, put }) =>
  html`<span class="inline">
    <input class="input" aria-label=${t("Skill")} maxlength="60" value=${value.name} onInput=${(event) => put({ ...value, name: event.currentTarget.value })} />
    ${t("at level")} <${Select} label=${t("Level")} value=${value.level} options=${ONE_TO_NINE} put=${(level) => put({ ...value, level })} />
  </span>`;

const Line = ({ value, put }) =>
  html`<input class="input" aria-label=${t("Category")} maxlength="60" value=${value} onInput=${(event) => put(event.currentTarget.value)} />`;

function Reply({ value, put }) {
  const write = (language, words) => {
    const { [language]: _, ...others } = value;
    put(words ? { ...others, [language]: words } : others);
  };
  return Object.entries({ "zh-CN": "中文", en: "English" }).map(
    ([language, name]) => html`<label class="reply"
      ><span class="muted small">${name}</span>
      <textarea class="input" rows="2" maxlength="1000" lang=${language} value=${value[language] || ""} onInput=${(event) => write(language, event.currentTarget.value)}></textarea>
    </label>`,
  );
}

const FORMS = {
  choices: Choices,
  texts: Texts,
  score: Score,
  repeat: Repeat,
  hours: Hours,
  queue: Queue,
  priority: Priority,
  skill: Skill,
  text: Line,
  reply: Reply,
};
