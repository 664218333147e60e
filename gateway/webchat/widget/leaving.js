// Whoever goes before somebody answers may leave an address; the answer follows them there.

const PATIENCE = 60_000; // a minute without an answer is as good as nobody there

const address = make("input", { type: "email", name: "mailbox", required: true, autocomplete: "email", maxlength: "254" });
leave.append(
  make("label", {}, words.leave, address),
  make("button", { class: "start", type: "submit" }, words.follow),
  make("button", { class: "skip", type: "button", onclick: () => decline() }, words.decline),
);

const waitsSince = (all) => {
  const last = all.filter((each) => each.from !== "system").at(-1);
  return last?.from === "visitor" ? Date.parse(last.at) : 0;
};
const mayFollow = (all) => state.mails && !state.declined && ask.hidden && waitsSince(all) > 0;

const renderLeave = (all) => {
  const isDue = () => !state.standing.staffed || state.isLeaving || Date.now() - waitsSince(all) > PATIENCE;
  leave.hidden = !(mayFollow(all) && isDue());
};
setInterval(() => state.isOpen && renderLeave(everything()), 5000);

// The first time the window is closed without an answer, it asks; the second time it closes.
const holdsBack = () => {
  if (state.isLeaving || !mayFollow(everything())) return false;
  state.isLeaving = true;
  render();
  address.focus();
  return true;
};

const decline = () => {
  const wasLeaving = state.isLeaving;
  state.declined = true;
  if (wasLeaving) toggle(false);
  else render();
};

leave.addEventListener("submit", (event) => {
  event.preventDefault();
  say("");
  state.mails = false;
  submit({ mailbox: address.value.trim() });
  box.focus();
});
