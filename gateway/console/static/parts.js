// The parts of a message, each shown so that it can do no harm.

import { html, useState } from "./vendor/htm-preact.js";
import { Icon } from "./icons.js";
import { fileSize } from "./times.js";
import { t } from "./words.js";

const LONG = 900;
const ADDRESS = /(https?:\/\/[^\s<>"'，。；）】》]+)/;

export function Part({ part }) {
  return html`<${PARTS[part.kind]} part=${part} />`;
}

function Words({ text }) {
  const [isWhole, showWhole] = useState(false);
  const isLong = text.length > LONG;
  return html`<p class=${`text ${isLong && !isWhole ? "clamped" : ""}`}>${linked(text)}</p>
    ${isLong &&
    html`<button class="link-button small" aria-expanded=${isWhole} onClick=${() => showWhole(!isWhole)}>
      ${isWhole ? t("Show less") : t("Show all {n} characters", { n: text.length })}
    </button>`}`;
}

const linked = (text) =>
  text.split(ADDRESS).map((piece, place) => (place % 2 ? html`<${Outside} url=${piece} />` : piece));

const Outside = ({ url, children }) =>
  html`<a href=${url} target="_blank" rel="noopener noreferrer">${children || url}</a>`;

const Text = ({ part }) =>
  html`<${Words} text=${part.text} />
    ${part.quoted &&
    html`<details class="quoted">
      <summary class="small muted">${t("Quoted text")}</summary>
      <p class="text muted">${part.quoted}</p>
    </details>`}`;

// An origin of its own, no scripts, no remote pictures: the server says so too.
function Html({ part }) {
  const [isShown, show] = useState(false);
  return html`<button class="link-button small" aria-expanded=${isShown} onClick=${() => show(!isShown)}>
      ${isShown ? t("Hide the formatted mail") : t("Show the formatted mail")}
    </button>
    ${isShown &&
    html`<iframe
      class="mail"
      src=${part.url}
      sandbox="allow-popups allow-popups-to-escape-sandbox"
      referrerpolicy="no-referrer"
      title=${t("Formatted mail")}
    ></iframe>`}`;
}

function Media({ part }) {
  const [isBroken, setBroken] = useState(false);
  if (!part.url)
    return html`<p class="file muted">
      <${Icon} name="clock" />
      ${part.ref ? t("The file is still being fetched from the provider.") : t("The provider no longer has this file.")}
    </p>`;
  if (isBroken || part.type === "file") return html`<${File} part=${part} isBroken=${isBroken} />`;
  const failed = () => setBroken(true);
  if (part.type === "image")
    return html`<a class="picture" href=${part.url} target="_blank" rel="noopener">
      <img src=${part.url} alt=${part.name || t("Image from the conversation")} loading="lazy" onError=${failed} />
    </a>`;
  if (part.type === "voice") return html`<audio controls preload="none" src=${part.url} onError=${failed}></audio>`;
  return html`<video controls preload="metadata" src=${part.url} onError=${failed}></video>`;
}

const File = ({ part, isBroken }) =>
  html`<a class="file" href=${part.url} download=${part.name || ""}>
    <${Icon} name=${part.type === "image" ? "image" : "file"} />
    <span>
      <span class="cut" title=${part.name}>${part.name || t("file")}</span>
      <span class="muted small">${[isBroken && t("cannot be shown here"), part.size && fileSize(part.size)].filter(Boolean).join(" · ")}</span>
    </span>
  </a>`;

const Location = ({ part }) =>
  html`<p class="text">${part.label || t("Location")}</p>
    <p class="muted small number-left">${part.latitude.toFixed(5)}, ${part.longitude.toFixed(5)}</p>`;

const Link = ({ part }) =>
  /^https?:/.test(part.url)
    ? html`<p class="text"><${Outside} url=${part.url}>${part.title || part.url}<//></p>
        ${part.description && html`<p class="muted small">${part.description}</p>`}`
    : html`<p class="text">${part.title} ${part.url}</p>`;

const Menu = ({ part }) =>
  html`<p class="text">${part.text}</p>
    <ol class="menu-options">
      ${part.options.map((option) => html`<li key=${option.id}>${option.label}</li>`)}
    </ol>`;

const Choice = ({ part }) => html`<p class="text"><span class="muted">${t("Tapped:")}</span> ${part.label || part.id}</p>`;

const Template = ({ part }) => html`<p class="text">${part.words}</p>`;

const PARTS = {
  text: Text,
  segment: Text,
  template: Template,
  html: Html,
  media: Media,
  location: Location,
  link: Link,
  menu: Menu,
  choice: Choice,
};
