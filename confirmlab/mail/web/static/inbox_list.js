// The list of mails: new, unread and found ones.

function showList(news) {
  announce(news);
  state.list = news;
  state.version = news.version;
  document.title = news.unread ? `(${news.unread}) Inbox` : "Inbox";
  find("unread").textContent = `${counted(news.count, "mail")}, ${news.unread} unread`;
  find("filled").textContent = `${counted(news.count, "mail")} here, ${size(news.bytes)}.`.replace(/^n/, "N");
  const closed = news.port === null ? ["This inbox is closed: inbox.start() opens it."] : [];
  const notes = [...(news.notes.length ? news.notes : closed), ...(news.notice ? [news.notice] : [])];
  find("notes").replaceChildren(...notes.map((words) => make("p", { class: "note" }, words)));
  find("found").hidden = !state.words;
  find("found").textContent = state.words ? `${counted(news.found, "mail")} with “${state.words}”` : "";
  if (state.words && state.told !== state.turn) say(find("found").textContent);
  state.told = state.turn;
  find("nothing").hidden = news.count > 0;
  find("nothing").textContent = `Nothing yet. A mail that the app sends${news.port ? ` to port ${news.port}` : ""} shows up here by itself.`;
  if (find("empty")) find("empty").disabled = !news.count; // absent while the page asks for confirmation
  find("more").hidden = news.mails.length >= news.found;
  arrange(news.mails);
  if (state.firstNew >= 0) {
    find("mails").children[state.firstNew]?.firstElementChild.focus();
    state.firstNew = -1;
    keepOneStop();
  }
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
  const ids = new Set(mails.map((mail) => mail.id));
  old.forEach((item, id) => ids.has(id) || item.remove()); // first: an item that moves loses the focus
  mails.forEach((mail, number) => {
    const item = old.get(mail.id) || listed(mail);
    item.classList.toggle("unread", mail.unread);
    item.querySelector(".mark").replaceChildren(...(mail.unread ? ["●", make("span", { class: "hidden" }, " Unread: ")] : []));
    if (list.children[number] !== item) list.insertBefore(item, list.children[number] || null);
  });
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
    make("time", { datetime: mail.received, title: wholly(time) }, shortly(time)),
    make("span", { class: "who soft" }, `to ${mail.to.join(", ") || "nobody"}`),
    mail.attached ? make("span", { class: "files soft" }, counted(mail.attached, "file")) : null,
  );
  const item = make("li", {}, button);
  item.dataset.id = mail.id;
  return item;
}

// Tab reaches the list once; arrow keys move between mails.
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
