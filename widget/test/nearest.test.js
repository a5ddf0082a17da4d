import assert from "node:assert/strict";
import { test } from "node:test";
import { clipped } from "../src/nearest.js";

test("a short passage is shown whole, on one line", () => {
  assert.equal(clipped("  Shoes may be\n\nsent back. ", 120), "Shoes may be sent back.");
});

test("a long passage is cut between two words", () => {
  assert.equal(clipped("one two three", 9), "one two…");
  assert.equal(clipped("one two three", 7), "one two…");
});

test("a text without spaces is cut all the same, and no character in two", () => {
  assert.equal(clipped("漢字漢字漢字", 4), "漢字漢字…");
  assert.equal(clipped("a😀b😀", 2), "a😀…");
});

test("what is no text is shown as nothing", () => {
  assert.equal(clipped(undefined, 120), "");
});
