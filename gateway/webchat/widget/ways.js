// Ways out of the line: leave it, leave a message instead, be called back. Each is something that the visitor says.

// Times are those of this browser: it says in which zone it is.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

const wishFor = (wish, label) => {
  state.standing = { ...state.standing, wish };
  submit({ choice: { id: `line-${wish}@${zone}`, label } });
  writing().focus();
};

const wayOut = (wish) => make("button", { type: "button", onclick: () => wishFor(wish, words.ways[wish]) }, words.ways[wish]);

const callPhone = make("input", { ...FIELDS.phone, type: "tel", required: true, "aria-label": words.phone, placeholder: words.phone });
const callTime = make("input", { type: "time", "aria-label": words.when, title: words.when });
const callForm = make(
  "form",
  { onsubmit: (event) => call(event) },
  callPhone,
  callTime,
  make("button", { class: "start", type: "submit" }, words.ways.callback),
);

const call = (event) => {
  event.preventDefault();
  callForm.remove();
  wishFor("callback", [words.ways.callback, callPhone.value.trim(), callTime.value].filter(Boolean).join(" "));
};

const askCall = () => {
  if (callForm.isConnected) return callForm.remove();
  ways.append(callForm);
  return callPhone.focus();
};

ways.append(wayOut("leave"), wayOut("message"), make("button", { type: "button", onclick: askCall }, words.ways.callback));
