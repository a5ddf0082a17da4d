import assert from "node:assert/strict";
import { test } from "node:test";
import { MarkerParser } from "../src/answer/markers.js";

const TEXT = "Grushko said so. [1] The array a[0] has [sic] twelve [12][2] and [99] [12";
const PIECES = ["Grushko said so. ", 1, " The array a[0] has [sic] twelve ", 12, 2, " and [99] [12"];

function parse(...texts) {
  const parser = new MarkerParser((number) => [1, 2, 12].includes(number));
  const pieces = [...texts.flatMap((text) => parser.push(text)), ...parser.end()];
  return pieces.reduce(joinText, []);
}

function joinText(pieces, piece) {
  const last = pieces.length - 1;
  const bothText = typeof piece === "string" && typeof pieces[last] === "string";
  return bothText ? [...pieces.slice(0, last), pieces[last] + piece] : [...pieces, piece];
}

test("issued numbers become markers and other brackets stay text", () => {
  assert.deepEqual(parse(TEXT), PIECES);
});

test("any split into two gives the same pieces", () => {
  for (let cut = 0; cut <= TEXT.length; cut++) {
    assert.deepEqual(parse(TEXT.slice(0, cut), TEXT.slice(cut)), PIECES, `cut at ${cut}`);
  }
});

test("single characters give the same pieces", () => {
  assert.deepEqual(parse(...TEXT), PIECES);
});

test("text is handed on at once, only a possible marker waits", () => {
  const parser = new MarkerParser(() => true);

  assert.deepEqual(parser.push("So it is. [1"), ["So it is. "]);
  assert.deepEqual(parser.push("]"), [1]);
  assert.deepEqual(parser.end(), []);
});
