/** The WeChat phones and the SMS phone: a thread of bubbles and a composer. */

import { say } from "./api.js";
import { deliveryLine, isGivenUp, receiptLine } from "./delivery.js";
import { Device, empty, iconButton } from "./device.js";
import { el, icon, patch, picture } from "./dom.js";
import { choosePicture } from "./pictures.js";
import { t } from "./words.js";

const SHOWN = 200;
const NEAR_END = 80;
const BUND = [31.2397, 121.4903];

class Phone extends Device {
  parts() {
    this.list = el("div", { className: "thread", role: "log", tabIndex: 0, ariaLabel: t(this.kind) });
    this.problem = el("div", { className: "problem", role: "alert", hidden: true });
    this.input = el("textarea", { className: "field", rows: 1, placeholder: t("write"), ariaLabel: t("write") });
    this.input.oninput = () => this.grow();
    this.input.onkeydown = (event) => this.key(event);
    const send = iconButton("send", t("send"), () => this.send(), "primary");
    const quick = el("div", { className: "quick" }, ...this.quick());
    this.composer = el("footer", { className: "composer" }, this.problem, quick, el("div", { className: "line" }, this.input, send));
    return [this.header(...this.tools()), this.list, this.composer];
  }

  tools() {
    return [];
  }

  /** What can be sent with one tap. */
  quick() {
    return [];
  }

  update() {
    if (!this.account) return;
    const turns = this.thread.turns.slice(-SHOWN);
    const follows = this.list.scrollHeight - this.list.scrollTop - this.list.clientHeight < NEAR_END;
    patch(this.list, turns.length ? turns.flatMap((turn) => this.turn(turn)) : [this.emptyThread()]);
    if (follows) this.list.scrollTop = this.list.scrollHeight;
  }

  turn(turn) {
    const most = this.books.deliveries[this.account.kind];
    const line = turn.own ? deliveryLine(turn, most) : receiptLine(turn);
    const parts = [el("div", { className: turn.own ? "turn own" : "turn" }, this.content(turn.entry), line)];
    if (turn.own && isGivenUp(turn.answers, most)) parts.push(...this.afterGivenUp());
    return parts;
  }

  afterGivenUp() {
    return [];
  }

  content(entry) {
    return el("div", { className: "bubble" }, entry.text);
  }

  grow() {
    this.input.style.height = "auto";
    this.input.style.height = `${this.input.scrollHeight + 2}px`;
  }

  key(event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this.send();
  }

  async send() {
    const text = this.input.value.trim();
    if (text && (await this.act({ text }))) {
      this.input.value = "";
      this.grow();
    }
  }

  /** Let the customer do something here; what the lab refuses is shown, and what was typed stays. */
  async act(what) {
    try {
      await say({ account: this.account.id, customer: this.person().name, ...what });
      this.problem.hidden = true;
      return true;
    } catch (error) {
      this.problem.textContent = error.message;
      this.problem.hidden = false;
      return false;
    }
  }

  focus() {
    this.input?.focus();
  }
}

/** What phones with WeChat have in common, whomever it is that one writes to. */
class Chat extends Phone {
  who() {
    return this.person().name;
  }

  quick() {
    return [
      iconButton("picture", t("picture"), () => this.sendPicture()),
      iconButton("sample", t("sample"), () => this.act({ image: "sample" })),
      iconButton("place", t("place"), () => this.act({ place: BUND, text: t("placeLabel") })),
    ];
  }

  async sendPicture() {
    try {
      const image = await choosePicture();
      if (image !== null) await this.act({ image });
    } catch (error) {
      this.problem.textContent = error.message;
      this.problem.hidden = false;
    }
  }

  emptyThread() {
    return empty(this.kind, t("emptyWechat"), t("emptyWechatHint"));
  }

  turn(turn) {
    if (!(turn.entry.kind in NOTICES)) return super.turn(turn);
    const most = this.books.deliveries[this.kind];
    return [el("div", { className: "notice" }, t(NOTICES[turn.entry.kind]), deliveryLine(turn, most))];
  }

  /** Whether what came with a message can be looked at. */
  isPicture(entry) {
    return entry.kind !== "link" && entry.kind !== "file";
  }

  content(entry) {
    if (entry.medium && this.isPicture(entry)) return picture(entry.medium, t("pictureGone"));
    if (entry.kind === "location") return el("div", { className: "bubble place" }, icon("place"), entry.text);
    if (entry.options?.length) return this.menu(entry);
    return super.content(entry);
  }

  menu(entry) {
    const tap = (option) => this.act({ choice: option.id, text: option.label });
    const buttons = entry.options.map((option) => el("button", { type: "button", onclick: () => tap(option) }, option.label));
    return el("div", { className: "bubble" }, entry.text, el("div", { className: "options" }, ...buttons));
  }
}

const NOTICES = {
  subscribe: "followedNotice",
  unsubscribe: "unfollowedNotice",
  enter_session: "enteredNotice",
  recall: "recalledNotice",
  start: "startedNotice",
  block: "blockedNotice",
  unblock: "unblockedNotice",
};

/** Whoever can shut the door on an account: `door` has the events and the words for it. */
class Guest extends Chat {
  tools() {
    const act = (event) => this.act({ event });
    this.doorButton = el("button", { type: "button", className: "button", onclick: () => act(this.thread.following ? this.door.shut : this.door.open) });
    return [this.doorButton];
  }

  update() {
    super.update();
    if (!this.account) return;
    const { following } = this.thread;
    this.doorButton.textContent = t(following ? this.door.shutWord : this.door.openWord);
    this.doorButton.classList.toggle("primary", !following);
    this.input.disabled = !following;
    this.input.placeholder = t(following ? "write" : this.door.shutHint);
    for (const button of this.composer.querySelectorAll("button")) button.disabled = !following;
  }
}

export class WeChatPhone extends Guest {
  door = { open: "subscribe", openWord: "follow", shut: "unsubscribe", shutWord: "unfollow", shutHint: "unfollowed" };

  afterGivenUp() {
    return [el("div", { className: "notice" }, t("serviceDown"))];
  }
}

export class TelegramPhone extends Guest {
  door = { open: "unblock", openWord: "unblock", shut: "block", shutWord: "block", shutHint: "blocked" };

  isPicture(entry) {
    return entry.kind === "image";
  }
}

export class AppPhone extends Chat {
  isPicture(entry) {
    return entry.kind === "image";
  }
}

export class WeComPhone extends Chat {
  tools() {
    return [el("button", { type: "button", className: "button", onclick: () => this.act({ event: "enter_session" }) }, t("enter"))];
  }

  quick() {
    return [...super.quick(), iconButton("back", t("recall"), () => this.recall())];
  }

  recall() {
    const last = this.thread.turns.findLast((turn) => turn.own && !(turn.entry.kind in NOTICES));
    if (last) this.act({ event: "recall", reply_to: last.entry.id });
  }
}

export class SmsPhone extends Phone {
  who() {
    return this.person().phone;
  }

  quick() {
    const chip = (text) => el("button", { type: "button", className: "chip", onclick: () => this.act({ text }) }, text);
    return ["1", "2", "3", "4", "5", "TD"].map(chip);
  }

  emptyThread() {
    return empty("sms", t("emptySms"), t("emptySmsHint"));
  }
}
