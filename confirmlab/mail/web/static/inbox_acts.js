// Copy links, delete mails, and start the page.

function copier(words, label) {
  const button = make("button", { type: "button", "aria-label": label, click: () => copy(words, button) }, "Copy");
  return button;
}

async function copy(words, button) {
  let copied = true;
  try {
    await navigator.clipboard.writeText(words);
  } catch {
    copied = copyByHand(words); // browsers offer no clipboard to pages without TLS
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
  // "Keep" appears where the click was, so that a hasty second click deletes nothing.
  const keep = make("button", { type: "button", click: () => back() }, "Keep");
  place.replaceChildren(
    keep,
    make("p", { id: `${place.id}-asked` }, words),
    make("button", { type: "button", class: "danger", click: () => { back(false); act(); } }, yes),
  );
  place.setAttribute("role", "group");
  place.setAttribute("aria-labelledby", `${place.id}-asked`);
  // In braces: a handler that returned false would cancel the Tab key.
  place.onkeydown = (event) => {
    if (event.key === "Escape") back();
  };
  keep.focus();
}

function askToRemove() {
  if (find("removing-asked")) return; // the Delete key was pressed again
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

// ---- start

wear();
prefersDark.addEventListener("change", wear);

find("search").addEventListener("submit", (event) => event.preventDefault());
find("words").addEventListener("input", () => {
  state.words = find("words").value.trim();
  state.most = STEP;
  changed();
});
find("more").addEventListener("click", () => {
  state.firstNew = find("mails").children.length; // the button may vanish with the focus on it
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
// A notebook may contain this page several times; hidden ones do not poll.
new IntersectionObserver((seen) => {
  state.inView = seen[seen.length - 1].isIntersecting;
  if (state.inView) round();
}).observe(document.documentElement);
round();
