// Asks a server with OpenAI's client for Node and prints what it gets as JSON.
// Usage: node node_client.mjs FOLDER_OF_THE_CLIENT BASE_URL QUESTION
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";

const [folder, baseURL, question] = process.argv.slice(2);
const entry = createRequire(path.join(folder, "package.json")).resolve("openai");
const { default: OpenAI } = await import(pathToFileURL(entry));

const client = new OpenAI({ baseURL, apiKey: "any", maxRetries: 0, timeout: 600_000 });
const messages = [{ role: "user", content: question }];

async function refusal(call) {
  try {
    await call();
    return null;
  } catch (error) {
    return { kind: error.constructor.name, status: error.status, code: error.code, param: error.param };
  }
}

const completion = await client.chat.completions.create({ model: "footnote", messages });
const streamed = [];
const options = { model: "footnote", messages, stream: true, stream_options: { include_usage: true } };
for await (const chunk of await client.chat.completions.create(options)) streamed.push(chunk);
const helped = await client.chat.completions.stream({ model: "footnote", messages }).finalContent();
const models = [];
for await (const model of client.models.list()) models.push(model.id);
const response = await client.responses.create({ model: "footnote", input: question });
const events = [];
for await (const event of await client.responses.create({ model: "footnote", input: question, stream: true })) {
  events.push(event.type);
}

console.log(
  JSON.stringify({
    completion,
    streamed,
    helped,
    models,
    model: await client.models.retrieve("footnote"),
    response: { text: response.output_text, status: response.status },
    events,
    refusals: {
      model: await refusal(() => client.chat.completions.create({ model: "gpt-4o", messages })),
      question: await refusal(() => client.chat.completions.create({ model: "footnote", messages: [] })),
      metadata: await refusal(() =>
        client.chat.completions.create({ model: "footnote", messages, metadata: { date_to: "soon" } }),
      ),
      embeddings: await refusal(() => client.embeddings.create({ model: "footnote", input: "a" })),
    },
  }),
);
