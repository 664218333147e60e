// The emergency switch: an announcement to everybody who waits or writes, begun and ended with a reason.

import { html } from "./vendor/htm-preact.js";
import { get, post } from "./api.js";
import { t } from "./words.js";

const LANGUAGES = [
  ["zh-CN", "中文"],
  ["en", "English"],
];

export function EmergencySwitch({ on, ask }) {
  const begin = async () => ask({ Content: Begin, prepared: (await get("emergency")).prepared });
  return html`<div class="row emergency-switch">
    ${on
      ? html`<button class="button danger" onClick=${() => ask({ Content: End })}>${t("End the emergency")}</button>`
      : html`<button class="button danger" onClick=${begin}>${t("Emergency announcement")}</button>`}
    <a class="button quiet" href="/setup/announcements">${t("Prepared announcements")}</a>
  </div>`;
}

function Begin({ prepared, choice, setChoice }) {
  const texts = choice.texts || (prepared[0] || { texts: {} }).texts;
  const pick = (event) => setChoice({ texts: (prepared.find(({ id }) => id === event.currentTarget.value) || { texts: {} }).texts });
  const write = (language) => (event) => setChoice({ texts: { ...texts, [language]: event.currentTarget.value } });
  return {
    title: t("Emergency announcement"),
    deed: t("Tell all customers"),
    danger: true,
    fields: html`<p class="muted">
        ${t("On all channels, once: everybody who waits now, and everybody who writes until you end it. Conversations are recorded and queued as ever, and agents may go on.")}
      </p>
      <div class="field">
        <label for="prepared">${t("Prepared announcements")}</label>
        <select class="input" id="prepared" onChange=${pick}>
          ${prepared.map(({ id, name }) => html`<option value=${id}>${name}</option>`)}
          <option value="">${t("Write another")}</option>
        </select>
      </div>
      ${LANGUAGES.map(
        ([language, name]) => html`<div class="field" key=${language}>
          <label for=${`text-${language}`}>${t("What customers are told")} (${name})</label>
          <textarea class="input" id=${`text-${language}`} rows="3" maxlength="1000" value=${texts[language] || ""} onInput=${write(language)}></textarea>
        </div>`,
      )}`,
    act: (reason) => post("emergency", { texts, reason }),
  };
}

function End() {
  return {
    title: t("End the emergency"),
    deed: t("End it"),
    fields: html`<p class="muted">${t("Nobody is told the announcement any more. Who was told keeps their place in line.")}</p>`,
    act: (reason) => post("emergency/end", { reason }),
  };
}
