import assert from "node:assert/strict";
import { test } from "node:test";
import { isThisPage, pdfPageOf, resolveUrl, serverAddress } from "../src/links.js";

const SERVER = "https://answers.example";

test("a path is resolved against the server", () => {
  assert.equal(resolveUrl(SERVER, "/documents/1f?start=2&end=9"), "https://answers.example/documents/1f?start=2&end=9");
});

test("a path stays below a server that lives below a path", () => {
  assert.equal(resolveUrl("https://example.org/ask", "/documents/1f"), "https://example.org/ask/documents/1f");
});

test("the page of a PDF on the server keeps its fragment", () => {
  assert.equal(
    resolveUrl("https://example.org/ask", "/documents/1f/file#page=3"),
    "https://example.org/ask/documents/1f/file#page=3",
  );
});

test("the page of a PDF is told from any other address", () => {
  assert.equal(pdfPageOf("https://answers.example/documents/1f/file#page=12"), "12");
  assert.equal(pdfPageOf("https://example.org/report"), null);
  assert.equal(pdfPageOf("https://example.org/report#page=two"), null);
});

test("the page that the reader is on is known with any fragment, and whether it is named index.html or not", () => {
  globalThis.location = new URL("https://example.org/help/?a=1#top");
  assert.equal(isThisPage("https://example.org/help/index.html?a=1#:~:text=shoes"), true);
  assert.equal(isThisPage("https://example.org/help?a=1"), true);
  for (const other of ["https://example.org/help/", "https://example.org/help/x?a=1", "https://other.org/help/?a=1"]) {
    assert.equal(isThisPage(other), false, other);
  }
});

test("only http and https become links", () => {
  for (const url of [
    "javascript:alert(1)",
    " JavaScript:alert(1)",
    "data:text/html,x",
    "file:///etc/passwd",
    "http://[",
  ]) {
    assert.equal(resolveUrl(SERVER, url), null, url);
  }
});

test("what is no address becomes no link", () => {
  for (const url of [null, undefined, "", 7, {}]) assert.equal(resolveUrl(SERVER, url), null);
});

test("the server's address loses its last slash, query and fragment", () => {
  assert.equal(serverAddress("https://example.org/ask/?x#y", "file:///page.html"), "https://example.org/ask");
});

test("a path as the server is one on the page's own site", () => {
  assert.equal(serverAddress("/ask", "https://example.org/news/1"), "https://example.org/ask");
});

test("what is no http address is no server", () => {
  for (const attribute of ["javascript:alert(1)", "https://", "", null, undefined]) {
    assert.equal(serverAddress(attribute, "https://example.org/"), null);
  }
});
