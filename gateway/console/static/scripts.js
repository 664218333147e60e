// Scripts (话术): chosen by `/` and a few letters, shown as the customer will read them.

import { html } from "./vendor/htm-preact.js";
import { t } from "./words.js";

const LANGUAGES = { "zh-CN": "中文", en: "English" };

export function matching(scripts, typed) {
  const wanted = typed.trim().toLowerCase();
  return scripts.all[scripts.language].filter(({ key, title, body }) =>
    [key, title, body].some((words) => words.toLowerCase().includes(wanted)),
  );
}

export function Scripts({ scripts, found, picked, choose, setLanguage }) {
  return html`<div class="scripts" aria-label=${t("Scripts")}>
    <header>
      <h3>${t("Scripts")}</h3>
      ${scripts &&
      Object.entries(LANGUAGES).map(
        ([code, name]) => html`<button class="tab" aria-pressed=${scripts.language === code} onClick=${() => setLanguage(code)}>${name}</button>`,
      )}
    </header>
    ${!scripts && html`<p class="muted inside">${t("Loading")}</p>`}
    ${scripts && !found.length && html`<p class="muted inside">${t("No script has these words.")}</p>`}
    <ul role="listbox" aria-label=${t("Scripts")}>
      ${found.map(
        (script, place) => html`<li
          key=${script.key}
          role="option"
          aria-selected=${place === Math.min(picked, found.length - 1)}
          onMouseDown=${(event) => {
            event.preventDefault();
            choose(script);
          }}
        >
          <strong>${script.title}</strong><span class="cut muted" title=${script.body}>${script.body}</span>
        </li>`,
      )}
    </ul>
  </div>`;
}
