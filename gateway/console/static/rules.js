// The rules: a draft of the whole list, kept in the browser until it is saved as the next version.

import { html, render, useEffect, useState } from "./vendor/htm-preact.js";
import { get, newKey, postForLines, put } from "./api.js";
import { RuleCard } from "./rule_card.js";
import { Differences, Versions } from "./rule_versions.js";
import { Trial } from "./rule_trial.js";
import { WordLists } from "./rule_words.js";
import { t } from "./words.js";

const KEPT = "huiliu:rules";

const keep = (draft) => (draft ? localStorage.setItem(KEPT, JSON.stringify(draft)) : localStorage.removeItem(KEPT));

const draftOf = ({ number, rules, words }) => ({ number, rules, words });

function moved(list, from, to) {
  const rest = list.filter((_, place) => place !== from);
  return [...rest.slice(0, to), list[from], ...rest.slice(to)];
}

function Page() {
  const [current, setCurrent] = useState(null);
  const [draft, setDraft] = useState(null);
  const [problems, setProblems] = useState([]);
  const [trial, setTrial] = useState(null);
  const [conflict, setConflict] = useState(null);
  const [said, setSaid] = useState(null);
  const [busy, setBusy] = useState("");
  const [progress, setProgress] = useState(null);

  const isChanged = draft && current && JSON.stringify(draft) !== JSON.stringify(draftOf(current));

  async function load(takeKept) {
    const found = await get("rules");
    const kept = takeKept && JSON.parse(localStorage.getItem(KEPT) || "null");
    setCurrent(found);
    setDraft(kept || draftOf(found));
    setProblems(kept ? [] : found.problems);
  }
  const say = (problem) => setSaid({ tone: "", text: problem.message });
  useEffect(() => void load(true).catch(say), []);
  useEffect(() => {
    if (draft && current) keep(isChanged ? draft : null);
  }, [draft, current]);

  function change(patch) {
    setDraft({ ...draft, ...patch });
    setTrial(null);
    setSaid(null);
  }
  const setRules = (rules) => {
    // Problems are numbered by the places of the list that was looked at.
    setProblems(problems.filter(({ rule }) => rule === null).concat(moveProblems(problems, draft.rules, rules)));
    change({ rules });
  };
  const replace = (place, rule) => {
    const before = draft.rules[place];
    const isOpen = (problem) => problem.rule !== place || written(before, problem.part) === written(rule, problem.part);
    setProblems(problems.filter(isOpen));
    change({ rules: draft.rules.map((each, at) => (at === place ? rule : each)) });
  };
  const add = () => {
    const rule = { id: newKey(), name: "", conditions: {}, actions: { queue: "" } };
    setRules([...draft.rules, rule]);
    requestAnimationFrame(() => document.getElementById(`name-${rule.id}`)?.focus());
  };

  async function during(word, deed) {
    setBusy(word);
    setSaid(null);
    try {
      await deed();
    } catch (problem) {
      say(problem);
    }
    setBusy("");
  }
  const tryOut = () =>
    during("trial", async () => {
      setTrial(null);
      setProgress({ tried: 0, of: 0 });
      const found = await postForLines("rules/trial", draft, setProgress);
      setTrial(found);
      setProblems(found.problems);
    });
  const save = (reason) =>
    during("save", async () => {
      try {
        const saved = await put("rules", { ...draft, reason });
        keep(null);
        await load(false);
        setConflict(null);
        setTrial(null);
        setSaid({ tone: "good", text: t("Saved as version {number}.", { number: saved.number }) });
      } catch (problem) {
        if (problem.status === 409) await meet();
        if (problem.status === 422) setProblems(problem.content.problems);
        throw problem;
      }
    });
  async function meet() {
    const theirs = await get("rules");
    if (theirs.number === draft.number) return;
    setConflict(await get(`rules/versions/${theirs.number}?against=${draft.number}`));
    setCurrent(theirs);
  }
  const takeTheirs = () => {
    setConflict(null);
    setProblems(current.problems);
    setDraft(draftOf(current));
  };
  const putMineOnTop = () => {
    setConflict(null);
    setSaid(null);
    setDraft({ ...draft, number: current.number });
  };

  if (!draft) return html`<p class=${said ? "alert" : "muted"} role="status">${said?.text || t("Loading")}</p>`;
  return html`
    ${problems.length > 0 && html`<${Problems} problems=${problems} rules=${draft.rules} />`}
    <ol class="rule-list">
      ${draft.rules.map(
        (rule, place) => html`<${RuleCard}
          key=${rule.id}
          rule=${rule}
          place=${place}
          last=${draft.rules.length - 1}
          choices=${choicesOf(current.choices, draft.words)}
          hits=${trial && (trial.hits[rule.id] || 0)}
          problems=${problems.filter((problem) => problem.rule === place)}
          put=${(changed) => replace(place, changed)}
          move=${(to, from = place) => setRules(moved(draft.rules, from, to))}
          remove=${() => setRules(draft.rules.filter((_, at) => at !== place))}
        />`,
      )}
    </ol>
    <div><button class="button" onClick=${add}>${t("Add rule")}</button></div>
    <${WordLists} words=${draft.words} put=${(words) => change({ words })} />
    ${trial && html`<${Trial} trial=${trial} queues=${current.choices.queue} />`}
    ${conflict &&
    html`<section class="card conflict" role="alert">
      <header><h2>${t("Somebody else saved version {number} meanwhile", { number: conflict.number })}</h2></header>
      <div class="inside">
        <p>${conflict.reason}</p>
        <${Differences} differences=${conflict.differences} />
        <div class="row">
          <button class="button" onClick=${takeTheirs}>${t("Go on from their version, without mine")}</button>
          <button class="button" onClick=${putMineOnTop}>${t("Go on with mine, to put it in place of theirs")}</button>
        </div>
      </div>
    </section>`}
    <${SaveBar}
      number=${draft.number}
      isChanged=${isChanged}
      busy=${busy}
      progress=${busy === "trial" && progress}
      said=${said}
      tryOut=${tryOut}
      save=${save}
      discard=${() => during("", () => load(false))}
    />
    <${Versions} newest=${current.number} queues=${current.choices.queue} use=${(old) => change({ rules: old.rules, words: old.words })} />
  `;
}

const written = (rule, part) =>
  part === "name" ? rule.name : JSON.stringify([rule.conditions[part], rule.actions[part]]);

function moveProblems(problems, before, after) {
  const placeOf = new Map(after.map((rule, place) => [rule.id, place]));
  return problems
    .filter(({ rule }) => rule !== null && placeOf.has(before[rule]?.id))
    .map((problem) => ({ ...problem, rule: placeOf.get(before[problem.rule].id) }));
}

const choicesOf = (choices, words) => ({ ...choices, list: Object.keys(words) });

const Problems = ({ problems, rules }) =>
  html`<div class="alert" role="alert">
    <strong>${t("To mend before this can be saved: {count}", { count: problems.length })}</strong>
    <ul>
      ${problems.map(
        ({ rule, sentence, values }) =>
          html`<li>${rule === null ? "" : `${rule + 1}. ${rules[rule]?.name || ""}: `}${t(sentence, values)}</li>`,
      )}
    </ul>
  </div>`;

function SaveBar({ number, isChanged, busy, progress, said, tryOut, save, discard }) {
  const [reason, setReason] = useState("");
  useEffect(() => {
    if (said?.tone === "good") setReason("");
  }, [said]);
  const submit = (event) => {
    event.preventDefault();
    save(reason);
  };
  return html`<form class="card save-bar" onSubmit=${submit}>
    ${said && html`<p class=${`alert ${said.tone}`} role="status">${said.text}</p>`}
    <div class="row">
      <span class="tag ${isChanged ? "notice" : ""}">${isChanged ? t("Not saved yet") : number ? t("Version {number}", { number }) : t("No version yet")}</span>
      <button type="button" class="button" disabled=${Boolean(busy)} onClick=${tryOut}>
        ${t("Try against the last 1,000 conversations")}
      </button>
      ${progress && html`<${Progress} ...${progress} />`}
      ${isChanged && html`<button type="button" class="button quiet" onClick=${discard}>${t("Discard changes")}</button>`}
    </div>
    <div class="row">
      <input class="input" aria-label=${t("Why the rules change")} placeholder=${t("Why the rules change")} maxlength="300" required value=${reason} onInput=${(event) => setReason(event.currentTarget.value)} />
      <button class="button primary" disabled=${Boolean(busy) || !isChanged}>${t("Save rules")}</button>
    </div>
  </form>`;
}

const Progress = ({ tried, of }) =>
  html`<span class="trying">
    <progress aria-label=${t("Trying …")} value=${of ? tried : undefined} max=${of || 1}></progress>
    <span class="muted small number">${of > 0 && t("{tried} of {of} tried", { tried, of })}</span>
  </span>`;

render(html`<${Page} />`, document.getElementById("rules"));
