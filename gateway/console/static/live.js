// The live line: one socket that is always coming back, and always from the cursor that was seen last.
// Without a cursor it brings alerts alone, and says that somebody is there.

import { showBanner } from "./banner.js";
import { ring } from "./bell.js";

const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 5_000;
// The server beats every 20 seconds; a line that is silent for longer is dead, whatever the socket says.
const SILENCE = 45_000;
const SIGNED_OUT = 4401;

export class Line {
  constructor({ cursor, looksAt, onFrame, onWriting, onReset, onUp, onDown, onSignedOut }) {
    this.cursor = cursor;
    this.looksAt = looksAt;
    this.handlers = { onFrame, onWriting, onReset, onUp, onDown, onSignedOut };
    this.pause = FIRST_PAUSE;
    addEventListener("online", () => this.hurry());
    document.addEventListener("visibilitychange", () => !document.hidden && this.hurry());
    this.connect();
  }

  connect() {
    clearTimeout(this.timer);
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const query = this.cursor === undefined ? "" : `?cursor=${this.cursor}`;
    const socket = new WebSocket(`${scheme}://${location.host}/api/v1/live${query}`);
    this.socket = socket;
    socket.onopen = () => this.look(this.looksAt);
    socket.onmessage = (event) => this.receive(JSON.parse(event.data));
    socket.onclose = (event) => this.lost(event.code);
    this.expectSign();
  }

  receive(frame) {
    this.expectSign();
    this.pause = FIRST_PAUSE;
    this.handlers.onUp();
    if (frame.cursor !== undefined) this.cursor = frame.cursor;
    if (frame.alerts) ring(frame.alerts);
    if (frame.emergency) showBanner(frame.emergency);
    if (frame.writing) this.handlers.onWriting(frame.writing);
    if (frame.reset) this.handlers.onReset();
    else if (frame.cursor !== undefined) this.handlers.onFrame(frame);
  }

  // The server says who writes to those who look at it.
  look(id) {
    this.looksAt = id || "";
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(this.looksAt);
  }

  expectSign() {
    clearTimeout(this.silence);
    this.silence = setTimeout(() => this.socket.close(), SILENCE);
  }

  lost(code) {
    clearTimeout(this.silence);
    if (code === SIGNED_OUT) return this.handlers.onSignedOut();
    this.handlers.onDown();
    this.timer = setTimeout(() => this.connect(), this.pause * (0.75 + Math.random() / 2));
    this.pause = Math.min(this.pause * 2, LONGEST_PAUSE);
  }

  hurry() {
    if (this.socket.readyState === WebSocket.CLOSED) this.connect();
  }
}
