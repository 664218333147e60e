/** The drawer in which the providers are told to misbehave. */

import { get, post } from "./api.js";
import { deviceOf, iconButton } from "./device.js";
import { el, icon } from "./dom.js";
import { t } from "./words.js";

const ANSWERS = ["normal", "error", "html", "busy", "slow", "cut", "lost"];
const RECEIPTS = ["normal", "early", "late", "twice", "swapped", "failed", "never"];
const GOOD = { answers: "normal", receipts: "normal", thrice: false };

export class Misbehave {
  /** `shown` says whether customers meet a kind of account on this page. */
  constructor(setup, shown, changed) {
    this.manners = setup.manners;
    this.accounts = setup.accounts;
    this.providers = Object.keys(setup.manners).filter((kind) => shown(kind) && setup.accounts.some((account) => account.kind === kind));
    this.changed = changed;
    this.root = el("dialog", { className: "drawer" });
    this.root.onclick = (event) => event.target === this.root && this.root.close();
  }

  /** Whether any provider misbehaves now. */
  get faulty() {
    return Object.values(this.manners).some((manner) => Object.entries(GOOD).some(([name, value]) => manner[name] !== value));
  }

  /** Others may have turned the switches too, so they are read anew. */
  async open() {
    this.manners = (await get("/lab/api/setup")).manners;
    this.build();
    this.changed();
    this.root.showModal();
  }

  build() {
    const focused = document.activeElement.id;
    this.fill();
    document.getElementById(focused)?.focus();
  }

  fill() {
    const reset = el("button", { type: "button", className: "button", disabled: !this.faulty, onclick: () => this.reset() }, t("allGood"));
    const close = iconButton("close", t("close"), () => this.root.close());
    this.root.replaceChildren(
      el("header", {}, el("h2", {}, t("misbehaveTitle")), close),
      el("div", { className: "body" }, ...this.providers.map((provider) => this.manner(provider)), el("p", {}, reset)),
    );
  }

  manner(provider) {
    const manner = this.manners[provider];
    return el(
      "fieldset",
      { className: "manner" },
      el("h3", {}, el("span", { className: `mark ${deviceOf(provider)}` }, icon(deviceOf(provider))), t(provider)),
      this.select(provider, "answers", ANSWERS, "a_"),
      el("p", { className: "hint" }, t(`h_${manner.answers}`)),
      manner.answers === "slow" ? this.input(provider, "seconds", "number") : null,
      deviceOf(provider) === "sms" ? this.select(provider, "receipts", RECEIPTS, "r_") : null,
      manner.receipts === "failed" ? this.input(provider, "failure_code", "text") : null,
      this.thrice(provider),
      provider === "wechat" ? this.tokenActs() : null,
    );
  }

  select(provider, name, values, prefix) {
    const options = values.map((value) => new Option(t(prefix + value), value, false, value === this.manners[provider][name]));
    const select = el("select", { id: `${provider}-${name}`, className: "field" }, options);
    select.onchange = () => this.change({ [provider]: { [name]: select.value } });
    return el("label", {}, t(name), select);
  }

  input(provider, name, type) {
    const input = el("input", { id: `${provider}-${name}`, className: "field", type, value: this.manners[provider][name] });
    input.onchange = () => this.change({ [provider]: { [name]: type === "number" ? Number(input.value) : input.value } });
    return el("label", {}, t(LABELS[name]), input);
  }

  thrice(provider) {
    const box = el("input", { id: `${provider}-thrice`, type: "checkbox", checked: this.manners[provider].thrice });
    box.onchange = () => this.change({ [provider]: { thrice: box.checked } });
    return el("label", { className: "switch" }, t("thrice"), box);
  }

  tokenActs() {
    const accounts = this.accounts.filter((account) => account.kind === "wechat");
    const spoil = (how) => accounts.forEach((account) => post("/lab/api/command", { account: account.id, command: `${how}_token` }));
    const act = (how, label) => el("button", { type: "button", className: "button", onclick: () => spoil(how) }, label);
    return el("div", { className: "acts" }, act("kill", t("killToken")), act("expire", t("expireToken")));
  }

  reset() {
    return this.change(Object.fromEntries(Object.keys(this.manners).map((provider) => [provider, GOOD])));
  }

  async change(changes) {
    this.manners = await post("/lab/api/misbehave", changes);
    this.build();
    this.changed();
  }
}

const LABELS = { seconds: "seconds", failure_code: "failureCode" };
