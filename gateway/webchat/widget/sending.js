// The queue: a message leaves it only when the server says that it is committed.

const FILE_LIMIT = 10 * 1024 * 1024;
const TEXT_LIMIT = 4000;
const RANK = { accepted: 1, delivered: 2, read: 3 };

// Receipts: delivered when the widget has it, read when it is on the screen

const report = (status) => {
  const late = [...state.messages.values()]
    .flatMap((message) => message.parts)
    .filter((part) => part.delivery && RANK[part.state] < RANK[status]);
  if (!late.length || !line.tell({ kind: "receipt", status, deliveries: late.map((part) => part.delivery).slice(0, 200) })) return;
  for (const part of late) part.state = status;
};

const acknowledge = () => {
  report(state.isOpen && !document.hidden ? "read" : "delivered");
  count(everything());
};

const newId = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

const told = ({ name, email, phone, question }) => [[name, email, phone].filter(Boolean).join("\n"), question].filter(Boolean);

const show = ({ text, form, mailbox, choice, attachments = [] }) => [
  ...(form ? told(form) : [text || mailbox].filter(Boolean)).map((words) => ({ kind: "text", text: words })),
  ...(choice ? [{ kind: "choice", id: choice.id, label: choice.label }] : []),
  ...attachments,
];

const fromHere = (values) => ({ client: newId(), from: "visitor", at: new Date().toISOString(), pending: true, ...values });

const submit = (said) => {
  enqueue(fromHere({ said, parts: show(said) }));
  isAtEnd = true;
  render();
  flush();
};

const again = (entry) => {
  if (entry.said) enqueue({ ...entry, refused: false });
  else begin(entry.client);
  render();
  flush();
};

const remove = ({ client }) => {
  state.uploads = state.uploads.filter((each) => each.client !== client);
  dequeue(client);
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
  render();
  flush();
};

const refuse = (client, reason) => {
  inFlight = "";
  if (reason === "too_many") return setTimeout(flush, 5000);
  const entry = state.queue.find((each) => each.client === client);
  if (!entry) return undefined;
  if (entry.said.form || entry.said.mailbox) {
    // The questions come back with what was typed.
    state.mails ||= Boolean(entry.said.mailbox);
    dequeue(client);
    say(words.check);
  } else enqueue({ ...entry, refused: true });
  render();
  return flush();
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
