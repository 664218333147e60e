// Marks and icons: drawn, so that they follow the colour of the words beside them.

import { html } from "./vendor/htm-preact.js";
import { t } from "./words.js";

const icon = (paths) => html`<svg
  class="icon"
  width="16"
  height="16"
  viewBox="0 0 16 16"
  fill="none"
  stroke="currentColor"
  stroke-width="1.5"
  stroke-linecap="round"
  stroke-linejoin="round"
  aria-hidden="true"
>
  ${paths.map((path) => html`<path d=${path} />`)}
</svg>`;

const PATHS = {
  back: ["M10 3 5 8l5 5"],
  person: ["M8 8a2.75 2.75 0 1 0 0-5.5A2.75 2.75 0 0 0 8 8Z", "M2.75 13.5c.6-2.4 2.6-3.75 5.25-3.75s4.65 1.35 5.25 3.75"],
  attach: ["M13 7.5 8 12.4a3.2 3.2 0 0 1-4.6-4.6l5.2-5a2.1 2.1 0 0 1 3 3L6.5 10.7a1 1 0 0 1-1.5-1.4L9.4 5"],
  template: ["M3 2.5h10v11H3z", "M5.5 5.5h5", "M5.5 8h2", "M9.5 8h1", "M5.5 10.5h3.5"],
  script: ["M9.5 2.5l-3 11"],
  close: ["M4 4l8 8", "M12 4l-8 8"],
  more: ["M3.5 8h.01", "M8 8h.01", "M12.5 8h.01"],
  clock: ["M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12Z", "M8 5v3.2l2 1.3"],
  check: ["M3 8.5l3.2 3.2L13 5"],
  checks: ["M1.5 8.7l3 3L10.5 5", "M7.5 11.2l.6.5L14.5 5"],
  cross: ["M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12Z", "M6 6l4 4", "M10 6l-4 4"],
  doubt: ["M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12Z", "M6.4 6.4c.1-.9.8-1.4 1.7-1.4s1.7.6 1.7 1.5c0 1.3-1.8 1.3-1.8 2.5", "M8 11.2h.01"],
  file: ["M4 2.5h5l3 3v8H4z", "M9 2.5v3h3"],
  pause: ["M6 4v8", "M10 4v8"],
  inbox: ["M2.5 9l2-5.5h7l2 5.5v4h-11z", "M2.5 9h3l1 1.8h3l1-1.8h3"],
  image: ["M2.5 3h11v10h-11z", "M2.5 11l3.2-3 2.3 2.2 2-1.7 3.5 3", "M10.2 6h.01"],
};

export const Icon = ({ name }) => icon(PATHS[name]);

// By kind, or by what stands before its `_`: all providers of short messages look alike.
const CHANNELS = {
  wechat: {
    name: "WeChat",
    paths: [
      "M6.3 2.5C3.7 2.5 1.5 4.2 1.5 6.4c0 1.2.7 2.3 1.8 3l-.4 1.5 1.8-.9c.5.1 1 .2 1.6.2",
      "M10.2 6.2c2.4 0 4.3 1.5 4.3 3.4 0 1.1-.6 2-1.6 2.6l.3 1.3-1.6-.8c-.4.1-.9.2-1.4.2-2.4 0-4.3-1.5-4.3-3.3s1.9-3.4 4.3-3.4Z",
    ],
  },
  wecom: {
    name: "WeCom",
    paths: ["M3 10V8a5 5 0 0 1 10 0v2", "M1.8 9.5h2.4v3.5H1.8z", "M11.8 9.5h2.4v3.5h-2.4z", "M13 13c0 1.2-1.5 1.7-3.5 1.7"],
  },
  sms: { name: "SMS", paths: ["M4.5 1.8h7v12.4h-7z", "M7 11.9h2"] },
  email: { name: "E-mail", paths: ["M2 3.5h12v9H2z", "M2.3 4l5.7 4.5L13.7 4"] },
  telegram: { name: "Telegram", paths: ["M14 2.5 1.8 7.2l4 1.5 1.5 4.8 2.2-2.8 3.3 2.3z", "M5.8 8.7 14 2.5"] },
  custom: { name: "Custom HTTP", paths: ["M2.5 2.5h4v4h-4z", "M9.5 2.5h4v4h-4z", "M2.5 9.5h4v4h-4z", "M11.5 9.5v4", "M9.5 11.5h4"] },
  webchat: { name: "Web chat", paths: ["M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12Z", "M2 8h12", "M8 2c2 1.8 2.6 3.8 2.6 6S10 12.2 8 14C6 12.2 5.4 10.2 5.4 8S6 3.8 8 2Z"] },
};

const UNKNOWN = { name: "Unknown channel", paths: ["M3 3h10v8H8l-3 2.5V11H3z"] };

const SCHEMES = { tel: "sms", mailto: "email", web: "webchat", user: "webchat" };

const channelOf = (kind) => CHANNELS[kind] || CHANNELS[kind.split("_")[0]] || UNKNOWN;

export const channelName = (kind) => t(channelOf(kind).name);

export function Mark({ kind, account }) {
  const name = [channelName(kind), account].filter(Boolean).join(" · ");
  return html`<span class=${`mark ${kind}`} title=${name}
    >${icon(channelOf(kind).paths)}<span class="visually-hidden">${name}</span></span
  >`;
}

export const SchemeMark = ({ scheme, account }) => html`<${Mark} kind=${SCHEMES[scheme] || scheme} account=${account} />`;
