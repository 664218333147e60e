// Who is signed in, and the words of their language: both came with the page.

export const boot = JSON.parse(document.getElementById("boot").textContent);

export function t(sentence, values = {}) {
  const words = boot.words[sentence] || sentence;
  return words.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? values[name] : whole));
}
