// The last words of a conversation in one line.

import { t } from "./words.js";

// What is no words, like `[image]`, is named in the language of the screen; other brackets stay as they were written.
export const inWords = (preview) => preview.replace(/\[\w+\]/g, (thing) => t(thing)) || t("No words");

export const aboutOf = (row) => row.subject || inWords(row.preview);
