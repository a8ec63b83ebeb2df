// One mail in its views: HTML, text, links, attachments, headers, source.

async function open(id) {
  let mail = null;
  state.opening = id;
  try {
    mail = await ask(path(id));
  } catch {
    say("This mail is gone, or the inbox does not answer.");
    return;
  }
  if (state.opening !== id) return; // another one was chosen meanwhile
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
  state.opening = "";
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
      ["Received", `${wholly(new Date(mail.received))}, ${size(mail.bytes)}`],
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
    const written = next.link.written;
    parts.push(rest.slice(0, next.at), strange(next.link) ? make("b", {}, `${written} [leads to ${next.link.leads}]`) : anchor(next.link, written));
    rest = rest.slice(next.at + next.link.written.length);
  }
  return parts;
}

function anchor(link, words) {
  return make("a", { href: safe(link.opens), target: "_blank", rel: "noopener noreferrer" }, words);
}

// Browsers send a host's cookies to all its ports, so that program would get Jupyter's.
function strange(link) {
  let target;
  try {
    target = new URL(safe(link.opens), location.href);
  } catch {
    return link.strange; // not an address, such as http://127.0.0.1:None/; no browser opens it
  }
  const { hostname, host, protocol } = target;
  return link.strange || (!link.ours && protocol.startsWith("http") && hostname === location.hostname && host !== location.host);
}

function warned(link) {
  return make("details", {}, make("summary", {}, `Open it all the same? It leads to ${link.leads}, and your browser sends Jupyter's cookies along.`), anchor(link, link.opens));
}

function linkList(mail) {
  return make("ul", { class: "links" }, ...mail.links.map((link) =>
    make("li", {}, make("dl", {},
      make("dt", {}, "As written"),
      make("dd", {}, make("code", {}, link.written), copier(link.written, "Copy the link as written")),
      make("dt", {}, link.here ? "Opens here" : "Opens"),
      make("dd", {}, strange(link) ? warned(link) : anchor(link, link.opens), link.here ? copier(new URL(link.opens, location.href).href, "Copy the link that opens here") : null),
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
