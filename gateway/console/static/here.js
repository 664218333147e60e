// Whoever has one of our pages open is here, not only who reads the inbox.

import { Line } from "./live.js";

const nothing = () => {};

new Line({ onFrame: nothing, onWriting: nothing, onReset: nothing, onUp: nothing, onDown: nothing, onSignedOut: nothing });
