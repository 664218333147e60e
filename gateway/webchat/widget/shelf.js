// What this browser keeps. A signed customer keeps no token: whoever uses the browser next must not become them.

const user = (() => {
  try {
    return identity ? String(JSON.parse(identity).user ?? "") : "";
  } catch {
    return "";
  }
})();
const shelf = `huiliu:${account}:${user}:`;

const kept = (name, otherwise) => {
  try {
    return JSON.parse(localStorage.getItem(shelf + name)) ?? otherwise;
  } catch {
    return otherwise;
  }
};
const keep = (name, value) => {
  try {
    if (value === undefined) localStorage.removeItem(shelf + name);
    else localStorage.setItem(shelf + name, JSON.stringify(value));
  } catch {
    // A browser that stores nothing still chats; only a reload forgets.
  }
};

// Messages that are not committed yet, each under a name of its own: two windows of one visitor lose nothing of each other.
const keptQueue = () => {
  try {
    const names = Object.keys(localStorage).filter((name) => name.startsWith(`${shelf}queue:`));
    return names.map((name) => JSON.parse(localStorage.getItem(name))).sort((one, other) => (one.at < other.at ? -1 : 1));
  } catch {
    return [];
  }
};

const state = {
  token: user ? "" : kept("token", ""),
  cursor: 0,
  messages: new Map(),
  queue: keptQueue(),
  uploads: [],
  isOpen: false,
  isOnline: false,
  wasOnline: false,
  identityRefused: false,
  questions: null,
  introduced: kept("introduced", false),
  mails: false,
  isLeaving: false,
  declined: false,
  standing: { position: 0, staffed: true },
};

const enqueue = (entry) => {
  state.queue = [...state.queue.filter((each) => each.client !== entry.client), entry].sort((one, other) => (one.at < other.at ? -1 : 1));
  keep(`queue:${entry.client}`, entry);
};
const dequeue = (client) => {
  state.queue = state.queue.filter((each) => each.client !== client);
  keep(`queue:${client}`);
};
const everything = () => {
  const stored = [...state.messages.values()].sort((one, other) => (one.id < other.id ? -1 : 1));
  const known = new Set(stored.map((message) => message.client));
  return [...stored, ...state.queue.filter((entry) => !known.has(entry.client)), ...state.uploads];
};
