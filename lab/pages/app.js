/** The lab's page: customers above, their devices below. */

import { get } from "./api.js";
import { Books } from "./books.js";
import { askForCustomer, showKeys } from "./dialogs.js";
import { deviceOf, iconButton } from "./device.js";
import { el, icon, patch } from "./dom.js";
import { Mailbox } from "./mailbox.js";
import { Misbehave } from "./misbehave.js";
import { AppPhone, SmsPhone, TelegramPhone, WeChatPhone, WeComPhone } from "./phone.js";
import { WebChat } from "./webchat.js";
import { showLanguage, switchLanguage, t } from "./words.js";

const DEVICES = {
  wechat: WeChatPhone,
  sms: SmsPhone,
  email: Mailbox,
  webchat: WebChat,
  wecom: WeComPhone,
  telegram: TelegramPhone,
  custom: AppPhone,
};

/** These stand there even without an account. */
const USUAL = ["wechat", "sms", "email", "webchat"];

const PERSON = "huiliu-lab-person";
const NARROW = matchMedia("(max-width: 719px)");

class Page {
  constructor(setup) {
    this.books = new Books(setup);
    this.books.changed = () => this.schedule();
    this.books.visible = (account, customer) => this.sees(account, customer);
    this.misbehave = new Misbehave(setup, (kind) => deviceOf(kind) in DEVICES, () => this.updateTop());
    this.person = this.books.customers.get(localStorage.getItem(PERSON)) ?? setup.customers[0];
    const kinds = [...USUAL, ...setup.accounts.map((account) => deviceOf(account.kind))];
    this.devices = Object.entries(DEVICES)
      .filter(([kind]) => kinds.includes(kind))
      .map(([kind, Kind]) => new Kind(kind, this.books, () => this.person));
    this.shown = "wechat";
    this.scheduled = false;
  }

  open() {
    this.top = el("header", { className: "top" });
    this.people = el("nav", { className: "people" });
    this.tabs = el("nav", { className: "tabs", role: "tablist" });
    this.banner = el("div", { className: "banner", role: "status", hidden: true });
    const main = el("main", { className: "devices" }, ...this.devices.map((device) => device.root));
    document.body.append(this.top, main, this.tabs, this.banner, this.misbehave.root);
    document.onkeydown = (event) => this.key(event);
    this.build();
    this.books.follow();
  }

  build() {
    showLanguage();
    for (const device of this.devices) device.build();
    this.updateTop();
  }

  /** News often come in bursts: draw once a frame. */
  schedule() {
    if (this.scheduled) return;
    this.scheduled = true;
    requestAnimationFrame(() => {
      this.scheduled = false;
      for (const device of this.devices) device.update();
      this.updateTop();
    });
  }

  updateTop() {
    this.people.ariaLabel = t("customers");
    patch(this.people, this.chips());
    patch(this.top, [this.brand(), this.people, this.tools()]);
    patch(
      this.tabs,
      this.devices.map((device) => this.tab(device)),
    );
    this.banner.hidden = !this.books.down;
    this.banner.textContent = t("down");
    for (const device of this.devices) device.root.classList.toggle("shown", device.kind === this.shown);
  }

  brand() {
    const mark = el("img", { src: "/lab/pages/mark.svg", alt: "", width: 26, height: 26 });
    return el("h1", { className: "brand" }, mark, t("lab"), el("span", { className: "tag" }, t("tag")));
  }

  chips() {
    const add = iconButton("plus", t("addCustomer"), () => askForCustomer((customer) => this.choose(customer)));
    return [...[...this.books.customers.values()].map((customer) => this.chip(customer)), add];
  }

  chip(customer) {
    const chosen = customer.name === this.person.name;
    const initial = /[\u4e00-\u9fff]/.test(customer.name) ? customer.name.at(-1) : customer.name[0].toUpperCase();
    return el(
      "button",
      { type: "button", className: "person", ariaPressed: String(chosen), title: customer.name, onclick: () => this.choose(customer) },
      el("span", { className: "avatar", ariaHidden: "true" }, initial),
      el("span", { className: "name" }, customer.name),
      badge(this.books.unread(customer.name)),
    );
  }

  tools() {
    const fault = el(
      "button",
      { type: "button", className: this.misbehave.faulty ? "button faulty" : "button", onclick: () => this.misbehave.open() },
      icon("fault"),
      el("span", { className: "wide" }, t("misbehave")),
    );
    fault.ariaLabel = t("misbehave");
    const language = el("button", { type: "button", className: "button", title: t("languageHint"), onclick: () => this.switchLanguage() }, t("language"));
    const keys = el("button", { type: "button", className: "button square wide", title: t("keys"), ariaLabel: t("keys"), onclick: showKeys }, "?");
    return el("div", { className: "tools" }, fault, language, keys);
  }

  tab(device) {
    const chosen = device.kind === this.shown;
    return el(
      "button",
      { type: "button", role: "tab", ariaSelected: String(chosen), onclick: () => this.show(device.kind) },
      icon(device.kind),
      t(device.kind),
      badge(this.books.unread(this.person.name, device.kind)),
    );
  }

  switchLanguage() {
    switchLanguage();
    this.build();
  }

  choose(customer) {
    this.person = customer;
    localStorage.setItem(PERSON, customer.name);
    for (const device of this.devices) device.reset?.();
    this.markRead();
    this.build();
    this.top.querySelector('[aria-pressed="true"]').scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  show(kind) {
    this.shown = kind;
    this.markRead();
    this.updateTop();
  }

  /** What is in front of somebody's eyes is read. */
  markRead() {
    for (const device of this.devices) {
      if (device.account && this.sees(device.account.id, this.person.name)) device.thread.unread = 0;
    }
  }

  sees(account, customer) {
    const device = this.devices.find((each) => each.account?.id === account);
    return customer === this.person.name && device !== undefined && (!NARROW.matches || device.kind === this.shown);
  }

  key(event) {
    if (event.key === "Escape") this.escape();
    const typing = event.target.closest("input, textarea, select, dialog") !== null;
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    const act = this.keys()[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }

  keys() {
    const devices = this.devices.map((device, place) => [String(place + 1), () => this.goTo(device)]);
    return { ...Object.fromEntries(devices), j: () => this.step(1), k: () => this.step(-1), m: () => this.misbehave.open(), "?": showKeys };
  }

  escape() {
    const within = this.devices.find((device) => device.root.contains(document.activeElement));
    if (!within?.back()) document.activeElement?.blur();
  }

  goTo(device) {
    this.show(device.kind);
    device.focus();
  }

  step(by) {
    const people = [...this.books.customers.values()];
    const place = people.findIndex((customer) => customer.name === this.person.name);
    this.choose(people.at((place + by) % people.length));
  }
}

function badge(count) {
  return count ? el("span", { className: "badge" }, count > 99 ? "99+" : String(count)) : null;
}

new Page(await get("/lab/api/setup")).open();
