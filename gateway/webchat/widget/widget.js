// The Huiliu web chat: <script src="…/webchat/widget.js" data-account="…" async></script>
// It lives in a shadow root, keeps unsent messages in localStorage, and shows what the database says.
(() => {
  "use strict";

  const script = document.currentScript;
  const { account, identity = "", signature = "" } = script.dataset;
  const site = new URL(script.src).origin;
  const base = `${site}/webchat/${encodeURIComponent(account)}`;
  const language = script.dataset.language || navigator.language || "zh-CN";

  const WORDS = {
    zh: {
      title: "在线客服", open: "打开在线客服", close: "关闭", greeting: "您好，请问有什么可以帮您？", write: "请输入…",
      send: "发送", attach: "发送图片或文件", you: "我", agent: "客服", system: "系统", sending: "发送中",
      waiting: "联网后自动发送", sent: "已送达", read: "已读", refused: "未能发送", again: "重试", drop: "删除",
      offline: "网络已断开。您写的内容已保存，联网后自动发送。", typing: "对方正在输入…", large: "文件不能超过 10 MB",
      lost: "文件未能上传，请重试", download: "下载", picture: "图片", unread: (n) => `${n} 条未读消息`,
      long: "最多 4000 字",
    },
    en: {
      title: "Chat with us", open: "Open the chat", close: "Close", greeting: "Hello, how can we help?", write: "Write a message",
      send: "Send", attach: "Send a picture or a file", you: "You", agent: "Agent", system: "Service", sending: "Sending",
      waiting: "Will be sent when you are online", sent: "Delivered", read: "Read", refused: "Not sent", again: "Try again",
      drop: "Remove", offline: "You are offline. What you write is kept and sent when you are back.",
      typing: "Writing…", large: "Files may have up to 10 MB", lost: "The file was not uploaded, please try again",
      download: "Download", picture: "Picture", unread: (n) => `${n} unread`, long: "Up to 4,000 characters",
    },
  };
  const words = WORDS[language.toLowerCase().startsWith("zh") ? "zh" : "en"];

  const FILE_LIMIT = 10 * 1024 * 1024;
  const TEXT_LIMIT = 4000;
  const SILENCE = 60_000; // the server says something every 25 s
  const RANK = { accepted: 1, delivered: 2, read: 3 };

  // What is kept in this browser. A signed customer keeps no token: whoever uses the browser next must not become them.

  const user = (() => {
    try {
      return identity ? String(JSON.parse(identity).user ?? "") : "";
    } catch {
      return "";
    }
  })();
  const shelf = `huiliu:${account}:${user}`;

  const kept = (name, otherwise) => {
    try {
      return JSON.parse(localStorage.getItem(`${shelf}:${name}`)) ?? otherwise;
    } catch {
      return otherwise;
    }
  };
  const keep = (name, value) => {
    try {
      localStorage.setItem(`${shelf}:${name}`, JSON.stringify(value));
    } catch {
      // A browser that stores nothing still chats; only a reload forgets.
    }
  };

  const state = {
    token: user ? "" : kept("token", ""),
    cursor: 0,
    messages: new Map(),
    queue: kept("queue", []),
    isOpen: false,
    isOnline: false,
    identityRefused: false,
  };

  // Drawing

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
    const picture = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    picture.setAttribute("viewBox", "0 0 24 24");
    picture.setAttribute("aria-hidden", "true");
    const line = document.createElementNS("http://www.w3.org/2000/svg", "path");
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

  const badge = make("span", { class: "badge", "aria-hidden": "true", hidden: true });
  const launch = make(
    "button",
    { class: "launch", type: "button", "aria-label": words.open, "aria-expanded": "false", onclick: () => toggle() },
    icon(ICONS.chat),
    badge,
  );
  const heading = make("h2", { id: "title" }, words.title);
  const banner = make("div", { class: "banner", role: "status", hidden: true }, words.offline);
  const list = make("ol", { class: "list", role: "log", "aria-live": "polite", "aria-label": words.title, tabindex: "0" });
  const typing = make("div", { class: "typing", role: "status", hidden: true }, words.typing);
  const note = make("div", { class: "note", role: "alert", hidden: true });
  const picker = make("input", { type: "file", hidden: true, multiple: true, onchange: () => pick() });
  const box = make("textarea", { rows: "1", placeholder: words.write, "aria-label": words.write });
  const send = make("button", { class: "icon send", type: "submit", "aria-label": words.send, disabled: true }, icon(ICONS.send));
  const form = make(
    "form",
    { class: "write" },
    make(
      "button",
      { class: "icon", type: "button", "aria-label": words.attach, title: words.attach, onclick: () => picker.click() },
      icon(ICONS.clip),
    ),
    picker,
    box,
    send,
  );
  const panel = make(
    "section",
    { class: "panel", role: "dialog", "aria-labelledby": "title", hidden: true },
    make(
      "header",
      { class: "head" },
      heading,
      make("button", { class: "icon", type: "button", "aria-label": words.close, onclick: () => toggle(false) }, icon(ICONS.close)),
    ),
    banner,
    list,
    typing,
    note,
    form,
  );
  const root = make("div", { class: "root", lang: language }, panel, launch);
  shadow.append(root);

  const say = (text) => {
    note.textContent = text;
    note.hidden = !text;
  };

  const pad = (number) => String(number).padStart(2, "0");
  const clock = (at) => {
    const date = new Date(at);
    const time = `${pad(date.getHours())}:${pad(date.getMinutes())}`;
    const sameDay = date.toDateString() === new Date().toDateString();
    return sameDay ? time : `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())} ${time}`;
  };

  const linked = (text) => {
    const parts = text.split(/(https?:\/\/[^\s<>"'，。；！？）】]+)/);
    return parts.map((part, index) => (index % 2 ? anchor(part, part) : part));
  };
  const anchor = (url, text) =>
    /^https?:/i.test(url) ? make("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, text) : text;

  const size = (bytes) => (bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} KB` : `${(bytes / 1e6).toFixed(1)} MB`);

  const bytesOf = new Map();
  const load = (digest) => {
    if (!bytesOf.has(digest)) {
      const loading = fetch(`${base}/files/${digest}`, { headers: { Authorization: `Bearer ${state.token}` } })
        .then((answer) => (answer.ok ? answer.blob() : Promise.reject(answer)))
        .then((blob) => URL.createObjectURL(blob));
      loading.catch(() => bytesOf.delete(digest));
      bytesOf.set(digest, loading);
    }
    return bytesOf.get(digest);
  };

  const download = async (part) => {
    try {
      make("a", { href: await load(part.digest), download: part.name || part.digest.slice(0, 12) }).click();
    } catch {
      say(words.lost);
    }
  };

  const fileButton = (part) =>
    make(
      "button",
      { class: "bubble file", type: "button", title: words.download, onclick: () => download(part) },
      icon(ICONS.file),
      make("span", {}, `${part.name || words.download} (${size(part.size)})`),
    );

  const picture = (part) => {
    const shown = make("img", { alt: part.name || words.picture });
    const frame = make("button", { class: "bubble picture", type: "button", onclick: () => download(part) }, shown);
    shown.addEventListener("load", stick);
    load(part.digest).then(
      (url) => (shown.src = url),
      () => frame.replaceWith(fileButton(part)),
    );
    return frame;
  };

  const menu = (part, chosen) =>
    make(
      "div",
      { class: "card", role: "group", "aria-label": part.text },
      make("p", {}, part.text),
      ...part.options.map((option) =>
        make(
          "button",
          {
            type: "button",
            disabled: Boolean(chosen),
            "aria-pressed": String(chosen === option.id),
            onclick: () => submit({ choice: option }),
          },
          option.label,
        ),
      ),
    );

  const DRAW = {
    text: (part) => make("div", { class: "bubble" }, ...linked(part.text)),
    choice: (part) => make("div", { class: "bubble" }, part.label || part.id),
    link: (part) => make("div", { class: "bubble" }, anchor(part.url, part.title || part.url), part.description && `\n${part.description}`),
    menu,
    media: (part) => (part.type === "image" ? picture(part) : fileButton(part)),
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

  const draw = (message, later) => {
    const own = message.from === "visitor";
    const drawn = message.parts.map((part) => DRAW[part.kind]?.(part, part.kind === "menu" && chosenOf(part, later)) ?? "");
    const status = own ? ` · ${stateOf(message, later)}` : "";
    const meta = make("div", { class: message.refused ? "meta failed" : "meta" }, `${clock(message.at)}${status}`);
    if (message.refused) {
      const again = () => change(message.client, { refused: false }, true);
      const drop = () => dequeue(message.client);
      meta.append(
        make("button", { type: "button", onclick: again }, words.again),
        make("button", { type: "button", onclick: drop }, words.drop),
      );
    }
    const who = make("span", { class: "hint" }, `${own ? words.you : words[message.from]}: `);
    return make("li", { class: own ? "item own" : "item" }, who, ...drawn, meta);
  };

  let nodes = new Map();
  let isAtEnd = true;
  const stick = () => {
    if (isAtEnd) list.scrollTop = list.scrollHeight;
  };
  list.addEventListener("scroll", () => {
    isAtEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 48;
  });

  const everything = () => {
    const stored = [...state.messages.values()].sort((one, other) => (one.id < other.id ? -1 : 1));
    const known = new Set(stored.map((message) => message.client));
    return [...stored, ...state.queue.filter((entry) => !known.has(entry.client))];
  };

  // Only what looks different is drawn again, so that pictures stay and screen readers hear news once.
  const render = () => {
    const all = everything();
    const fresh = new Map();
    all.forEach((message, index) => {
      const later = all.slice(index + 1);
      const chosen = message.parts.map((part) => part.kind === "menu" && chosenOf(part, later));
      const look = JSON.stringify([message, chosen, message.from === "visitor" && stateOf(message, later)]);
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
    banner.hidden = state.isOnline || !wasOnline;
    stick();
    count(all);
  };

  const greetingText = make("div", { class: "bubble" }, words.greeting);
  const greeting = make("li", { class: "item" }, greetingText);

  const count = (all) => {
    const unread = all.filter((each) => each.parts.some((part) => part.delivery && part.state !== "read")).length;
    badge.hidden = !unread;
    badge.textContent = unread > 99 ? "99+" : String(unread);
    launch.setAttribute("aria-label", unread ? `${words.open}, ${words.unread(unread)}` : words.open);
  };

  const toggle = (open = !state.isOpen) => {
    state.isOpen = open;
    panel.hidden = !open;
    root.classList.toggle("open", open);
    launch.setAttribute("aria-expanded", String(open));
    isAtEnd = true;
    render();
    (open ? box : launch).focus();
    acknowledge();
  };

  // Receipts: delivered when the widget has it, read when it is on the screen

  const report = (status) => {
    const late = [...state.messages.values()]
      .flatMap((message) => message.parts)
      .filter((part) => part.delivery && RANK[part.state] < RANK[status]);
    if (!late.length || !line.tell({ kind: "receipt", status, deliveries: late.map((part) => part.delivery).slice(0, 200) })) return;
    for (const part of late) part.state = status;
  };

  const acknowledge = () => {
    if (!state.isOpen || document.hidden) {
      report("delivered");
      return;
    }
    report("read");
    count(everything());
  };

  // The queue: a message leaves it only when the server says that it is committed

  const newId = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

  const show = ({ text, choice, attachments = [] }) => [
    ...(text ? [{ kind: "text", text }] : []),
    ...(choice ? [{ kind: "choice", id: choice.id, label: choice.label }] : []),
    ...attachments,
  ];

  const submit = (said) => {
    const entry = { client: newId(), from: "visitor", at: new Date().toISOString(), pending: true, said, parts: show(said) };
    state.queue.push(entry);
    keep("queue", state.queue);
    isAtEnd = true;
    render();
    flush();
  };

  const change = (client, values, isRetry = false) => {
    state.queue = state.queue.map((entry) => (entry.client === client ? { ...entry, ...values } : entry));
    keep("queue", state.queue);
    render();
    if (isRetry) flush();
  };

  const dequeue = (client) => {
    state.queue = state.queue.filter((entry) => entry.client !== client);
    keep("queue", state.queue);
    render();
  };

  // One at a time, so that a customer's words arrive in their order.
  let inFlight = "";
  const flush = () => {
    const next = state.queue.find((entry) => !entry.refused);
    if (!next || inFlight || !line.tell({ kind: "message", id: next.client, ...next.said })) return;
    inFlight = next.client;
  };

  const committed = (client) => {
    const entry = state.queue.find((each) => each.client === client);
    if (entry && ![...state.messages.values()].some((message) => message.client === client)) {
      // Until the story tells it, what was committed is shown from here, behind everything that has an id.
      state.messages.set(client, { ...entry, id: `~${client}`, pending: false });
    }
    inFlight = "";
    dequeue(client);
    flush();
  };

  const refuse = (client, reason) => {
    inFlight = "";
    if (reason === "too_many") setTimeout(flush, 5000);
    else change(client, { refused: true });
  };

  // The line

  let wasOnline = false;
  const line = (() => {
    let socket = null;
    let failures = 0;
    let timer = 0;
    let watchdog = 0;

    const open = () => {
      clearTimeout(timer);
      socket = new WebSocket(`${base.replace(/^http/, "ws")}/socket`);
      socket.onopen = hello;
      socket.onmessage = (event) => hear(JSON.parse(event.data));
      socket.onclose = lost;
      watch();
    };
    const tell = (frame) => {
      if (socket?.readyState !== WebSocket.OPEN || (frame.kind !== "hello" && !state.isOnline)) return false;
      socket.send(JSON.stringify(frame));
      return true;
    };
    const hello = () => {
      const signed = identity && !state.identityRefused ? { identity, signature } : {};
      tell({ kind: "hello", token: state.token, cursor: state.cursor, language, ...signed });
    };
    const lost = () => {
      socket = null;
      inFlight = "";
      clearTimeout(watchdog);
      state.isOnline = false;
      render();
      const wait = Math.min(30_000, 500 * 2 ** failures++) * (0.5 + Math.random() / 2);
      timer = setTimeout(open, wait);
    };
    const watch = () => {
      clearTimeout(watchdog);
      watchdog = setTimeout(() => socket?.close(), SILENCE);
    };
    const now = () => {
      failures = 0;
      if (!socket) open();
    };
    const drop = () => {
      const old = socket;
      if (!old) return;
      old.onclose = old.onmessage = null;
      old.close();
      lost();
    };
    const hear = (frame) => {
      watch();
      HEAR[frame.kind]?.(frame);
    };
    return { open, tell, hello, now, drop, steady: () => (failures = 0) };
  })();

  const take = (messages) => {
    for (const message of messages) {
      if (message.client) state.messages.delete(message.client);
      state.messages.set(message.id, message);
    }
  };

  let typingOver = 0;
  const HEAR = {
    welcome: (frame) => {
      line.steady();
      state.isOnline = wasOnline = true;
      state.token = frame.token;
      if (!user) keep("token", frame.token);
      if (frame.title) heading.textContent = frame.title;
      if (frame.greeting) greetingText.textContent = frame.greeting;
      HEAR.news(frame);
      flush();
    },
    news: (frame) => {
      state.cursor = frame.cursor;
      take(frame.messages);
      const told = new Set(frame.messages.map((message) => message.client));
      const left = state.queue.filter((entry) => !told.has(entry.client));
      if (left.length < state.queue.length) {
        if (told.has(inFlight)) inFlight = "";
        state.queue = left;
        keep("queue", left);
        flush();
      }
      if (frame.messages.some((message) => message.from === "agent")) typing.hidden = true;
      render();
      acknowledge();
    },
    committed: (frame) => committed(frame.id),
    refused: (frame) => {
      if (frame.id !== "hello") return refuse(frame.id, frame.reason);
      if (frame.reason !== "identity") return undefined;
      // The page is older than its identity: go on with the token of this page, or as a stranger.
      state.identityRefused = true;
      return line.hello();
    },
    typing: () => {
      typing.hidden = false;
      clearTimeout(typingOver);
      typingOver = setTimeout(() => (typing.hidden = true), 6000);
    },
  };

  // Writing

  const grow = () => {
    box.style.height = "auto";
    box.style.height = `${Math.min(box.scrollHeight + 2, 132)}px`;
    const length = [...box.value.trim()].length;
    send.disabled = !length || length > TEXT_LIMIT;
    say(length > TEXT_LIMIT ? words.long : "");
  };

  let toldTyping = 0;
  box.addEventListener("input", () => {
    grow();
    if (Date.now() - toldTyping > 3000 && line.tell({ kind: "typing" })) toldTyping = Date.now();
  });
  box.addEventListener("keydown", (event) => {
    // While an input method is composing, Enter belongs to it.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    form.requestSubmit();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = box.value.trim();
    if (send.disabled || !text) return;
    box.value = "";
    toldTyping = 0;
    grow();
    submit({ text });
    box.focus();
  });

  const upload = async (file) => {
    if (file.size > FILE_LIMIT) return say(words.large);
    say("");
    try {
      const answer = await fetch(`${base}/files?name=${encodeURIComponent(file.name)}`, {
        method: "POST",
        headers: { Authorization: `Bearer ${state.token}`, "Content-Type": "application/octet-stream" },
        body: file,
      });
      if (!answer.ok) throw answer;
      const part = await answer.json();
      bytesOf.set(part.digest, Promise.resolve(URL.createObjectURL(file)));
      return submit({ attachments: [part] });
    } catch {
      return say(words.lost);
    }
  };
  const pick = async () => {
    const files = [...picker.files];
    picker.value = "";
    for (const file of files) await upload(file);
  };
  box.addEventListener("paste", (event) => {
    const files = [...event.clipboardData.files];
    if (!files.length) return;
    event.preventDefault();
    files.forEach(upload);
  });

  root.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && state.isOpen) toggle(false);
    event.stopPropagation(); // the page's own keys must not act on what is written here
  });
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return;
    line.now();
    acknowledge();
  });
  addEventListener("online", line.now);
  addEventListener("offline", line.drop);

  const start = () => {
    document.body.append(host);
    render();
    line.open();
  };
  if (document.body) start();
  else addEventListener("DOMContentLoaded", start);
})();
