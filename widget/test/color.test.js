import assert from "node:assert/strict";
import { test } from "node:test";
import { contrast, inkOn, readableOn } from "../src/accent/color.js";

const parseHex = (hex) => [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));

const WHITE = [255, 255, 255];
const DARK = parseHex("#191a18");

test("black on white has the contrast 21", () => {
  assert.equal(contrast([0, 0, 0], WHITE), 21);
});

test("light accents get dark ink and dark accents white ink", () => {
  assert.deepEqual(inkOn(parseHex("#ffd400")), [17, 17, 17]);
  assert.deepEqual(inkOn(parseHex("#777777")), [0, 0, 0]);
  assert.deepEqual(inkOn(parseHex("#0b5563")), WHITE);
});

test("a readable accent stays as it is", () => {
  assert.deepEqual(readableOn(WHITE, parseHex("#0b5563")), [11, 85, 99]);
});

test("every accent becomes readable on light and dark surfaces and on its own ink", () => {
  for (const hex of ["#ffd400", "#000000", "#ffffff", "#ff0000", "#777777", "#00ffcc", "#0000ff"]) {
    const accent = parseHex(hex);
    assert.ok(contrast(readableOn(WHITE, accent), WHITE) >= 5.5, `${hex} on white`);
    assert.ok(contrast(readableOn(DARK, accent), DARK) >= 5.5, `${hex} on dark`);
    assert.ok(contrast(accent, inkOn(accent)) >= 4.2, `ink on ${hex}`);
  }
});

test("the ink on any color has a contrast of 4.5", () => {
  for (let step = 0; step < 16 ** 3; step++) {
    const color = [step >> 8, (step >> 4) & 15, step & 15].map((channel) => channel * 17);
    assert.ok(contrast(inkOn(color), color) >= 4.5, String(color));
  }
});
