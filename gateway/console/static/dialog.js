// Something that needs an answer first; Escape and a click beside it close it.

import { html, useEffect, useRef } from "./vendor/htm-preact.js";

export function Dialog({ close, children }) {
  const self = useRef(null);
  useEffect(() => self.current.showModal(), []);
  const onClick = (event) => event.target === self.current && close();
  return html`<dialog ref=${self} onClose=${close} onClick=${onClick}><div class="dialog">${children}</div></dialog>`;
}
