// The skills of claw-discord-coord as tools of OpenClaw. Every call is forwarded to the coordinator on this machine; nothing is decided here.
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";

const TOOLS = JSON.parse(readFileSync(new URL("./tools.json", import.meta.url), "utf8"));
const CALL_LIMIT_MS = 30_000;
const PAUSES_MS = [0, 500, 1_500]; // a coordinator that is being restarted is back soon, at another address
const GONE = new Set(["ENOENT", "ECONNREFUSED", "ECONNRESET", "UND_ERR_SOCKET"]);

export default {
  id: "claw-discord-coord",
  name: "claw-discord-coord",
  description: "Delegates work to agents that people watch and steer on Discord.",
  register(api) {
    for (const tool of TOOLS) {
      api.registerTool(
        (context) => ({
          name: tool.name,
          label: tool.name,
          description: tool.description,
          parameters: tool.input_schema,
          execute: (_id, input, signal) => execute(tool.name, input, context, api.pluginConfig ?? {}, signal),
        }),
        { name: tool.name },
      );
    }
  },
};

// `/spawn_agent …` arrives as {command, commandName, skillName}; the coordinator takes the words apart.
async function execute(name, input, context, config, signal) {
  const typed = typeof input?.command === "string" && typeof input?.commandName === "string";
  const path = typed ? `/skills/${name}/command` : `/skills/${name}`;
  const answer = await call(path, typed ? { command: input.command } : input, caller(context), config, signal);
  const text = typed && typeof answer.text === "string" ? answer.text : JSON.stringify(answer, null, 1);
  return { content: [{ type: "text", text }], details: { answer } };
}

function caller(context) {
  const to = context.deliveryContext ?? {};
  return {
    surface: "openclaw",
    session_key: context.sessionKey ?? null,
    agent_id: context.agentId ?? null,
    sender_id: context.requesterSenderId ?? null,
    sender_is_owner: context.senderIsOwner === true,
    message_channel: context.messageChannel ?? null, // where the sender wrote, whose ids are that chat's; answers may go elsewhere
    delivery: {
      channel: to.channel ?? context.messageChannel ?? null,
      to: to.to ?? null,
      account_id: to.accountId ?? null,
      thread_id: to.threadId ?? null,
    },
  };
}

async function call(path, body, from, config, signal) {
  const limit = AbortSignal.timeout(CALL_LIMIT_MS);
  const request = { path, body, from, id: `openclaw-${randomUUID()}`, signal: signal ? AbortSignal.any([signal, limit]) : limit };
  for (const [attempt, pauseMs] of PAUSES_MS.entries()) {
    await pause(pauseMs);
    try {
      return await once(request, config);
    } catch (error) {
      signal?.throwIfAborted();
      if (limit.aborted) throw new Error(`The coordinator did not answer within ${CALL_LIMIT_MS / 1000} s. Look at registry_status before you call again.`);
      if (!GONE.has(error.code ?? error.cause?.code) || attempt + 1 === PAUSES_MS.length) throw explained(error, config);
    }
  }
}

// The file is read at every call: a coordinator that was started again has another address and another token.
async function once({ path, body, from, id, signal }, config) {
  if (!config.coordinator) throw new Error("The plugin is not set up. Run `claw-discord-coord install`.");
  const { url, token } = JSON.parse(await readFile(config.coordinator, "utf8"));
  const response = await fetch(url + path, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      authorization: `Bearer ${token}`,
      "x-request-id": id,
      "x-claw-caller": ascii(JSON.stringify(from)),
    },
    body: JSON.stringify(body ?? {}),
    redirect: "error",
    signal,
  });
  const answer = await response.json().catch(() => ({}));
  if (response.ok) return answer;
  const { message, fix } = answer.error ?? { message: `The coordinator answered with HTTP ${response.status}.` };
  throw new Error([message, fix].filter(Boolean).join(" "));
}

function explained(error, config) {
  if (!GONE.has(error.code ?? error.cause?.code)) return error;
  return new Error(`The coordinator is not running. Start it with \`${config.start ?? "claw-discord-coord up"}\`; nothing was started by this call.`);
}

// Header values are Latin-1; JSON can say everything else with escapes.
function ascii(text) {
  return text.replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
