// What the site asks before the first message. The answers are that message.

const FIELDS = {
  name: { autocomplete: "name", maxlength: "80" },
  email: { type: "email", autocomplete: "email", maxlength: "254" },
  phone: { type: "tel", autocomplete: "tel", maxlength: "40", pattern: "[\\d\\s()+.\\-]{5,}" },
  question: { rows: "3", maxlength: "2000" },
};

const field = (name, required, mails) => {
  const input = make(name === "question" ? "textarea" : "input", { name, required, ...FIELDS[name] });
  const hint = name === "email" && mails ? make("span", { class: "meta" }, words.mails) : "";
  return make("label", {}, words[name], required ? "" : make("span", { class: "meta" }, words.optional), input, hint);
};

// Drawn once for the same questions, so that nothing that was typed is lost.
let asked = "";
const drawForm = ({ fields, required, consent, mails }) => {
  const agree = make("label", { class: "agree" }, make("input", { type: "checkbox", name: "consent", required: true }), make("span", {}, words.consent, ...linked(consent)));
  ask.replaceChildren(
    make("p", {}, greetingText.textContent),
    ...fields.map((name) => field(name, required, mails)),
    consent ? agree : "",
    make("button", { class: "start", type: "submit" }, words.start),
    required || consent ? "" : make("button", { class: "skip", type: "button", onclick: () => introduce() }, words.skip),
  );
};

const renderForm = (all) => {
  const asks = Boolean(state.questions) && !state.introduced && !all.some((each) => each.from === "visitor");
  const look = JSON.stringify(state.questions);
  if (asks && look !== asked) drawForm(state.questions);
  if (asks) asked = look;
  const moves = asks === ask.hidden && state.isOpen;
  ask.hidden = !asks;
  list.hidden = form.hidden = asks;
  if (moves) firstField().focus();
};

const introduce = () => {
  state.introduced = true;
  keep("introduced", true);
  render();
};

ask.addEventListener("submit", (event) => {
  event.preventDefault();
  const answers = Object.fromEntries([...new FormData(ask)].map(([name, value]) => [name, name === "consent" || value.trim()]));
  say("");
  if (answers.email) state.mails = false;
  if (Object.values(answers).some(Boolean)) submit({ form: answers });
  else introduce();
});
