/** The lab's books, followed live and sorted into what each customer sees of each account. */

import { deviceOf } from "./device.js";

const KEPT = 5000;

/** What is on one phone: `turns` in order, whether the account is followed, and what is unread. */
function newThread() {
  return { turns: [], following: true, unread: 0 };
}

export class Books {
  constructor(setup) {
    this.accounts = setup.accounts;
    this.deliveries = setup.deliveries;
    this.customers = new Map(setup.customers.map((customer) => [customer.name, customer]));
    this.down = false;
    this.changed = () => {};
    this.visible = () => false;
    this.threads = new Map();
    this.byId = new Map();
    this.known = setup.entries;
    this.first = Math.max(0, setup.entries - KEPT);
  }

  /** Read on from the last entry for as long as the page is open; the browser reconnects by itself. */
  follow() {
    const stream = new EventSource(`/lab/api/stream?after=${this.first}`);
    stream.onmessage = (event) => this.take(Number(event.lastEventId), JSON.parse(event.data));
    stream.onopen = () => this.setDown(false);
    stream.onerror = () => this.setDown(true);
  }

  thread(account, customer) {
    const key = `${account}|${customer}`;
    if (!this.threads.has(key)) this.threads.set(key, newThread());
    return this.threads.get(key);
  }

  unread(customer, kind = null) {
    const counted = this.accounts.filter((account) => kind === null || deviceOf(account.kind) === kind);
    return counted.reduce((sum, account) => sum + this.thread(account.id, customer).unread, 0);
  }

  setDown(down) {
    this.down = down;
    this.changed();
  }

  take(number, entry) {
    TAKE[entry.entry]?.(this, entry, number);
    this.changed();
  }
}

const FOLLOWING = { subscribe: true, unsubscribe: false, unblock: true, block: false };

const TAKE = {
  customer(books, entry) {
    books.customers.set(entry.name, entry);
  },
  said(books, entry) {
    const turn = { own: true, entry, answers: [] };
    const thread = books.thread(entry.account, entry.customer);
    thread.turns.push(turn);
    thread.following = FOLLOWING[entry.kind] ?? thread.following;
    books.byId.set(entry.id, turn);
  },
  heard(books, entry, number) {
    const turn = { own: false, entry, reports: [] };
    const thread = books.thread(entry.account, entry.customer);
    thread.turns.push(turn);
    books.byId.set(`${entry.key}|${entry.customer}`, turn);
    if (number > books.known && !books.visible(entry.account, entry.customer)) thread.unread += 1;
  },
  reported(books, entry) {
    const report = { ...entry, answers: [] };
    books.byId.get(`${entry.key}|${entry.customer}`)?.reports.push(report);
    books.byId.set(entry.id, report);
  },
  answered(books, entry) {
    books.byId.get(entry.to)?.answers.push(entry);
  },
};
