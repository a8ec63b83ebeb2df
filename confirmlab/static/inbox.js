"use strict";
// The inbox's page. What comes out of a mail is put in as text, never as markup.

const EVERY = 1000; // milliseconds between two looks
const PATIENCE = 8000;
const STEP = 50; // rows

const state = {
  version: "", // of the list that is shown
  words: "", // searched for
  most: STEP, // rows asked for
  told: 0, // the turn whose finds were said
  turn: 0, // grows when the question changes, so that late answers are known
  list: null,
  mail: null, // that is open
  tab: "", // that was chosen last
  failures: 0,
  inView: true,
};
let timer = 0;

const find = (id) => document.getElementById(id);
const counted = (number, noun) => `${number || "no"} ${noun}${number === 1 ? "" : "s"}`;
const path = (id, rest = "") => `mails/${encodeURIComponent(id)}${rest}`;

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value !== null && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

function say(words) {
  find("said").textContent = words;
}

// Only what the kit has made safe gets here; this is the second lock on the door.
function safe(address) {
  return /^(https?:\/\/|\/)/i.test(address) ? address : "about:blank";
}

// ---- asking

async function ask(where, method = "GET") {
  const answer = await fetch(where, {
    method,
    cache: "no-store",
    headers: method === "POST" ? { "X-ConfirmLab": "1" } : {},
    signal: AbortSignal.timeout(PATIENCE),
  });
  if (answer.status === 204) return null;
  if (!answer.ok || answer.headers.get("Content-Type") !== "application/json") {
    throw new Error(`The inbox answered ${answer.status}.`);
  }
  return answer.json();
}

async function look() {
  const turn = state.turn;
  const asked = { known: state.version, words: state.words, count: state.most };
  let news = null;
  try {
    news = await ask(`mails?${new URLSearchParams(asked)}`);
  } catch {
    unanswered();
    return;
  }
  answered();
  if (news && turn === state.turn) showList(news);
}

function changed() {
  state.turn += 1;
  state.version = "";
  round();
}

async function round() {
  clearTimeout(timer);
  wear();
  try {
    if (!document.hidden && state.inView) await look();
  } finally {
    clearTimeout(timer);
    timer = setTimeout(round, pause() * EVERY);
  }
}

// While nobody answers, each question puts a trace into the log of Jupyter, which is in a terminal.
function pause() {
  return state.failures > 12 ? 20 : Math.max(1, Math.min(state.failures, 5));
}

function answered() {
  if (state.failures > 1) say("The inbox answers again.");
  state.failures = 0;
  find("lost").hidden = true;
}

function unanswered() {
  state.failures += 1;
  if (state.failures !== 2) return; // once may be chance, and it is said only once
  state.version = "";
  find("lost").textContent =
    "The inbox does not answer: its kernel has stopped or is starting again. Run a cell with inbox " +
    "or site.start(); this page goes on by itself, or else the cell shows a new one.";
  find("lost").hidden = false;
}

async function tell(where) {
  try {
    await ask(where, "POST");
    return true;
  } catch {
    say("That did not work: the inbox does not answer.");
    return false;
  }
}

// ---- the list

function showList(news) {
  announce(news);
  state.list = news;
  state.version = news.version;
  document.title = news.unread ? `(${news.unread}) Inbox` : "Inbox";
  find("unread").textContent = `${counted(news.count, "mail")}, ${news.unread} unread`;
  find("filled").textContent = `${counted(news.count, "mail")} here, ${size(news.bytes)}.`.replace(/^n/, "N");
  const closed = news.port === null ? ["This inbox is closed: inbox.start() opens it."] : [];
  const notes = news.notes.length ? news.notes : closed;
  find("notes").replaceChildren(...notes.map((words) => make("p", { class: "note" }, words)));
  find("found").hidden = !state.words;
  find("found").textContent = state.words ? `${counted(news.found, "mail")} with “${state.words}”` : "";
  if (state.words && state.told !== state.turn) say(find("found").textContent);
  state.told = state.turn;
  find("nothing").hidden = news.count > 0;
  find("nothing").textContent = `Nothing yet. A mail that the app sends${news.port ? ` to port ${news.port}` : ""} shows up here by itself.`;
  if (find("empty")) find("empty").disabled = !news.count; // not while it asks whether one is sure
  find("more").hidden = news.mails.length >= news.found;
  arrange(news.mails);
  if (state.mail) {
    const row = news.mails.find((one) => one.id === state.mail.id);
    if (row) showMarked(row.unread);
  }
}

function announce(news) {
  const before = state.list;
  if (!before || news.newest <= before.newest) return;
  const fresh = news.mails.filter((one) => one.id > before.newest);
  if (fresh.length === 1) say(`New mail: ${fresh[0].subject || "(no subject)"}, to ${fresh[0].to.join(", ")}`);
  else if (fresh.length) say(`${fresh.length} new mails`);
}

function arrange(mails) {
  const list = find("mails");
  const old = new Map([...list.children].map((item) => [item.dataset.id, item]));
  const focused = list.contains(document.activeElement) ? document.activeElement.parentElement : null;
  const place = focused ? [...list.children].indexOf(focused) : -1;
  mails.forEach((mail, number) => {
    const item = old.get(mail.id) || listed(mail);
    old.delete(mail.id);
    item.classList.toggle("unread", mail.unread);
    item.querySelector(".mark").replaceChildren(...(mail.unread ? ["●", make("span", { class: "hidden" }, " Unread: ")] : []));
    if (list.children[number] !== item) list.insertBefore(item, list.children[number] || null);
  });
  old.forEach((item) => item.remove());
  if (focused && !focused.isConnected) {
    const next = list.children[Math.min(place, list.children.length - 1)];
    (next ? next.firstElementChild : find("words")).focus();
  }
  keepOneStop();
}

function listed(mail) {
  const time = new Date(mail.received);
  const button = make(
    "button",
    { type: "button", class: "row", tabindex: "-1", click: () => open(mail.id) },
    make("span", { class: "mark" }),
    make("span", { class: "subject" }, mail.subject || "(no subject)"),
    make("time", { datetime: mail.received, title: time.toLocaleString() }, shortly(time)),
    make("span", { class: "who soft" }, `to ${mail.to.join(", ") || "nobody"}`),
    mail.attached ? make("span", { class: "files soft" }, counted(mail.attached, "file")) : null,
  );
  const item = make("li", {}, button);
  item.dataset.id = mail.id;
  return item;
}

// The list is one stop of the Tab key; arrows go from mail to mail.
function keepOneStop() {
  const rows = [...find("mails").querySelectorAll(".row")];
  const current = rows.find((row) => row.parentElement.dataset.id === state.mail?.id);
  const stop = rows.find((row) => row === document.activeElement) || current || rows[0];
  rows.forEach((row) => {
    row.tabIndex = row === stop ? 0 : -1;
    if (row === current) row.setAttribute("aria-current", "true");
    else row.removeAttribute("aria-current");
  });
}

function step(event, items) {
  const place = items.indexOf(document.activeElement);
  const [less, more] = event.currentTarget.id === "mails" ? ["ArrowUp", "ArrowDown"] : ["ArrowLeft", "ArrowRight"];
  const to = { [less]: place - 1, [more]: place + 1, Home: 0, End: items.length - 1 }[event.key];
  if (to === undefined || place < 0 || !items[to]) return null;
  event.preventDefault();
  items[to].focus();
  return items[to];
}

// ---- one mail

async function open(id) {
  let mail = null;
  try {
    mail = await ask(path(id));
  } catch {
    say("This mail is gone, or the inbox does not answer.");
    return;
  }
  const unread = mail.unread;
  const narrow = getComputedStyle(find("box")).borderRightStyle === "none";
  state.mail = mail;
  document.body.classList.add("reading");
  showMail();
  keepOneStop();
  find("mail").scrollTop = 0;
  if (narrow) find("mail-title").focus();
  say(`Opened: ${mail.subject || "(no subject)"}`);
  if (unread && (await tell(path(id, "/seen")))) round();
}

function close() {
  const id = state.mail?.id;
  state.mail = null;
  document.body.classList.remove("reading");
  find("mail").replaceChildren(make("p", { class: "soft", id: "closed" }, "Choose a mail to read it."));
  keepOneStop();
  const row = [...find("mails").children].find((item) => item.dataset.id === id);
  (row || find("mails").firstElementChild)?.firstElementChild.focus();
}

function showMail() {
  const mail = state.mail;
  const asking = make("div", { class: "actions", id: "removing" }, make("button", { type: "button", click: askToRemove }, "Delete"));
  find("mail").replaceChildren(
    make("div", { class: "actions" },
      make("button", { type: "button", id: "back", click: close }, "Back to the list"),
      make("button", { type: "button", id: "marking", click: mark }, "Mark as unread"),
      asking),
    make("h2", { id: "mail-title", tabindex: "-1" }, mail.subject || "(no subject)"),
    table([
      ["From", mail.sender || "(nobody)"],
      ["To", mail.to.join(", ") || "(nobody)"],
      ["Received", `${new Date(mail.received).toLocaleString()}, ${size(mail.bytes)}`],
    ]),
    make("div", { role: "tablist", id: "views", "aria-label": "Views of this mail", keydown: turn }),
    make("div", { role: "tabpanel", id: "panel", tabindex: "0" }),
  );
  showMarked(false);
  const views = offered(mail);
  find("views").append(...views.map(([name, label]) =>
    make("button", {
      type: "button",
      role: "tab",
      id: `tab-${name}`,
      "aria-controls": "panel",
      "aria-label": name === "phone" ? "Phone: the HTML as wide as a phone" : null,
      click: () => choose(name),
    }, label)));
  const names = views.map(([name]) => name);
  show(names.includes(state.tab) ? state.tab : names[0]);
}

function showMarked(unread) {
  find("marking").textContent = unread ? "Mark as read" : "Mark as unread";
  state.mail.unread = unread;
}

async function mark() {
  if (await tell(path(state.mail.id, state.mail.unread ? "/seen" : "/unseen"))) round();
}

function offered(mail) {
  const html = mail.html ? [["page", "HTML"], ["phone", "Phone"]] : [];
  return [
    ...html,
    ["text", "Text"],
    ["links", `Links (${mail.links.length})`],
    ["files", `Attached (${mail.files.length})`],
    ["headers", "Headers"],
    ["source", "Source"],
  ];
}

function choose(name) {
  state.tab = name;
  show(name);
}

function show(name) {
  for (const tab of find("views").children) {
    const chosen = tab.id === `tab-${name}`;
    tab.setAttribute("aria-selected", String(chosen));
    tab.tabIndex = chosen ? 0 : -1;
  }
  find("panel").setAttribute("aria-labelledby", `tab-${name}`);
  find("panel").replaceChildren(...VIEWS[name](state.mail));
}

function turn(event) {
  const tab = step(event, [...find("views").children]);
  if (tab) choose(tab.id.slice("tab-".length));
}

const VIEWS = {
  page: (mail) => framed(mail, ""),
  phone: (mail) => framed(mail, "phone"),
  text: (mail) => [make("pre", {}, ...linked(mail))],
  links: (mail) => (mail.links.length ? [linkList(mail)] : [make("p", {}, "There is no link in this mail.")]),
  files: (mail) => (mail.files.length ? [fileTable(mail)] : [make("p", {}, "Nothing is attached to this mail.")]),
  headers: (mail) => [table(mail.headers, ["Header", "Value"])],
  source: (mail) => [
    make("p", {}, make("a", { href: path(mail.id, "/whole"), download: true }, "Download the whole mail"), ", which a mail program can open."),
    make("pre", {}, mail.source),
  ],
};

function framed(mail, kind) {
  if (!mail.pictured) return [make("p", {}, "The HTML is too long to be shown; the source has it.")];
  return [make("iframe", {
    class: kind,
    title: `HTML of the mail ${mail.subject || "(no subject)"}${kind ? ", as wide as a phone" : ""}`,
    sandbox: "allow-popups allow-popups-to-escape-sandbox",
    referrerpolicy: "no-referrer",
    src: path(mail.id, "/page"),
  })];
}

function linked(mail) {
  if (!mail.text) return [mail.html ? "(HTML only)" : "(no text)"];
  const parts = [];
  let rest = mail.text;
  const longestFirst = [...mail.links].sort((one, other) => other.written.length - one.written.length);
  while (rest) {
    const next = longestFirst
      .map((link) => ({ link, at: rest.indexOf(link.written) }))
      .filter((one) => one.at >= 0)
      .sort((one, other) => one.at - other.at)[0];
    if (!next || parts.length > 400) return [...parts, rest];
    parts.push(rest.slice(0, next.at), anchor(next.link, next.link.written));
    rest = rest.slice(next.at + next.link.written.length);
  }
  return parts;
}

function anchor(link, words) {
  return make("a", { href: safe(link.opens), target: "_blank", rel: "noopener noreferrer" }, words);
}

function linkList(mail) {
  return make("ul", { class: "links" }, ...mail.links.map((link) =>
    make("li", {}, make("dl", {},
      make("dt", {}, "As written"),
      make("dd", {}, make("code", {}, link.written), copier(link.written, "Copy the link as written")),
      make("dt", {}, link.here ? "Opens here" : "Opens"),
      make("dd", {}, anchor(link, link.opens), link.here ? copier(new URL(link.opens, location.href).href, "Copy the link that opens here") : null),
      make("dt", {}, "Leads to"),
      make("dd", {}, link.leads)))));
}

function fileTable(mail) {
  const rows = mail.files.map((file, number) => [
    file.name,
    file.kind,
    size(file.bytes),
    make("a", { href: path(mail.id, `/files/${number}`), download: true, "aria-label": `Download ${file.name}` }, "Download"),
  ]);
  return table(rows, ["Name", "Claims to be", "Size", "Save"]);
}

function table(rows, heads = []) {
  const head = heads.length ? make("thead", {}, make("tr", {}, ...heads.map((words) => make("th", { scope: "col" }, words)))) : null;
  const body = rows.map(([first, ...others]) =>
    make("tr", {}, make("th", { scope: "row" }, first), ...others.map((other) => make("td", {}, other))));
  return make("table", {}, head, make("tbody", {}, ...body));
}

// ---- copying, deleting

function copier(words, label) {
  const button = make("button", { type: "button", "aria-label": label, click: () => copy(words, button) }, "Copy");
  return button;
}

async function copy(words, button) {
  let copied = true;
  try {
    await navigator.clipboard.writeText(words);
  } catch {
    copied = copyByHand(words); // without TLS a browser lends its clipboard to nobody
    button.focus();
  }
  button.textContent = copied ? "Copied" : "Not copied";
  say(copied ? "The link is copied." : "The browser does not let this page copy.");
  setTimeout(() => (button.textContent = "Copy"), 2000);
}

function copyByHand(words) {
  const field = make("textarea", { class: "hidden", "aria-hidden": "true" });
  field.value = words;
  document.body.append(field);
  field.select();
  const copied = document.execCommand("copy");
  field.remove();
  return copied;
}

function question(place, words, yes, act) {
  const before = [...place.children];
  const back = (focus = true) => {
    place.replaceChildren(...before);
    place.removeAttribute("role");
    place.removeAttribute("aria-labelledby");
    place.onkeydown = null;
    if (focus) before[0].focus();
  };
  // Keep stands where the click was: a second one, made in haste, deletes nothing.
  const keep = make("button", { type: "button", click: () => back() }, "Keep");
  place.replaceChildren(
    keep,
    make("p", { id: `${place.id}-asked` }, words),
    make("button", { type: "button", class: "danger", click: () => { back(false); act(); } }, yes),
  );
  place.setAttribute("role", "group");
  place.setAttribute("aria-labelledby", `${place.id}-asked`);
  // In braces: a handler that returns false would take the Tab key away.
  place.onkeydown = (event) => {
    if (event.key === "Escape") back();
  };
  keep.focus();
}

function askToRemove() {
  question(find("removing"), "Delete this mail for good?", "Delete it", remove);
}

async function remove() {
  const { id, subject } = state.mail;
  if (!(await tell(path(id, "/remove")))) return;
  close();
  say(`Deleted: ${subject || "(no subject)"}`);
  changed();
}

function askToEmpty() {
  const { count, newest } = state.list;
  question(find("emptying"), `Delete ${count === 1 ? "the mail" : `all ${count} mails`} for good?`, "Delete all", async () => {
    if (!(await tell(path(newest, "/clear")))) return;
    close();
    say(`${counted(count, "mail")} deleted.`);
    find("words").focus();
    changed();
  });
}

// ---- words

function shortly(time) {
  const today = new Date().toDateString() === time.toDateString();
  return today
    ? time.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" })
    : time.toLocaleDateString([], { month: "short", day: "numeric" });
}

function size(bytes) {
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

// ---- light and dark

const prefersDark = matchMedia("(prefers-color-scheme: dark)");

function wear() {
  document.documentElement.classList.toggle("dark", labIsDark() ?? prefersDark.matches);
}

// JupyterLab has themes of its own; a page from elsewhere around this one does not let us look.
function labIsDark() {
  try {
    const light = window.parent.document.body.dataset.jpThemeLight;
    return light === undefined ? undefined : light === "false";
  } catch {
    return undefined;
  }
}

// ---- beginning

wear();
prefersDark.addEventListener("change", wear);

find("search").addEventListener("submit", (event) => event.preventDefault());
find("words").addEventListener("input", () => {
  state.words = find("words").value.trim();
  state.most = STEP;
  changed();
});
find("more").addEventListener("click", () => {
  state.most += STEP;
  changed();
});
find("empty").addEventListener("click", askToEmpty);
find("mails").addEventListener("keydown", (event) => {
  if (event.key === "Delete" && state.mail && state.mail.id === document.activeElement.parentElement.dataset.id) askToRemove();
  else if (step(event, [...find("mails").querySelectorAll(".row")])) keepOneStop();
});
document.addEventListener("visibilitychange", round);
document.addEventListener("pointerenter", () => state.failures && round());
window.addEventListener("focus", () => state.failures && round());
// A notebook may hold this page several times; those out of sight keep still.
new IntersectionObserver((seen) => {
  state.inView = seen[seen.length - 1].isIntersecting;
  if (state.inView) round();
}).observe(document.documentElement);
round();
