// An unmodified discord.js: messages with files, threads, reactions, a button and a slash command.
//
// Usage: node discordjs_steps.cjs API_BASE BOT_TOKEN GUILD_ID APPLICATION_ID PERSON_TOKEN, with NODE_PATH at discord.js.
// Prints one step a line as it holds; the last is `done`. Clicks and commands are a person's, over HTTP.

const assert = require("node:assert/strict");
const { once, on } = require("node:events");
const discord = require("discord.js");

const [api, token, guildId, applicationId, person] = process.argv.slice(2);
const { Guilds, GuildMembers, GuildMessages, GuildMessageReactions, MessageContent } = discord.GatewayIntentBits;
const client = new discord.Client({
  intents: [Guilds, GuildMembers, GuildMessages, GuildMessageReactions, MessageContent],
  rest: { api: api.replace(/\/v10$/, "") },
});

setTimeout(() => {
  console.log("not done within 45 s");
  process.exit(1);
}, 45_000);

/** Ask as the person. */
async function ask(method, path, body) {
  const headers = { authorization: person, "content-type": "application/json" };
  const answer = await fetch(api + path, { method, headers, body: body && JSON.stringify(body) });
  assert.ok(answer.ok, `${method} ${path}: ${answer.status}`);
  return answer.status === 200 ? answer.json() : null;
}

function interact(type, channel, data, more = {}) {
  const where = { application_id: applicationId, guild_id: guildId, channel_id: channel.id };
  return ask("POST", "/interactions", { type, ...where, session_id: "none", nonce: "1", data, ...more });
}

/** The first event of a name that `wanted` accepts; to be called before it is caused. */
async function event(name, wanted) {
  for await (const values of on(client, name)) {
    if (wanted(...values)) return values;
  }
}

const file = (name) => ({ attachment: Buffer.from("data"), name });

async function walk() {
  const ready = once(client, "clientReady");
  await client.login(token);
  await ready;
  const guild = client.guilds.cache.get(guildId);
  assert.equal((await guild.members.fetch()).size, 4);
  assert.equal((await client.users.fetch("@me")).id, client.user.id);
  console.log("connected");

  const channel = await guild.channels.create({ name: "discord-js", reason: "ü" });
  const button = new discord.ButtonBuilder().setCustomId("go").setLabel("Go").setStyle(discord.ButtonStyle.Primary);
  const components = [new discord.ActionRowBuilder().addComponents(button)];
  const told = event("messageCreate", (message) => message.content === "hello");
  const sent = await channel.send({ content: "hello", files: [file("a.txt")], embeds: [{ title: "embed" }], components });
  assert.equal((await told)[0].id, sent.id);
  assert.equal(await (await fetch(sent.attachments.first().url)).text(), "data");
  console.log("a message with file, embed and button");

  const reacted = event("messageReactionAdd", (_, user) => user.id !== client.user.id);
  await sent.react("✅");
  await ask("PUT", `/channels/${channel.id}/messages/${sent.id}/reactions/%E2%9C%85/@me`);
  const [reaction] = await reacted;
  assert.deepEqual([reaction.emoji.name, reaction.count], ["✅", 2]);
  assert.equal((await reaction.users.fetch()).size, 2);
  await reaction.users.remove();
  console.log("reactions");

  const thread = await sent.startThread({ name: "thread" });
  assert.equal(thread.id, sent.id);
  assert.equal((await thread.send("inside")).channelId, thread.id);
  await thread.leave();
  await thread.join();
  await thread.setArchived(true);
  assert.deepEqual([...(await channel.threads.fetchArchived()).threads.keys()], [thread.id]);
  console.log("a thread");

  client.on("interactionCreate", async (interaction) => {
    if (interaction.isButton()) {
      await interaction.update({ content: "pressed", components: [] });
    } else if (interaction.isChatInputCommand()) {
      const text = interaction.options.getString("text");
      await interaction.deferReply();
      await interaction.editReply({ content: `${text}, ${text}`, files: [file("b.txt")] });
      assert.equal((await interaction.fetchReply()).content, "hi, hi");
      await interaction.followUp({ content: "more" });
    }
  });
  const edited = event("messageUpdate", (_, message) => message.content === "pressed");
  await interact(3, channel, { component_type: 2, custom_id: "go" }, { message_id: sent.id });
  const [, pressed] = await edited;
  assert.deepEqual([pressed.id, pressed.components.length], [sent.id, 0]);
  console.log("a click edits its message");

  const text = { type: discord.ApplicationCommandOptionType.String, name: "text", description: "what", required: true };
  const [command] = (await guild.commands.set([{ name: "echo", description: "again", options: [text] }])).values();
  const followed = event("messageCreate", (message) => message.content === "more");
  const options = [{ type: 3, name: "text", value: "hi" }];
  await interact(2, channel, { id: command.id, name: "echo", type: 1, version: command.version, options });
  await followed;
  const [more, answer] = (await channel.messages.fetch({ limit: 2 })).values();
  assert.deepEqual([answer.content, answer.attachments.first().name, more.content], ["hi, hi", "b.txt", "more"]);
  console.log("a command is deferred, answered and followed up");

  const tooLong = await channel.send("x".repeat(2001)).catch((error) => error);
  assert.deepEqual([tooLong.status, tooLong.code], [400, 50035]);
  const half = await channel.send("half an emoji \ud83d").catch((error) => error);
  assert.equal(half.status, 400);
  assert.equal((await channel.messages.fetch({ limit: 1, cache: false })).first().id, more.id);
  console.log("done");
}

walk()
  .then(() => client.destroy())
  .then(() => process.exit(0))
  .catch((error) => {
    console.log(error);
    process.exit(1);
  });
