/**
 * Server-sent events from bytes: https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
 *
 * Bytes go in as they arrive from the network, cut anywhere; whole events come out. An event that the stream leaves
 * unfinished never comes out.
 */
export class EventStreamParser {
  #decoder = new TextDecoder();
  #line = "";
  #afterCarriageReturn = false;
  #name = "";
  #id = "";
  #data = [];

  /**
   * @param {Uint8Array} bytes
   * @returns {{name: string, data: string, id: string}[]} The events that these bytes complete, in order.
   */
  push(bytes) {
    const events = [];
    let text = this.#decoder.decode(bytes, { stream: true });
    if (this.#afterCarriageReturn && text) {
      // The second half of a CRLF that was cut in two.
      if (text[0] === "\n") text = text.slice(1);
      this.#afterCarriageReturn = false;
    }
    if (text.endsWith("\r")) this.#afterCarriageReturn = true;
    const lines = text.split(/\r\n|\r|\n/);
    for (const rest of lines.slice(0, -1)) {
      this.#takeLine(this.#line + rest, events);
      this.#line = "";
    }
    this.#line += lines[lines.length - 1];
    return events;
  }

  #takeLine(line, events) {
    if (line === "") {
      if (this.#data.length) events.push({ name: this.#name || "message", data: this.#data.join("\n"), id: this.#id });
      this.#name = "";
      this.#data = [];
      return;
    }
    const colon = line.indexOf(":");
    if (colon === 0) return;
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "data") this.#data.push(value);
    else if (field === "event") this.#name = value;
    else if (field === "id") this.#id = value;
  }
}
