import assert from "node:assert/strict";
import { test } from "node:test";
import { linkLabel, resolveUrl, serverAddress } from "../src/links.js";

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

test("a link to a page of a PDF names the page, any other the published page", () => {
  assert.equal(linkLabel("https://answers.example/documents/1f/file#page=12"), "Open page 12 of the PDF");
  assert.equal(linkLabel("https://example.org/report"), "Open the published page");
  assert.equal(linkLabel("https://example.org/report#page=two"), "Open the published page");
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
