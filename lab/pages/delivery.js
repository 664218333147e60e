/** The small print under a message: what the product answered, and what the provider reported. */

import { el } from "./dom.js";
import { clock, fullTime, t } from "./words.js";

/** How one of the customer's messages fared with the product; `most` is how often its provider tries. */
export function deliveryLine(turn, most) {
  return el("div", { className: "meta" }, time(turn.entry.at), fate(turn.answers, most));
}

/** Whether the provider has stopped trying without success. */
export function isGivenUp(answers, most) {
  return answers.length >= most && !answers.some((answer) => answer.outcome === "taken");
}

/** What is known of a message that the customer got. */
export function receiptLine(turn) {
  const passive = turn.entry.passive ? el("span", {}, t("passive")) : null;
  return el("div", { className: "meta" }, time(turn.entry.at), passive, ...turn.reports.map(receipt));
}

function time(at) {
  return el("time", { title: fullTime(at) }, clock(at));
}

function fate(answers, most) {
  if (answers.length === 0) return el("span", {}, t("sending"));
  const taken = answers.find((answer) => answer.outcome === "taken");
  const last = taken ?? answers.at(-1);
  const more = answers.length > 1 ? ` · ${t("times", { n: answers.length })}` : "";
  const next = taken ? "" : ` · ${t(isGivenUp(answers, most) ? "givenUp" : "retrying")}`;
  const words = `${taken ? "✓ " : ""}${last.status || ""} ${t(last.outcome)} · ${last.milliseconds} ms${more}${next}`;
  return el("span", { className: tone(taken, answers, most), title: last.text }, words);
}

function tone(taken, answers, most) {
  if (taken) return "taken";
  return isGivenUp(answers, most) ? "lost" : "again";
}

function receipt(report) {
  const words = report.success ? t("delivered") : t("failedReceipt", { code: report.code });
  const statuses = report.answers.map((answer) => answer.status || t(answer.outcome)).join(", ");
  return el("span", { className: report.success ? "taken" : "lost", title: report.code }, statuses ? `${words} → ${statuses}` : words);
}
