// The word lists that rules name.

import { html } from "./vendor/htm-preact.js";
import { listName } from "./rule_names.js";
import { t } from "./words.js";

const lines = (text) => text.split("\n");

export const WordLists = ({ words, put }) =>
  html`<details class="card word-lists">
    <summary><h2>${t("Word lists")}</h2></summary>
    <div class="inside">
      <p class="muted">${t("One word per line. Capitals do not matter; a word is found whole, Chinese ones anywhere but in the phrases of the last list.")}</p>
      <div class="lists">
        ${Object.entries(words).map(
          ([name, list]) => html`<div class="field" key=${name}>
            <label for=${`list-${name}`}>${listName(name)}</label>
            <textarea class="input" id=${`list-${name}`} rows="10" value=${list.join("\n")} onInput=${(event) => put({ ...words, [name]: lines(event.currentTarget.value) })} onBlur=${() => put({ ...words, [name]: list.map((word) => word.trim()).filter(Boolean) })}></textarea>
          </div>`,
        )}
      </div>
    </div>
  </details>`;
