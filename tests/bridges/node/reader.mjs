// The TypeScript SDK as a strict reader. Arguments: the steps as JSON, and a command or a URL.
// It prints one line of JSON with what each step gave.
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { CallToolResultSchema, ToolListChangedNotificationSchema } from "@modelcontextprotocol/sdk/types.js";

const [steps, ...target] = process.argv.slice(2);
const client = new Client({ name: "reader", version: "1" });
const transport = target[0].startsWith("http")
  ? new StreamableHTTPClientTransport(new URL(target[0]))
  : new StdioClientTransport({ command: target[0], args: target.slice(1), env: process.env });

const changed = new Promise((resolve) =>
  client.setNotificationHandler(ToolListChangedNotificationSchema, () => resolve()),
);

const actions = {
  changed: async () => {
    await changed;
    return (await client.listTools()).tools.map((tool) => tool.name);
  },
  list: async () => (await client.listTools()).tools,
  capabilities: async () => client.getServerCapabilities(),
  call: async (params) => {
    const progress = [];
    const onprogress = (each) => progress.push(each.message);
    return { ...(await client.callTool(params, undefined, { onprogress })), progress };
  },
  task: async (params) => {
    const seen = [];
    const stream = client.experimental.tasks.callToolStream(params, CallToolResultSchema, {
      task: { ttl: 60000 },
    });
    for await (const message of stream) {
      seen.push(message.type === "taskStatus" ? message.task.status : message.type);
      if (message.type === "error") return { seen, error: message.error.message };
      if (message.type === "result") return { seen, result: message.result };
    }
  },
  cancelTask: async (params) => {
    const stream = client.experimental.tasks.callToolStream(params, CallToolResultSchema, {
      task: { ttl: 60000 },
    });
    for await (const message of stream) {
      if (message.type === "taskCreated") {
        const id = message.task.taskId;
        const canceled = await client.experimental.tasks.cancelTask(id);
        return [canceled.status, (await client.experimental.tasks.getTask(id)).status];
      }
    }
  },
};

await client.connect(transport);
const results = [];
for (const [action, params] of JSON.parse(steps)) {
  try {
    results.push(await actions[action](params));
  } catch (error) {
    results.push({ error: error.message, code: error.code });
  }
}
console.log(JSON.stringify(results));
await client.close();
