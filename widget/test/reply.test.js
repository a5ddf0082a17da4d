import assert from "node:assert/strict";
import { test } from "node:test";
import { el } from "../src/dom.js";
import { Reply } from "../src/answer/reply.js";

/** As much of an element as a reply needs; written out as `<tag.class>…</tag>`. */
class FakeElement {
  attributes = {};
  children = [];

  constructor(tag) {
    this.tag = tag;
  }

  setAttribute(name, value) {
    this.attributes[name] = value;
  }

  append(...nodes) {
    this.children.push(...nodes);
  }

  replaceChildren() {
    this.children = [];
  }

  hasChildNodes() {
    return this.children.length > 0;
  }

  querySelector() {
    return null;
  }

  toString() {
    const name = this.attributes.class ? `${this.tag}.${this.attributes.class}` : this.tag;
    return `<${name}>${this.children.join("")}</${this.tag}>`;
  }
}

globalThis.document = { createElement: (tag) => new FakeElement(tag) };

const PARTLY = {
  outcome: "partly",
  note: "Not answered: “when [1]”",
  sentences: [
    { text: "Shoes may be sent back.", citations: [1], supported: true },
    { text: "Hats too.", citations: [1, 2], supported: true },
  ],
};
const POSSIBLE = {
  outcome: "possible",
  note: "One of these may answer it:",
  sentences: [
    { text: "Within a week, it seems.", citations: [], supported: false },
    { text: "Hats are kept for 30 days.", citations: [1], supported: true },
    { text: "Shoes are kept for 14.", citations: [2], supported: true },
  ],
};
const PARTLY_SHOWN =
  "<p.answer>Shoes may be sent back.<sup>1</sup> Hats too.<sup>1</sup><sup>2</sup></p>" +
  "<p.reply-note>Not answered: “when [1]”</p>";
const POSSIBLE_SHOWN =
  "<p.reply-note>One of these may answer it:</p><ul.offers>" +
  "<li><span.doubtful>Within a week, it seems.</span> <span.doubt>not confirmed in the documents</span></li>" +
  "<li>Hats are kept for 30 days.<sup>1</sup></li><li>Shoes are kept for 14.<sup>2</sup></li></ul>";

function makeReply() {
  return new Reply(
    (number) => [1, 2].includes(number),
    (number) => el("sup", {}, String(number)),
  );
}

const shownBy = (reply) => reply.element.children.join("");

function show(answer) {
  const reply = makeReply();
  reply.show(answer);
  return shownBy(reply);
}

function stream(...deltas) {
  const reply = makeReply();
  for (const delta of deltas) reply.take(delta);
  reply.end();
  return shownBy(reply);
}

test("the note of what is answered in part stands below the sentences, and numbers in it are no markers", () => {
  assert.equal(show(PARTLY), PARTLY_SHOWN);
});

test("each sentence that may answer is a block of its own below the note", () => {
  assert.equal(show(POSSIBLE), POSSIBLE_SHOWN);
});

test("without sentences the note stands alone", () => {
  assert.equal(show({ outcome: "answered", note: "Hello!", sentences: [] }), "<p.reply-note>Hello!</p>");
});

test("an answer from before there were notes shows its text", () => {
  assert.equal(show({ answer: "I found nothing.", sentences: [] }), "<p.reply-note>I found nothing.</p>");
});

test("a number that was not issued is no marker", () => {
  const sentences = [{ text: "So it is.", citations: [7, 1], supported: true }];

  assert.equal(show({ outcome: "answered", note: "", sentences }), "<p.answer>So it is.<sup>1</sup></p>");
});

test("a doubtful sentence is marked among others", () => {
  const sentences = [
    { text: "Perhaps.", citations: [], supported: false },
    { text: "Surely.", citations: [], supported: true },
  ];

  assert.equal(
    show({ outcome: "answered", note: "", sentences }),
    "<p.answer><span.doubtful>Perhaps.</span> <span.doubt>not confirmed in the documents</span> Surely.</p>",
  );
});

test("what is streamed and answers in part looks as the whole answer does", () => {
  const streamed = stream(
    { text: "Shoes may be sent back. [1]", note: false },
    { text: " Hats too. [1][2]", note: false },
    { text: " Not answered: ", note: true },
    { text: "“when [1]”", note: true },
  );

  assert.equal(streamed, PARTLY_SHOWN);
});

test("what is streamed and may answer looks as the whole answer does", () => {
  const streamed = stream(
    { text: "One of these may answer it:", note: true },
    { text: "\nWithin a week, it seems.", note: false },
    { text: "\nHats are kept for 30 days. [1]", note: false },
    { text: "\nShoes are kept for 14. [2]", note: false },
  );

  assert.equal(streamed, POSSIBLE_SHOWN);
});

test("what might have begun a marker stays with its own sentence", () => {
  const streamed = stream(
    { text: "Perhaps:", note: true },
    { text: "\nAs in a[ [1] [2", note: false },
    { text: "\nNext. [2]", note: false },
  );

  assert.equal(
    streamed,
    "<p.reply-note>Perhaps:</p><ul.offers><li>As in a[<sup>1</sup> [2</li><li>Next.<sup>2</sup></li></ul>",
  );
});

test("a quote is a block of its own, as it streams in and as it stays", () => {
  const sentences = [
    { text: "Hats may be sent back.", citations: [1], supported: true, quoted: false },
    { text: "Hats; 30 days.", citations: [2], supported: true, quoted: true },
    { text: "Shoes; 14 days.", citations: [1], supported: true, quoted: true },
    { text: "So it is.", citations: [1], supported: true, quoted: false },
  ];
  const shown =
    "<p.answer>Hats may be sent back.<sup>1</sup></p><blockquote.quoted>Hats; 30 days.<sup>2</sup></blockquote>" +
    "<blockquote.quoted>Shoes; 14 days.<sup>1</sup></blockquote><p.answer>So it is.<sup>1</sup></p>";

  const streamed = stream(
    { text: "Hats may be sent back. [1]", quoted: false },
    { text: "\nHats; 30 days. [2]", quoted: true },
    { text: "\nShoes; 14 days. [1]", quoted: true },
    { text: "\nSo it is. [1]", quoted: false },
  );

  assert.equal(streamed, shown);
  assert.equal(show({ outcome: "answered", note: "", sentences }), shown);
});

test("what is cleared leaves nothing to what follows", () => {
  const reply = makeReply();
  reply.show(POSSIBLE);
  reply.take({ text: " and [1", note: false });
  reply.clear();

  reply.take({ text: "Hats too. [2]", note: false });

  assert.equal(shownBy(reply), "<p.answer>Hats too.<sup>2</sup></p>");
});
