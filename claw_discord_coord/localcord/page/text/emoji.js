/** Emoji: how to recognize one, and names for those people use most. */

const FLAG = String.raw`\p{Regional_Indicator}{2}`;
const KEYCAP = String.raw`[#*0-9]\uFE0F?\u20E3`;
const MODIFIER = String.raw`(?:\uFE0F|\p{Emoji_Modifier})?`;
/** Pictures by themselves, and signs that a modifier turns into pictures. */
const PICTURE = String.raw`(?:\p{Emoji_Presentation}|\p{Extended_Pictographic}(?=\uFE0F|\p{Emoji_Modifier}|\u200D))`;
const JOINED = String.raw`(?:\u200D\p{Extended_Pictographic}${MODIFIER})*`;

/** One emoji as people see it, with modifiers, flags, keycaps and joined sequences. */
export const EMOJI = new RegExp(`${FLAG}|${KEYCAP}|${PICTURE}${MODIFIER}${JOINED}`, "u");

const GROUPS_AS_TEXT = {
  "Smileys & People": `
    😀 grinning 😃 smiley 😄 smile 😁 grin 😆 laughing 😅 sweat_smile 🤣 rofl 😂 joy 🙂 slight_smile
    🙃 upside_down 😉 wink 😊 blush 😇 innocent 🥰 smiling_face_with_hearts 😍 heart_eyes 🤩 star_struck
    😘 kissing_heart 😋 yum 😛 stuck_out_tongue 🤪 zany_face 🤗 hugging 🤔 thinking 🤨 raised_eyebrow
    😐 neutral_face 😑 expressionless 😶 no_mouth 😏 smirk 😒 unamused 🙄 rolling_eyes 😬 grimacing 😌 relieved
    😔 pensive 😴 sleeping 😷 mask 🤒 thermometer_face 🤯 exploding_head 🥳 partying_face 😎 sunglasses 🤓 nerd
    🧐 face_with_monocle 😕 confused 😟 worried 🙁 slight_frown 😮 open_mouth 😲 astonished 😳 flushed
    🥺 pleading_face 😢 cry 😭 sob 😱 scream 😞 disappointed 😓 sweat 😩 weary 😤 triumph 😡 rage 😠 angry 💀 skull
    💩 poop 🤡 clown 👻 ghost 👽 alien 🤖 robot 👋 wave 🤚 raised_back_of_hand ✋ raised_hand 👌 ok_hand ✌️ v
    🤞 fingers_crossed 👈 point_left 👉 point_right 👆 point_up_2 👇 point_down 👍 thumbsup 👎 thumbsdown
    ✊ fist 👊 punch 👏 clap 🙌 raised_hands 🙏 pray 💪 muscle 🤝 handshake ✍️ writing_hand 🧠 brain 👀 eyes
    🤷 shrug 🤦 facepalm 🕵️ detective 🧙 mage`,
  "Nature & Food": `
    🐶 dog 🐱 cat 🐭 mouse 🐰 rabbit 🦊 fox 🐻 bear 🐼 panda_face 🐸 frog 🐵 monkey_face 🐧 penguin 🐦 bird 🦉 owl
    🐝 bee 🐛 bug 🦋 butterfly 🐌 snail 🐢 turtle 🐍 snake 🐙 octopus 🦀 crab 🦞 lobster 🐟 fish 🐬 dolphin 🐳 whale
    🌱 seedling 🌳 deciduous_tree 🌵 cactus 🍀 four_leaf_clover 🌸 cherry_blossom 🌻 sunflower 🌍 earth_africa
    🌙 crescent_moon ⭐ star ✨ sparkles ⚡ zap 🔥 fire 🌈 rainbow ☀️ sunny ☁️ cloud ❄️ snowflake 💧 droplet
    🌊 ocean 🍎 apple 🍋 lemon 🍌 banana 🍓 strawberry 🥑 avocado 🌶️ hot_pepper 🍞 bread 🧀 cheese 🍕 pizza
    🍔 hamburger 🍟 fries 🌮 taco 🍣 sushi 🍩 doughnut 🍪 cookie 🎂 birthday 🍫 chocolate_bar 🍿 popcorn ☕ coffee
    🍵 tea 🍺 beer 🍷 wine_glass 🥂 champagne_glass`,
  "Activity & Objects": `
    ⚽ soccer 🏀 basketball 🎯 dart 🎮 video_game 🎲 game_die 🧩 jigsaw 🎨 art 🎤 microphone 🎧 headphones
    🎵 musical_note 🎬 clapper 🏆 trophy 🥇 first_place 🥈 second_place 🥉 third_place 🎉 tada 🎊 confetti_ball
    🎁 gift 🎈 balloon 🚀 rocket ✈️ airplane 🚗 red_car 🚲 bike 🚧 construction 🏠 house 🏭 factory ⌚ watch
    📱 mobile_phone 💻 computer ⌨️ keyboard 🖥️ desktop 🖨️ printer 💾 floppy_disk 📷 camera 📺 tv
    ⏰ alarm_clock ⏳ hourglass_flowing_sand 🔋 battery 🔌 electric_plug 💡 bulb 🔦 flashlight 🔧 wrench
    🔨 hammer 🛠️ tools ⚙️ gear 🧰 toolbox 🧪 test_tube 🔬 microscope 🔭 telescope 💊 pill 🩹 adhesive_bandage
    🔒 lock 🔓 unlock 🔑 key 🛡️ shield 📦 package 📬 mailbox_with_mail 📝 memo ✏️ pencil2 📁 file_folder 📅 date
    📆 calendar 📈 chart_with_upwards_trend 📉 chart_with_downwards_trend 📊 bar_chart 📌 pushpin
    📍 round_pushpin 📎 paperclip 📚 books 📖 book 🔖 bookmark 🔗 link 🔍 mag 💰 moneybag 💵 dollar 💎 gem 📣 mega
    🔔 bell`,
  Symbols: `
    ❤️ heart 🧡 orange_heart 💛 yellow_heart 💚 green_heart 💙 blue_heart 💜 purple_heart 🖤 black_heart
    🤍 white_heart 💔 broken_heart 💯 100 ✅ white_check_mark ☑️ ballot_box_with_check ✔️ heavy_check_mark
    ❌ x ❎ negative_squared_cross_mark ➕ heavy_plus_sign ➖ heavy_minus_sign ❓ question ❗ exclamation
    ‼️ bangbang ⚠️ warning 🚫 no_entry_sign ⛔ no_entry 🛑 octagonal_sign ♻️ recycle 🔁 repeat
    🔄 arrows_counterclockwise ▶️ arrow_forward ⏸️ pause_button ⏹️ stop_button ⏭️ track_next
    ⏩ fast_forward 🔼 arrow_up_small 🔽 arrow_down_small ➡️ arrow_right ⬅️ arrow_left ⬆️ arrow_up
    ⬇️ arrow_down ↩️ leftwards_arrow_with_hook ↪️ arrow_right_hook 🆗 ok 🆕 new 🆘 sos
    ℹ️ information_source 🔴 red_circle 🟠 orange_circle 🟡 yellow_circle 🟢 green_circle 🔵 blue_circle
    🟣 purple_circle ⚫ black_circle ⚪ white_circle 🟥 red_square 🟩 green_square 🟦 blue_square
    🏁 checkered_flag 🚩 triangular_flag_on_post 🏳️ flag_white 💬 speech_balloon 💭 thought_balloon 💤 zzz
    1️⃣ one 2️⃣ two 3️⃣ three 4️⃣ four 5️⃣ five 6️⃣ six 7️⃣ seven 8️⃣ eight 9️⃣ nine 0️⃣ zero
    🔟 keycap_ten #️⃣ hash`,
};

const ALIASES = { "+1": "👍", "-1": "👎", check: "✅", cross: "❌", bot: "🤖", simple_smile: "🙂", hourglass: "⏳" };

/** [{name, emoji: [{name, text}]}] for the picker. */
export const EMOJI_GROUPS = Object.entries(GROUPS_AS_TEXT).map(([name, text]) => {
  const words = text.trim().split(/\s+/);
  const emoji = [];
  for (let index = 0; index < words.length; index += 2) emoji.push({ text: words[index], name: words[index + 1] });
  return { name, emoji };
});

const byName = new Map(Object.entries(ALIASES));
const names = new Map();
for (const { emoji } of EMOJI_GROUPS) {
  for (const { name, text } of emoji) {
    byName.set(name, text);
    names.set(text, name);
  }
}

/** The character of `:name:`, or undefined. */
export const emojiNamed = (name) => byName.get(name);

/** The name of a character, or the character itself. */
export const nameOfEmoji = (text) => names.get(text) ?? text;

/** [{name, text}] whose name holds `part`, those that begin with it first. */
export function findEmoji(part, limit) {
  const wanted = part.toLowerCase();
  const hits = [...byName].filter(([name]) => name.includes(wanted)).map(([name, text]) => ({ name, text }));
  return hits.sort((a, b) => Number(b.name.startsWith(wanted)) - Number(a.name.startsWith(wanted))).slice(0, limit);
}
