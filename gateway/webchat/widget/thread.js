// The thread: only what looks different is drawn again, so that pictures stay and screen readers hear news once.

const pad = (number) => String(number).padStart(2, "0");
const clock = (at) => {
  const date = new Date(at);
  const time = `${pad(date.getHours())}:${pad(date.getMinutes())}`;
  const sameDay = date.toDateString() === new Date().toDateString();
  return sameDay ? time : `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())} ${time}`;
};

// A menu is answered by the first choice after it that names one of its options.
const chosenOf = (part, later) => {
  const ids = new Set(part.options.map((option) => option.id));
  return later.flatMap((each) => each.parts).find((each) => each.kind === "choice" && ids.has(each.id))?.id;
};

const stateOf = (message, later) => {
  if (message.refused) return words.refused;
  if (message.pending) return state.isOnline ? words.sending : words.waiting;
  return later.some((each) => each.from === "agent") ? words.read : words.sent;
};

const link = (label, onclick) => make("button", { type: "button", onclick }, label);

const draw = (message, later) => {
  const own = message.from === "visitor";
  const drawn = message.parts.map((part) => DRAW[part.kind]?.(part, part.kind === "menu" && chosenOf(part, later)) ?? "");
  const status = own ? ` · ${stateOf(message, later)}` : "";
  const meta = make("div", { class: message.refused ? "meta failed" : "meta" }, `${clock(message.at)}${status}`);
  if (message.refused) meta.append(link(words.again, () => again(message)), link(words.remove, () => remove(message)));
  const who = make("span", { class: "hint" }, `${own ? words.you : words[message.from]}: `);
  return make("li", { class: own ? "item own" : "item" }, who, ...drawn, meta);
};

let nodes = new Map();
let isAtEnd = true;
const stick = () => {
  if (isAtEnd) list.scrollTop = list.scrollHeight;
};
// Only a hand moves away from the end; what shrinks and grows while pictures are loaded does not.
let hand = 0;
for (const event of ["wheel", "touchmove", "keydown", "pointerdown"]) list.addEventListener(event, () => (hand = Date.now()), { passive: true });
list.addEventListener("scroll", () => {
  if (list.scrollHeight - list.scrollTop - list.clientHeight < 48) isAtEnd = true;
  else if (Date.now() - hand < 1000) isAtEnd = false;
});

const greetingText = make("div", { class: "bubble" }, words.greeting);
const greeting = make("li", { class: "item" }, greetingText);

// How far our messages came does not show: drawing them again would take the focus from their buttons.
const withoutReceipts = (name, value) => (name === "state" ? undefined : value);

const render = () => {
  const all = everything();
  const fresh = new Map();
  all.forEach((message, index) => {
    const later = all.slice(index + 1);
    const chosen = message.parts.map((part) => part.kind === "menu" && chosenOf(part, later));
    const look = JSON.stringify([message, chosen, message.from === "visitor" && stateOf(message, later)], withoutReceipts);
    const name = message.client || message.id;
    const before = nodes.get(name);
    fresh.set(name, before?.look === look ? before : { look, node: draw(message, later) });
  });
  const wanted = [greeting, ...[...fresh.values()].map((each) => each.node)];
  for (const old of [...list.children]) if (!wanted.includes(old)) old.remove();
  wanted.forEach((node, index) => {
    if (list.children[index] !== node) list.insertBefore(node, list.children[index] ?? null);
  });
  nodes = fresh;
  banner.hidden = state.isOnline || !state.wasOnline;
  renderStanding();
  renderForm(all);
  renderLeave(all);
  stick();
  count(all);
};

const renderStanding = () => {
  const { position, staffed, minutes, wish } = state.standing;
  const place = position > 1 ? words.place(position) : words.next;
  const line = `${place}${minutes ? words.about(minutes) : ""}${words.wait}`;
  const text = position && words.wished[wish] ? words.wished[wish] : staffed ? (position ? line : "") : position ? words.left : words.nobody;
  standing.hidden = !text || !state.isOnline;
  ways.hidden = !position || Boolean(wish) || !state.isOnline;
  if (standing.textContent !== text) standing.textContent = text;
};

let prefix = "";
const count = (all) => {
  const unread = all.filter((each) => each.parts.some((part) => part.delivery && part.state !== "read")).length;
  badge.hidden = !unread;
  badge.textContent = unread > 99 ? "99+" : String(unread);
  launch.setAttribute("aria-label", unread ? `${words.open}, ${words.unread(unread)}` : words.open);
  // The page may have changed its title meanwhile.
  const bare = document.title.startsWith(prefix) ? document.title.slice(prefix.length) : document.title;
  prefix = unread ? `(${unread}) ` : "";
  if (document.title !== prefix + bare) document.title = prefix + bare;
};
