import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { recallConversation, rememberConversation } from "../src/panel/memory.js";

const define = (descriptor) => Object.defineProperty(globalThis, "localStorage", { configurable: true, ...descriptor });
afterEach(() => define({ value: undefined }));

function memory() {
  const items = new Map();
  define({
    value: {
      getItem: (key) => items.get(key) ?? null,
      setItem: (key, value) => items.set(key, String(value)),
      removeItem: (key) => items.delete(key),
    },
  });
  return items;
}

test("each server has a conversation of its own", () => {
  memory();

  rememberConversation("https://a.example", "1");
  rememberConversation("https://b.example", "2");

  assert.equal(recallConversation("https://a.example"), "1");
  assert.equal(recallConversation("https://b.example"), "2");
});

test("a forgotten conversation leaves nothing behind", () => {
  const items = memory();
  rememberConversation("https://a.example", "1");

  rememberConversation("https://a.example", null);

  assert.equal(recallConversation("https://a.example"), null);
  assert.equal(items.size, 0);
});

test("where the browser forbids storage nothing is remembered and nothing fails", () => {
  define({
    get() {
      throw new DOMException("The operation is insecure.", "SecurityError");
    },
  });

  rememberConversation("https://a.example", "1");

  assert.equal(recallConversation("https://a.example"), null);
});
