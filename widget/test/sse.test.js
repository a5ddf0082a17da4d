import assert from "node:assert/strict";
import { test } from "node:test";
import { EventStreamParser } from "../src/client/sse.js";

const encoder = new TextEncoder();

function parse(...chunks) {
  const parser = new EventStreamParser();
  return chunks.flatMap((chunk) => parser.push(typeof chunk === "string" ? encoder.encode(chunk) : chunk));
}

const STREAM =
  ': a comment\n\nid: 1\nevent: meta\ndata: {"id":"a"}\n\nevent: ping\r\ndata: {}\r\n\r\nevent:delta\r' +
  "data: Ünïcode 漢字 \u{1F4DA}\rdata: second line\r\rdata\n\nretry: 5\n\nevent: final\ndata: end\n\n";
const EVENTS = [
  { name: "meta", data: '{"id":"a"}', id: "1" },
  { name: "ping", data: "{}", id: "1" },
  { name: "delta", data: "Ünïcode 漢字 \u{1F4DA}\nsecond line", id: "1" },
  { name: "message", data: "", id: "1" },
  { name: "final", data: "end", id: "1" },
];

test("one chunk gives all events", () => {
  assert.deepEqual(parse(STREAM), EVENTS);
});

test("any split into two chunks gives the same events, inside characters and line ends too", () => {
  const bytes = encoder.encode(STREAM);
  for (let cut = 0; cut <= bytes.length; cut++) {
    assert.deepEqual(parse(bytes.slice(0, cut), bytes.slice(cut)), EVENTS, `cut at byte ${cut}`);
  }
});

test("chunks of any one size give the same events", () => {
  const bytes = encoder.encode(STREAM);
  for (let size = 1; size <= 9; size++) {
    const chunks = [];
    for (let i = 0; i < bytes.length; i += size) chunks.push(bytes.slice(i, i + size), new Uint8Array());
    assert.deepEqual(parse(...chunks), EVENTS, `chunks of ${size} bytes`);
  }
});

test("a byte order mark at the start is no part of the first field", () => {
  assert.deepEqual(parse("\uFEFFdata: x\n\n"), [{ name: "message", data: "x", id: "" }]);
});

test("only one space after the colon is taken away", () => {
  assert.deepEqual(parse("data:  two\n\n"), [{ name: "message", data: " two", id: "" }]);
});

test("an event without data is none, and its name does not reach the next one", () => {
  assert.deepEqual(parse("event: meta\n\ndata: x\n\n"), [{ name: "message", data: "x", id: "" }]);
});

test("an unfinished event never comes out", () => {
  assert.deepEqual(parse("event: final\ndata: half\n"), []);
});
