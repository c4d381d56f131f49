/** Colors for fenced code: a small reader of comments, strings, numbers and keywords, good enough for chat. */

const C_WORDS = `
  abstract async await bool boolean break byte case catch char class const continue default defer def delete do
  double else enum export extends extern false final finally float fn for from func function go if impl implements
  import in int interface let long loop match mod module mut namespace new nil null of override package private
  protected pub public readonly return self short static string struct super switch this throw throws trait true
  try type typeof undefined unsafe use using var void where while with yield`;
const PYTHON_WORDS = `
  False None True and as assert async await break case class continue def del elif else except finally for from
  global if import in is lambda match nonlocal not or pass raise return self try while with yield`;
const SHELL_WORDS = `
  if then else elif fi for in do done while until case esac function return export local set cd echo sudo exit
  source`;
const SQL_WORDS = `
  select from where and or not null insert into values update set delete create table index drop alter add primary
  key references join left right inner outer on group by order limit offset having as distinct union all begin
  commit rollback returning with in is like between case when then else end default unique`;

const STRING = /"(?:\\[\s\S]|[^"\\\n])*"|'(?:\\[\s\S]|[^'\\\n])*'/;
const NUMBER = /\b(?:0x[\da-fA-F]+|\d+(?:\.\d+)?(?:e[+-]?\d+)?)\b/;
const WORD = /[A-Za-z_$][\w$-]*/;

const FAMILIES = {
  c: {
    comment: /\/\/[^\n]*|\/\*[\s\S]*?\*\//,
    string: new RegExp(`${STRING.source}|\`(?:\\\\[\\s\\S]|[^\`\\\\])*\``),
    words: C_WORDS,
  },
  python: {
    comment: /#[^\n]*/,
    string: new RegExp(`"""[\\s\\S]*?"""|'''[\\s\\S]*?'''|${STRING.source}`),
    words: PYTHON_WORDS,
  },
  shell: { comment: /#[^\n]*/, string: STRING, words: SHELL_WORDS },
  data: { comment: /#[^\n]*/, string: STRING, words: "true false null yes no on off" },
  sql: { comment: /--[^\n]*/, string: STRING, words: `${SQL_WORDS} ${SQL_WORDS.toUpperCase()}` },
  markup: { comment: /<!--[\s\S]*?-->/, string: STRING, words: "" },
};

const NAMES = {
  c: "c cpp c++ cs csharp java js javascript jsx mjs ts typescript tsx go rust rs kotlin swift php css scss json5",
  python: "python py",
  shell: "bash sh shell zsh console powershell ps1 dockerfile",
  data: "json yaml yml toml ini env",
  sql: "sql sqlite postgresql",
  markup: "html xml svg",
};

const familyOf = new Map();
for (const [family, list] of Object.entries(NAMES)) for (const name of list.split(" ")) familyOf.set(name, family);

/** Splits code into [{text, kind}]; kind is "", comment, string, number, keyword, name, added or removed. */
export function highlight(code, language) {
  const name = language.toLowerCase();
  if (name === "diff" || name === "patch") return diff(code);
  const family = FAMILIES[familyOf.get(name)];
  return family ? tokens(code, family) : [{ text: code, kind: "" }];
}

function diff(code) {
  const kinds = { "+": "added", "-": "removed", "@": "keyword" };
  return code.split(/(?<=\n)/).map((line) => ({ text: line, kind: kinds[line[0]] ?? "" }));
}

function tokens(code, { comment, string, words }) {
  const keywords = new Set(words.trim().split(/\s+/));
  const pattern = new RegExp(`(${comment.source})|(${string.source})|(${NUMBER.source})|(${WORD.source})`, "g");
  const parts = [];
  let end = 0;
  for (const hit of code.matchAll(pattern)) {
    if (hit.index > end) parts.push({ text: code.slice(end, hit.index), kind: "" });
    end = hit.index + hit[0].length;
    parts.push({ text: hit[0], kind: kindOf(hit, keywords, code[end]) });
  }
  if (end < code.length) parts.push({ text: code.slice(end), kind: "" });
  return parts;
}

function kindOf([, comment, string, number, word], keywords, next) {
  if (comment) return "comment";
  if (string) return next === ":" ? "name" : "string";
  if (number) return "number";
  if (keywords.has(word)) return "keyword";
  return next === "(" ? "name" : "";
}
