// Poll the server while the page is visible, and show when it does not answer.

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

// Without an answer, each request logs a traceback in Jupyter's terminal, so poll less often.
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
  if (state.failures !== 2) return; // one failure may be chance; later ones are not announced again
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
