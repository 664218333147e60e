// Telling an agent that work came: a number in the title, and a soft tone when they look elsewhere.

import { state } from "./store.js";

const title = document.title;

export function announce(frame, before) {
  const waiting = [...state.rows.values()].filter((row) => isMine(row) && row.unanswered_since).length;
  document.title = waiting ? `(${waiting}) ${title}` : title;
  const given = frame.conversations.some((row) => isMine(row) && !isMine(before.get(row.id) || {}));
  if (given && document.hidden) ring();
}

const isMine = (row) => row.assignee_id === state.me.id;

function ring() {
  const sound = new AudioContext();
  const tone = sound.createOscillator();
  const volume = sound.createGain();
  tone.frequency.value = 660;
  volume.gain.setValueAtTime(0.08, sound.currentTime);
  volume.gain.exponentialRampToValueAtTime(0.0001, sound.currentTime + 0.5);
  tone.connect(volume).connect(sound.destination);
  tone.onended = () => sound.close();
  tone.start();
  tone.stop(sound.currentTime + 0.5);
}
