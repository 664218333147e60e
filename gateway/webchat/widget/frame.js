// The button and the window: what is always there.

const host = document.createElement("div");
const shadow = host.attachShadow({ mode: "open" });
const sheet = new CSSStyleSheet();
sheet.replaceSync("__STYLE__");
shadow.adoptedStyleSheets = [sheet];

const make = (tag, attributes = {}, ...children) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (typeof value === "boolean") element.toggleAttribute(name, value);
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
};

const icon = (path) => {
  const [picture, line] = ["svg", "path"].map((tag) => document.createElementNS("http://www.w3.org/2000/svg", tag));
  picture.setAttribute("viewBox", "0 0 24 24");
  picture.setAttribute("aria-hidden", "true");
  line.setAttribute("d", path);
  picture.append(line);
  return picture;
};
const ICONS = {
  chat: "M4 5h16v11H9l-5 4z",
  close: "M6 6l12 12M18 6L6 18",
  clip: "M20 11l-8.5 8.5a5 5 0 0 1-7-7L13 4a3.5 3.5 0 0 1 5 5l-8.5 8.5a2 2 0 0 1-3-3L14 7",
  send: "M4 12l16-8-6 16-3-7z",
  file: "M7 3h7l4 4v14H7zM14 3v4h4",
};
const iconButton = (name, label, onclick) =>
  make("button", { class: "icon", type: "button", "aria-label": label, title: label, onclick }, icon(ICONS[name]));

const badge = make("span", { class: "badge", "aria-hidden": "true", hidden: true });
const launch = make(
  "button",
  { class: "launch", type: "button", "aria-label": words.open, "aria-expanded": "false", onclick: () => toggle() },
  icon(ICONS.chat),
  badge,
);
const heading = make("h2", { id: "title" }, words.title);
const banner = make("div", { class: "banner", role: "status", hidden: true }, words.offline);
const standing = make("div", { class: "standing", role: "status", hidden: true });
const ways = make("div", { class: "ways", role: "group", "aria-label": words.instead, hidden: true });
const list = make("ol", { class: "list", role: "log", "aria-live": "polite", "aria-label": words.title, tabindex: "0" });
const typing = make("div", { class: "typing", role: "status" });
const note = make("div", { class: "note", role: "alert", hidden: true });
const picker = make("input", { type: "file", hidden: true, multiple: true, onchange: () => pick() });
const box = make("textarea", { rows: "1", placeholder: words.write, "aria-label": words.write });
const send = make("button", { class: "icon send", type: "submit", "aria-label": words.send, disabled: true }, icon(ICONS.send));
const form = make("form", { class: "write" }, iconButton("clip", words.attach, () => picker.click()), picker, box, send);
const ask = make("form", { class: "ask", hidden: true });
const leave = make("form", { class: "leave", hidden: true });
const panel = make(
  "section",
  { class: "panel", role: "dialog", "aria-labelledby": "title", hidden: true },
  make("header", { class: "head" }, heading, iconButton("close", words.close, () => toggle(false))),
  banner,
  standing,
  ways,
  list,
  ask,
  typing,
  note,
  leave,
  form,
  make("div", { class: "over", "aria-hidden": "true" }, words.drop),
);
const root = make("div", { class: "root", lang: language }, panel, launch);
shadow.append(root);

const phone = matchMedia("(max-width: 480px)");

const say = (text) => {
  note.textContent = text;
  note.hidden = !text;
};

const toggle = (open = !state.isOpen) => {
  if (!open && holdsBack()) return;
  state.isOpen = open;
  panel.hidden = !open;
  panel.setAttribute("aria-modal", String(phone.matches));
  root.classList.toggle("open", open);
  launch.setAttribute("aria-expanded", String(open));
  isAtEnd = true;
  render();
  (open ? firstField() : launch).focus();
  acknowledge();
};

// Where a keyboard would cover the screen it waits until it is asked for.
const writing = () => (matchMedia("(pointer: coarse)").matches ? list : box);
const firstField = () => (ask.hidden ? writing() : ask.querySelector("input, textarea"));

// On a phone the window is all there is: Tab stays inside.
const hold = (event) => {
  const reachable = [...panel.querySelectorAll("button, textarea, input, a, ol")].filter((each) => each.offsetParent && !each.disabled);
  const [from, to] = event.shiftKey ? [reachable[0], reachable.at(-1)] : [reachable.at(-1), reachable[0]];
  if (shadow.activeElement !== from) return;
  event.preventDefault();
  to.focus();
};

root.addEventListener("keydown", (event) => {
  if (!event.target.closest("dialog")) {
    if (event.key === "Escape" && state.isOpen && !event.isComposing) toggle(false);
    if (event.key === "Tab" && phone.matches && state.isOpen) hold(event);
  }
  event.stopPropagation(); // the page's own keys must not act on what is written here
});

// A phone's keyboard covers the lower part of the page without making it smaller.
const fit = () => {
  root.style.setProperty("--height", `${visualViewport.height}px`);
  root.style.setProperty("--top", `${visualViewport.offsetTop}px`);
  stick();
};
for (const event of ["resize", "scroll"]) visualViewport?.addEventListener(event, fit);
