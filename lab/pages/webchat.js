/** The web chat: no provider stands between, so this is the product's own demo page. */

import { Device, empty } from "./device.js";
import { el, icon } from "./dom.js";
import { t } from "./words.js";

export class WebChat extends Device {
  who() {
    return this.account.page;
  }

  parts() {
    if (!this.account.page) return [this.header(), empty("webchat", t("emptyWeb"), t("emptyWebHint"))];
    const link = el("a", { className: "button square", href: this.account.page, target: "_blank", rel: "noopener", title: t("openPage"), ariaLabel: t("openPage") }, icon("open"));
    this.frame ??= el("iframe", { src: this.account.page, title: t("webchat") });
    return [this.header(link), this.frame];
  }

  /** The page in the frame looks after itself; building anew would lose what the visitor typed. */
  build() {
    if (!this.frame) super.build();
    else this.root.setAttribute("aria-label", t(this.kind));
  }

  choose(id) {
    this.frame = null;
    super.choose(id);
  }

  update() {}

  focus() {
    this.frame?.focus();
  }
}
