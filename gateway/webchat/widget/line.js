// The line: one socket that always comes back, and says what happened meanwhile.

const SILENCE = 60_000; // the server says something every 25 s

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
    const page = `${location.origin}${location.pathname}${location.search}`;
    tell({ kind: "hello", token: state.token, cursor: state.cursor, language, page, ...signed });
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
    state.messages.set(message.id, message);
    if (!message.client) continue;
    state.messages.delete(message.client);
    dequeue(message.client);
    if (message.client === inFlight) inFlight = "";
  }
};

let typingOver = 0;
const HEAR = {
  welcome: (frame) => {
    line.steady();
    state.isOnline = state.wasOnline = true;
    state.token = frame.token;
    state.questions = frame.questions;
    state.mails = frame.mails;
    if (!user) keep("token", frame.token);
    if (frame.title) heading.textContent = frame.title;
    if (frame.greeting) greetingText.textContent = frame.greeting;
    HEAR.news(frame);
    resume();
  },
  news: (frame) => {
    state.cursor = frame.cursor;
    take(frame.messages);
    if (frame.messages.some((message) => message.from === "agent")) typing.textContent = "";
    render();
    flush();
    acknowledge();
  },
  standing: (frame) => {
    state.standing = frame;
    render();
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
    typing.textContent = words.typing;
    clearTimeout(typingOver);
    typingOver = setTimeout(() => (typing.textContent = ""), 6000);
  },
};

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
