// Writing: to the customer or as a note, with scripts, files and a draft that survives everything.

import { html, useEffect, useRef, useState } from "./vendor/htm-preact.js";
import { send, tellWriting } from "./actions.js";
import { get, post, upload } from "./api.js";
import { canStepIn } from "./help.js";
import { Icon, Mark } from "./icons.js";
import { Scripts, matching } from "./scripts.js";
import { dayAndClock, fileSize } from "./times.js";
import { change } from "./store.js";
import { t } from "./words.js";

const TALLEST = 240;

// Milliseconds without a key after which a text is counted.
const COUNT_AFTER = 300;

const draftKey = (id) => `huiliu:draft:${id}`;

function loadDraft(id) {
  return JSON.parse(localStorage.getItem(draftKey(id)) || '{"text":"","note":false}');
}

const openTemplates = () => change({ dialog: "templates" });

function saveDraft(id, draft) {
  if (draft.text || draft.note) localStorage.setItem(draftKey(id), JSON.stringify(draft));
  else localStorage.removeItem(draftKey(id));
}

export function Composer({ row, thread, intent }) {
  const [draft, setDraft] = useState(() => loadDraft(row.id));
  const [files, setFiles] = useState([]);
  const [scripts, setScripts] = useState(null);
  const [picked, setPicked] = useState(0);
  const window = useWindow(row.id, thread.messages.length);
  const field = useRef(null);
  const chooser = useRef(null);
  const identity = thread.identities.find((each) => each.address === row.address);

  const write = (patch) => {
    const next = { ...draft, ...patch };
    setDraft(next);
    saveDraft(row.id, next);
  };

  useEffect(() => {
    field.current.style.height = "auto";
    field.current.style.height = `${Math.min(field.current.scrollHeight, TALLEST)}px`;
  }, [draft.text]);

  useEffect(() => {
    if (!intent) return;
    if (intent === "scripts") openScripts();
    else write({ note: intent === "note" });
    field.current.focus();
    change({ intent: null });
  }, [intent]);

  const asksForScripts = !draft.note && draft.text.startsWith("/");
  useEffect(() => {
    if (asksForScripts && !scripts) loadScripts();
  }, [asksForScripts]);

  async function loadScripts() {
    try {
      const loaded = await get(`conversations/${row.id}/scripts`);
      setScripts({ all: loaded.scripts, language: loaded.language });
    } catch (problem) {
      change({ toast: problem.message });
    }
  }

  function openScripts() {
    write({ note: false, text: draft.text.startsWith("/") ? draft.text : `/${draft.text}` });
    setPicked(0);
    field.current.focus();
  }

  const found = asksForScripts && scripts ? matching(scripts, draft.text.slice(1)) : [];

  function useScript(script) {
    write({ text: script.body });
    field.current.focus();
  }

  function addFiles(list) {
    for (const file of list) addFile(file);
  }

  function addFile(file) {
    const id = Math.random();
    const put = (patch) => setFiles((all) => all.map((each) => (each.id === id ? { ...each, ...patch } : each)));
    const picture = file.type.startsWith("image/") ? URL.createObjectURL(file) : "";
    setFiles((all) => [...all, { id, name: file.name, size: file.size, picture, progress: 0 }]);
    upload(file, (progress) => put({ progress })).then(
      ({ digest, name }) => put({ digest, name, progress: 1 }),
      (problem) => put({ error: problem.message }),
    );
  }

  const isUploading = files.some((file) => !file.digest && !file.error);
  const ready = files.filter((file) => file.digest).map(({ digest, name }) => ({ digest, name }));
  const text = draft.text.trim();
  const segments = useSegments(row.id, window?.segments && !draft.note && !asksForScripts ? text : "");
  const canSend = !isUploading && (text || (!draft.note && ready.length));

  function submit() {
    if (!canSend) return;
    send(row.id, { text, files: draft.note ? [] : ready, note: draft.note });
    write({ text: "", note: false });
    setFiles([]);
  }

  function onKeyDown(event) {
    // While an input method composes, Enter chooses characters.
    if (event.isComposing || event.keyCode === 229) return;
    if (found.length && ["ArrowDown", "ArrowUp"].includes(event.key)) {
      event.preventDefault();
      const by = event.key === "ArrowDown" ? 1 : -1;
      setPicked((place) => (place + by + found.length) % found.length);
    } else if (found.length && ["Enter", "Tab"].includes(event.key)) {
      event.preventDefault();
      useScript(found[Math.min(picked, found.length - 1)]);
    } else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      submit();
    } else if (event.key === "Escape") {
      event.stopPropagation();
      if (asksForScripts) write({ text: draft.text.slice(1) });
      else field.current.blur();
    }
  }

  function onPaste(event) {
    if (!event.clipboardData.files.length || draft.note) return;
    event.preventDefault();
    addFiles(event.clipboardData.files);
  }

  function onDrop(event) {
    event.preventDefault();
    addFiles(event.dataTransfer.files);
  }

  return html`<footer
    class=${`composer ${draft.note ? "writes-note" : ""}`}
    onDragOver=${(event) => event.preventDefault()}
    onDrop=${onDrop}
  >
    ${asksForScripts &&
    html`<${Scripts}
      scripts=${scripts}
      found=${found}
      picked=${picked}
      choose=${useScript}
      setLanguage=${(language) => setScripts({ ...scripts, language })}
    />`}
    <div class="modes" role="tablist" aria-label=${t("To whom")}>
      <button role="tab" aria-selected=${!draft.note} onClick=${() => write({ note: false })}>${t("Reply")}</button>
      <button role="tab" aria-selected=${draft.note} onClick=${() => write({ note: true })}>${canStepIn(row) ? t("Whisper") : t("Note")}</button>
      <span class="to muted small cut">
        ${draft.note
          ? canStepIn(row)
            ? t("{name} sees it, the customer does not.", { name: row.assignee })
            : t("Only colleagues see this.")
          : html`<${Mark} kind=${row.kind} account=${row.account} /> ${row.account} → ${identity?.value || row.name}`}
      </span>
    </div>
    ${!draft.note && window?.limited && html`<${Window} window=${window} />`}
    <textarea
      ref=${field}
      id="composer"
      rows="2"
      value=${draft.text}
      aria-label=${draft.note ? t("Note for colleagues") : t("Reply to {name}", { name: row.name })}
      placeholder=${draft.note ? t("Write a note for colleagues") : t("Write a reply; / for scripts")}
      onInput=${(event) => {
        setPicked(0);
        write({ text: event.currentTarget.value });
        if (!draft.note && event.currentTarget.value.trim()) tellWriting(row.id);
      }}
      onKeyDown=${onKeyDown}
      onPaste=${onPaste}
    ></textarea>
    ${files.length > 0 &&
    html`<ul class="chips">
      ${files.map((file) => html`<${Chip} key=${file.id} file=${file} remove=${() => setFiles(files.filter((each) => each.id !== file.id))} />`)}
    </ul>`}
    <div class="tools">
      <button class="button quiet icon" disabled=${draft.note} aria-label=${t("Attach files")} title=${t("Attach files")} onClick=${() => chooser.current.click()}>
        <${Icon} name="attach" />
      </button>
      <button class="button quiet icon" disabled=${draft.note} aria-label=${t("Scripts")} title=${t("Scripts")} onClick=${openScripts}>
        <${Icon} name="script" />
      </button>
      ${window?.templates &&
      html`<button class="button quiet icon" disabled=${draft.note} aria-label=${t("Send a template")} title=${t("Send a template")} onClick=${openTemplates}>
        <${Icon} name="template" />
      </button>`}
      <input
        ref=${chooser}
        type="file"
        multiple
        hidden
        onChange=${(event) => {
          addFiles(event.currentTarget.files);
          event.currentTarget.value = "";
        }}
      />
      <span class="muted small wide-only">${t("Enter sends, Shift+Enter begins a new line")}</span>
      ${segments > 0 &&
      html`<span class="segments small ${segments > 1 ? "" : "muted"}" role="status">
        ${segments > 1 ? t("{n} short messages", { n: segments }) : t("1 short message")}
      </span>`}
      <button class="button primary" disabled=${!canSend} onClick=${submit}>${draft.note ? t("Add note") : t("Send")}</button>
    </div>
  </footer>`;
}

// How long and how often the provider lets us write; asked anew whenever something is said, if it limits us at all.
function useWindow(id, said) {
  const [window, setWindow] = useState(null);
  useEffect(() => {
    get(`conversations/${id}/window`).then(setWindow, (problem) => change({ toast: problem.message }));
  }, [id, window?.limited && said]);
  return window;
}

// How many short messages the text makes: the server knows the signature and the alphabet. No answer is no news.
function useSegments(id, text) {
  const [count, setCount] = useState(0);
  useEffect(() => {
    let isOld = false;
    const show = (segments) => isOld || setCount(segments);
    if (!text) show(0);
    const ask = () => post(`conversations/${id}/segments`, { text }).then((told) => show(told.segments), () => show(0));
    const timer = text && setTimeout(ask, COUNT_AFTER);
    return () => {
      isOld = true;
      clearTimeout(timer);
    };
  }, [id, text]);
  return count;
}

function Window({ window }) {
  if (!window.remaining)
    return html`<p class="window small notice">
      <span>${t("The provider lets nobody write until the customer does.")}</span>
      ${window.templates && html`<button class="button" onClick=${openTemplates}>${t("Send a template")}</button>`}
    </p>`;
  return html`<p class="window small muted">
    ${t("{n} more replies are allowed, until {time}", { n: window.remaining, time: dayAndClock(window.ends_at) })}
  </p>`;
}

function Chip({ file, remove }) {
  return html`<li class=${`chip ${file.error ? "danger" : ""}`}>
    ${file.picture ? html`<img src=${file.picture} alt="" />` : html`<${Icon} name="file" />`}
    <span>
      <span class="cut" title=${file.name}>${file.name || t("file")}</span>
      <span class="small muted">${file.error || fileSize(file.size)}</span>
      ${!file.digest && !file.error && html`<progress value=${file.progress} max="1" aria-label=${t("Uploading")}></progress>`}
    </span>
    <button class="button quiet icon" aria-label=${t("Remove {name}", { name: file.name })} onClick=${remove}><${Icon} name="close" /></button>
  </li>`;
}
