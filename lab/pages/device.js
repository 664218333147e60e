/** What the four devices have in common: a frame with a header, and the choice of an account. */

import { el, icon } from "./dom.js";
import { t } from "./words.js";

/** The device on which customers meet an account: one phone has the short messages of every provider. */
export function deviceOf(kind) {
  return kind.startsWith("sms_") ? "sms" : kind;
}

export class Device {
  constructor(kind, books, person) {
    this.kind = kind;
    this.books = books;
    this.person = person;
    this.accounts = books.accounts.filter((account) => deviceOf(account.kind) === kind);
    this.account = this.accounts[0] ?? null;
    this.root = el("section", { className: `device ${kind}` });
  }

  /** Build everything anew: another language, another customer, another account. */
  build() {
    this.root.setAttribute("aria-label", t(this.kind));
    this.root.replaceChildren(...(this.account ? this.parts() : this.nothing()));
    this.update();
  }

  get thread() {
    return this.books.thread(this.account.id, this.person().name);
  }

  header(...tools) {
    const titles = el("div", { className: "titles" }, this.title(), el("div", { className: "who" }, this.who()));
    return el("header", {}, el("span", { className: `mark ${this.kind}` }, icon(this.kind)), titles, el("div", {}, ...tools));
  }

  title() {
    if (this.accounts.length < 2) return el("h2", {}, this.account.name || t(this.kind));
    const options = this.accounts.map((account) => new Option(account.name || account.id, account.id, false, account === this.account));
    const select = el("select", { className: "account", ariaLabel: t(this.kind) }, options);
    select.onchange = () => this.choose(select.value);
    return select;
  }

  choose(id) {
    this.account = this.accounts.find((account) => account.id === id);
    this.build();
  }

  nothing() {
    return [
      el("header", {}, el("span", { className: `mark ${this.kind}` }, icon(this.kind)), el("h2", {}, t(this.kind))),
      empty(this.kind, t("noAccount"), t("noAccountHint")),
    ];
  }

  /** Leave one step; true if there was one to leave. */
  back() {
    return false;
  }
}

/** What stands where nothing is yet. */
export function empty(name, title, hint) {
  return el("div", { className: "empty" }, icon(name), el("strong", {}, title), el("span", {}, hint));
}

/** A button with an icon alone; the words are its label and title. */
export function iconButton(name, label, onclick, look = "plain") {
  return el("button", { type: "button", className: `button square ${look}`, title: label, ariaLabel: label, onclick }, icon(name));
}
