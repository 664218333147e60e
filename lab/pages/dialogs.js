/** Two small boxes: a new customer, and the keys. */

import { post } from "./api.js";
import { el } from "./dom.js";
import { t } from "./words.js";

/** Ask for a new customer; `added` is called with it. */
export function askForCustomer(added) {
  const name = el("input", { className: "field", required: true, maxLength: 40, autocomplete: "off" });
  const phone = el("input", { className: "field", type: "tel", placeholder: "+8613900000000", pattern: "\\+[1-9][0-9]{6,14}" });
  const box = dialog(
    el(
      "form",
      { method: "dialog" },
      el("h2", {}, t("addCustomer")),
      el("label", {}, t("name"), name),
      el("label", {}, t("phone"), phone),
      el("div", { className: "ends" }, closeButton(t("cancel")), el("button", { className: "button primary" }, t("add"))),
    ),
  );
  box.querySelector("form").onsubmit = async () => added(await post("/lab/api/customers", { name: name.value, phone: phone.value }));
}

/** Show what the keyboard can do. */
export function showKeys() {
  const rows = [
    [["j", "k"], "keyCustomer"],
    [["1", "2", "3", "4"], "keyDevice"],
    [["Enter"], "keySend"],
    [["m"], "keyMisbehave"],
    [["?"], "keyHelp"],
    [["Esc"], "keyEsc"],
  ];
  const list = rows.flatMap(([keys, words]) => [el("dt", {}, keys.map((key) => el("kbd", {}, key))), el("dd", {}, t(words))]);
  dialog(el("h2", {}, t("keys")), el("dl", { className: "keys" }, ...list), el("div", { className: "ends" }, closeButton(t("close"))));
}

function dialog(...parts) {
  const box = el("dialog", { className: "box" }, ...parts);
  box.onclose = () => box.remove();
  document.body.append(box);
  box.showModal();
  return box;
}

function closeButton(label) {
  return el("button", { type: "button", className: "button", onclick: (event) => event.target.closest("dialog").close() }, label);
}
