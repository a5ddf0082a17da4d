/**
 * Signs that stand in the source for what is no text: footnotes, and where doubt begins and ends.
 *
 * They are control characters, and those are taken out of all text that comes in: nobody else can write them.
 */
export const DOUBT = "\x03";
/** Doubt goes on in the next line or cell. */
export const PAUSE = "\x04";
export const SURE = "\x05";

const FORBIDDEN = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]/g;
const SIGNS = /\x01\d+\x02|[\x03-\x05]/g;
const FOOTNOTE = /\x01(\d+)\x02/g;

/** Take out control characters and those that turn the direction of what follows: they can hide what is there. */
export const clean = (text) => text.replace(/[\u2028\u2029]/g, "\n").replace(FORBIDDEN, "");

export const sign = (number) => `\x01${number}\x02`;

/** Without signs. */
export const plain = (text) => text.replace(SIGNS, "");

export const footnotesIn = (text) => Array.from(text.matchAll(FOOTNOTE), ([, number]) => ({ footnote: Number(number) }));

/** Is doubt on at the end of the text? */
export const isDoubtfulAfter = (text, wasDoubtful) => {
  const at = Math.max(text.lastIndexOf(DOUBT), text.lastIndexOf(PAUSE), text.lastIndexOf(SURE));
  return at < 0 ? wasDoubtful : text[at] === DOUBT;
};
