// What conditions, actions and word lists are called.

import { t } from "./words.js";

const CONDITIONS = {
  account: () => t("Account"),
  kind: () => t("Channel"),
  language: () => t("Language"),
  segment: () => t("Customer segment"),
  tag: () => t("Customer tag"),
  manager: () => t("Named manager"),
  words: () => t("Words in the text"),
  word_list: () => t("Words of a list"),
  source: () => t("Page or code of entry contains"),
  hours: () => t("Business hours"),
  score: () => t("Last survey score"),
  repeat: () => t("Repeat caller"),
  previous_queue: () => t("Previous queue"),
  previous_category: () => t("Previous category"),
};

const ACTIONS = {
  queue: () => t("Queue"),
  priority: () => t("Priority"),
  skill: () => t("Skill"),
  category: () => t("Category"),
  tags: () => t("Tag the customer"),
  reply: () => t("Automatic reply"),
};

const LISTS = {
  complaint: () => t("Complaint words"),
  person: () => t("Words that ask for a person"),
  leave: () => t("Words of who leaves the line"),
  message: () => t("Words of who leaves a message instead"),
  callback: () => t("Words of who asks to be called back"),
  abuse: () => t("Abusive words"),
  lookalike: () => t("Phrases in which a word is not meant"),
};

const CHANGES = {
  added: () => t("added"),
  removed: () => t("removed"),
  changed: () => t("changed"),
  moved: () => t("moved"),
  words: () => t("words"),
};

export const conditionName = (name) => CONDITIONS[name]?.() || name;
export const actionName = (name) => ACTIONS[name]?.() || name;
export const partName = (name) => (name === "name" ? t("Name") : CONDITIONS[name]?.() || ACTIONS[name]?.() || name);
export const listName = (name) => LISTS[name]?.() || name;
export const changeName = (name) => CHANGES[name]?.() || name;
