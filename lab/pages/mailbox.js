/** The mailbox: a list of mails, one open mail, and a form to write or answer. */

import { say } from "./api.js";
import { deliveryLine, receiptLine } from "./delivery.js";
import { Device, empty, iconButton } from "./device.js";
import { el, icon, patch, picture } from "./dom.js";
import { choosePicture } from "./pictures.js";
import { clock, fullTime, t } from "./words.js";

export class Mailbox extends Device {
  /** `opened` is the mail that is read; `writing` is null, or what is being written. */
  opened = null;
  writing = null;

  who() {
    return this.person().mailbox;
  }

  /** Another customer's mailbox opens at its list. */
  reset() {
    this.opened = null;
    this.writing = null;
  }

  parts() {
    if (this.writing) return [this.barWithBack(), this.form()];
    if (this.opened) return [this.barWithBack(), this.letter(this.opened)];
    this.list = el("ul", { className: "mails" });
    return [this.header(iconButton("write", t("newMail"), () => this.write({}))), this.list];
  }

  barWithBack() {
    const bar = this.header();
    bar.firstChild.replaceWith(iconButton("back", t("back"), () => this.back()));
    return bar;
  }

  back() {
    if (this.writing) this.writing = null;
    else if (this.opened) this.opened = null;
    else return false;
    this.build();
    return true;
  }

  /** What is being written or read stays as it is when news comes in. */
  update() {
    if (!this.account || this.writing) return;
    if (this.opened) {
      patch(this.root, [this.root.firstChild, this.letter(this.opened)]);
      return;
    }
    const mails = this.thread.turns.toReversed();
    patch(this.list, mails.length ? mails.map((turn) => this.row(turn)) : [this.emptyBox()]);
  }

  emptyBox() {
    return el("li", {}, empty("email", t("emptyMail"), t("emptyMailHint")));
  }

  row(turn) {
    const { entry } = turn;
    return el(
      "li",
      {},
      el(
        "button",
        { type: "button", onclick: () => this.open(turn) },
        icon(turn.own ? "sent" : "received"),
        el("span", { className: "subject" }, entry.subject || t("noSubject")),
        el("time", { title: fullTime(entry.at) }, clock(entry.at)),
        el("span", { className: "preview" }, words(entry).replaceAll(/\s+/g, " ")),
      ),
    );
  }

  open(turn) {
    this.opened = turn;
    this.build();
  }

  letter(turn) {
    const { entry } = turn;
    const from = turn.own ? this.person().mailbox : this.account.sender;
    const fate = turn.own ? deliveryLine(turn, this.books.deliveries.email) : receiptLine(turn);
    const answer = el("button", { type: "button", className: "button primary", onclick: () => this.write({ answered: entry }) }, t("reply"));
    return el(
      "article",
      { className: "letter" },
      el("h3", {}, entry.subject || t("noSubject")),
      el("div", { className: "facts" }, from, fate),
      el("div", { className: "words" }, words(entry)),
      entry.medium ? picture(entry.medium, t("pictureGone")) : null,
      turn.own ? null : el("p", {}, answer),
    );
  }

  write({ answered = null }) {
    this.writing = { answered, image: null };
    this.build();
    this.focus();
  }

  form() {
    const { answered } = this.writing;
    this.problem = el("div", { className: "problem", role: "alert", hidden: true });
    this.subject = el("input", { className: "field", placeholder: t("subject"), ariaLabel: t("subject") });
    this.subject.value = answered ? `Re: ${answered.subject.replace(/^Re: /, "")}` : "";
    this.text = el("textarea", { className: "field", rows: 8, placeholder: t("write"), ariaLabel: t("write") });
    this.style = el("select", { className: "field", ariaLabel: t("mailProgram") }, new Option("Gmail", "gmail"), new Option("QQ 邮箱", "qq"));
    const send = el("button", { type: "button", className: "button primary", onclick: () => this.send() }, icon("send"), t("send"));
    const attached = this.writing.image ? el("span", { className: "muted" }, t("attached")) : null;
    return el(
      "div",
      { className: "composer form" },
      this.problem,
      el("div", { className: "muted" }, `${t("to")} ${answered?.reply_to || this.account.sender}`),
      this.subject,
      this.text,
      el("div", { className: "line" }, this.style, iconButton("picture", t("picture"), () => this.attach(choosePicture)), iconButton("sample", t("sample"), () => this.attach(() => "sample")), send),
      attached,
    );
  }

  async attach(choose) {
    try {
      this.writing.image = (await choose()) ?? this.writing.image;
      this.problem.hidden = true;
      this.root.querySelector(".composer").append(el("span", { className: "muted" }, t("attached")));
    } catch (error) {
      this.show(error);
    }
  }

  async send() {
    const { answered, image } = this.writing;
    const words = { subject: this.subject.value, text: this.text.value.trim(), style: this.style.value };
    try {
      await say({ account: this.account.id, customer: this.person().name, ...words, image: image ?? "", reply_to: answered?.id ?? "" });
      this.reset();
      this.build();
    } catch (error) {
      this.show(error);
    }
  }

  show(error) {
    this.problem.textContent = error.message;
    this.problem.hidden = false;
  }

  focus() {
    if (this.writing) this.text.focus();
    else this.root.querySelector("button")?.focus();
  }
}

/** The words of a mail; of one that has only HTML, its text. */
function words(entry) {
  if (entry.text || !entry.html) return entry.text;
  return new DOMParser().parseFromString(entry.html, "text/html").body.textContent.trim();
}
