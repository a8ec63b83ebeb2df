// The page: whatever is typed changes the token, and everything shown follows from the token.
(() => {
  const given = JSON.parse(document.getElementById("given").textContent);
  const at = (id) => document.getElementById(id);
  const fields = { raw: at("raw"), header: at("header"), payload: at("payload") };
  let raw = given.token;
  let signed = given.token; // as it was when its signature was made
  let ticket = 0;

  const now = () => given.now ?? Date.now() / 1000;

  function say(place, text) {
    if (at(place).textContent !== text) at(place).textContent = text;
  }

  function marked(token) {
    const spans = token.pieces.map((piece, place) => {
      const span = document.createElement("span");
      span.className = PARTS[Math.min(place, 2)];
      span.textContent = piece;
      return span;
    });
    return spans.flatMap((span, place) => (place ? [".", span] : [span]));
  }

  // What one types into stays as it is typed; the rest follows.
  function show(typing) {
    const token = readToken(raw);
    at("parts").replaceChildren(...marked(token));
    const texts = { raw, header: token.header.text, payload: token.payload.text };
    for (const [name, field] of Object.entries(fields)) {
      if (field !== typing && field.value !== texts[name]) field.value = texts[name];
    }
    for (const name of ["header", "payload"]) {
      const why = token[name].why;
      fields[name].setAttribute("aria-invalid", String(Boolean(why)));
      say(`${name}-why`, why && `Does not decode: ${why}.`);
    }
    const { bytes, why } = token.signature;
    const hex = bytes && toHex(bytes);
    say("signature", hex ? `${hex.length} bytes: ${hex.length > 8 ? `${hex.slice(0, 4).join(" ")} … ${hex.slice(-2).join(" ")}` : hex.join(" ") || "empty"}` : `Does not decode: ${why}.`);
    say("stale", stale(token));
    tick(token);
    weigh(token);
  }

  function stale(token) {
    if (raw === signed) return "";
    const before = readToken(signed);
    const changed = ["header", "payload"].filter((name) => token[name].raw !== before[name].raw);
    if (!changed.length || token.signature.raw !== before.signature.raw) return "";
    return `You changed the ${changed.join(" and the ")}; the signature is still the old one.`;
  }

  // Times run on, so they stand beside the verdict, which is read aloud whenever it changes.
  function tick(token) {
    const times = timesOf(token.payload.value, now());
    const lines = Object.entries(times).map(([name, { at: when, span }]) => `${name}: ${when}${span && `, ${span}`}`);
    if (token.payload.value && !times.exp) lines.push("no exp: it never ends");
    say("times", lines.join("; "));
    say("clock", `${clock(now(), now())}${given.now === null ? "" : ", where it stands still"}`);
  }

  async function weigh(token) {
    const mine = ++ticket;
    const key = at("key").value;
    let verdict = { kind: "open", word: "Not checked", text: "No key yet. Reading takes none; whether the app has signed this remains open.", warning: "" };
    if (key) {
      const asked = { accepted: [at("accepted").value], now: now(), audience: given.audience };
      const found = await judge(token, key, asked);
      const [kind, word] = found.accepted ? ["passed", "Accepted"] : ["failed", "Refused"];
      verdict = { ...found, kind, word, text: found.text.replace(`${word} `, "") };
    } else if (token.problems.length) {
      verdict = { kind: "failed", word: "Damaged", text: token.problems.join(" "), warning: "" };
    }
    if (mine !== ticket) return; // somebody typed on meanwhile
    at("badge").className = `badge ${verdict.kind}`;
    say("badge", `${{ open: "○", passed: "✓", failed: "✗" }[verdict.kind]} ${verdict.word}`);
    say("said", verdict.text);
    say("warning", verdict.warning && `! ${verdict.warning}`);
  }

  function put(name, text) {
    const pieces = raw.split(".");
    while (pieces.length < 3) pieces.push("");
    pieces[PARTS.indexOf(name)] = toBase64url(toBytes(text));
    raw = pieces.join(".");
  }

  fields.raw.addEventListener("input", () => {
    raw = fields.raw.value.trim();
    show(fields.raw);
  });
  for (const name of ["header", "payload"]) {
    fields[name].addEventListener("input", () => {
      put(name, fields[name].value);
      show(fields[name]);
    });
  }
  for (const id of ["key", "accepted"]) at(id).addEventListener("input", () => weigh(readToken(raw)));
  at("sign").addEventListener("click", async () => {
    try {
      raw = signed = await sign(readToken(raw), at("key").value);
      say("done", "Signed again.");
    } catch (error) {
      say("done", error.message);
    }
    show();
  });
  at("back").addEventListener("click", () => {
    raw = signed = given.token;
    say("done", "The first token is back.");
    show();
  });
  document.addEventListener("input", () => say("done", ""));
  if (given.now === null) {
    let before = "";
    setInterval(() => {
      const token = readToken(raw);
      tick(token);
      const claims = token.payload.value ?? {};
      const past = ["exp", "nbf", "iat"].map((name) => claims[name] <= now()).join();
      if (past !== before) weigh(token); // it ended or began just now
      before = past;
    }, 1000);
  }
  show();
})();
