// Read a token, and judge it as PyJWT does: the same order of questions, the same answers.
const HASHES = { HS256: 256, HS384: 384, HS512: 512 };
const PARTS = ["header", "payload", "signature"];
const CALENDAR = [-62135596800, 253402300799]; // years 1 to 9999, as in Python

class Refusal extends Error {
  constructor(kind, why) {
    super(why);
    this.kind = kind; // the name of PyJWT's exception
  }
}

const toBytes = (text) => new TextEncoder().encode(text);
const toHex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0"));

function toBase64url(bytes) {
  const letters = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  return letters.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

function fromBase64url(part) {
  const odd = part.match(/[^A-Za-z0-9_=-]/u) || part.match(/=(?!=*$)/);
  if (odd) throw new Error(`'${odd[0]}' is no character of base64url at that place`);
  const bare = part.replace(/=+$/, ""), signs = part.length - bare.length;
  if (bare.length % 4 === 1) {
    throw new Error(`its length of ${bare.length} fits no bytes; a character is missing, or one too many`);
  }
  if (signs > 2 || (signs && part.length % 4)) throw new Error("the = at its end do not fit its length");
  const data = atob(bare.replaceAll("-", "+").replaceAll("_", "/"));
  const bytes = Uint8Array.from(data, (letter) => letter.charCodeAt(0));
  if (toBase64url(bytes) !== bare) throw new Error("its last character says more than its bytes need");
  return bytes;
}

function textOf(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Error("its bytes are no text");
  }
}

function objectOf(text) {
  if (!text) throw new Error("it is empty");
  let value;
  try {
    value = JSON.parse(text.replace(/^\ufeff/, ""));
  } catch {
    throw new Error(`its text is no JSON: '${text.slice(0, 40)}'`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new Error(`it is JSON, but no object of claims: '${JSON.stringify(value).slice(0, 40)}'`);
  }
  return value;
}

// What anybody can read, without a key. Each part has its text or bytes, or says why not.
function readToken(raw) {
  const pieces = raw.split(".");
  const parts = PARTS.map((name, place) => {
    const part = { name, raw: pieces[place] ?? "", text: "", value: null, bytes: null, why: "" };
    try {
      part.bytes = fromBase64url(part.raw);
      if (name !== "signature") {
        part.text = textOf(part.bytes);
        part.value = objectOf(part.text);
      }
    } catch (error) {
      part.why = error.message;
    }
    return part;
  });
  const problems = [];
  if (pieces.length !== 3) {
    problems.push(`A token has three parts with dots between them; this has ${pieces.length}.`);
  }
  for (const part of parts.slice(0, pieces.length)) {
    if (part.why) problems.push(`The ${part.name} does not decode: ${part.why}.`);
  }
  const [header, payload, signature] = parts;
  return { raw, pieces, header, payload, signature, problems };
}

function inWords(seconds) {
  for (const [size, unit] of [[86400, "day"], [3600, "hour"], [60, "minute"], [1, "second"]]) {
    const count = Math.floor(seconds / size);
    if (count) return `${count} ${unit}${count === 1 ? "" : "s"}`;
  }
  return "less than a second";
}

function clock(seconds, now) {
  const moment = new Date(seconds * 1000).toISOString();
  const time = `${moment.slice(11, 19)} UTC`;
  const today = new Date(now * 1000).toISOString().slice(0, 10);
  return moment.slice(0, 10) === today ? time : `on ${moment.slice(0, 10)} at ${time}`;
}

// A time in a claim, in words: "ends 15:02:11 UTC" and "in 57 minutes".
function timeOf(name, value, now) {
  const [later, earlier] = { exp: ["ends", "ended"], nbf: ["begins", "began"] }[name] ?? ["issued", "issued"];
  if (typeof value !== "number" || value < CALENDAR[0] || value > CALENDAR[1]) {
    return { at: `${JSON.stringify(value).slice(0, 40)} is no time`, span: "" };
  }
  const left = value - now;
  const span = inWords(Math.abs(left));
  const [verb, shown] = left > 0 ? [later, `in ${span}`] : [earlier, `${span} ago`];
  return { at: `${verb} ${clock(value, now)}`, span: shown };
}

function timesOf(claims, now) {
  const named = ["exp", "nbf", "iat"].filter((name) => Object.hasOwn(claims ?? {}, name));
  return Object.fromEntries(named.map((name) => [name, timeOf(name, claims[name], now)]));
}

async function hmac(bits, key, message, subtle = globalThis.crypto?.subtle) {
  if (!subtle) return ownHmac.hmac(bits, key, message);
  const kind = { name: "HMAC", hash: `SHA-${bits}` };
  const usable = await subtle.importKey("raw", key, kind, false, ["sign"]);
  return new Uint8Array(await subtle.sign("HMAC", usable, message));
}

function nameKey(key) {
  const bytes = toBytes(key);
  const print = toHex(ownHmac.hash(256, bytes)).join("").slice(0, 6);
  return `the key of ${bytes.length} byte${bytes.length === 1 ? "" : "s"} with fingerprint ${print}`;
}

// PyJWT refuses keys that are made for something else.
function checkKey(key) {
  if (!key) throw new Refusal("InvalidKeyError", "a key must not be empty");
  const foreign = /^(ssh-(ed25519|rsa|dss)|ecdsa-sha2-nistp)/.test(key);
  if (foreign || /-----BEGIN ([^-]+)-----[^]*-----END \1-----/.test(key)) {
    throw new Refusal("InvalidKeyError", "this key is one of a pair, public and private, and no secret for HMAC");
  }
  let value = null;
  try {
    value = JSON.parse(key);
  } catch {
    // Most keys are no JSON, and good.
  }
  const holdsKty = (at) =>
    typeof at === "object" && at !== null &&
    ((!Array.isArray(at) && Object.hasOwn(at, "kty")) || Object.values(at).some(holdsKty));
  if (holdsKty(value)) throw new Refusal("InvalidKeyError", "this looks like a key in JSON, a JWK, and not like a secret");
}

function checkHeader(header) {
  if ("kid" in header && typeof header.kid !== "string") {
    throw new Refusal("InvalidTokenError", "the kid in the header must be a text");
  }
  if ("crit" in header) {
    const crit = header.crit;
    const known = Array.isArray(crit) && crit.length && crit.every((name) => name === "b64" && name in header);
    if (!known) throw new Refusal("InvalidTokenError", "the header demands something that PyJWT cannot do (crit)");
  }
  if (header.b64 === false) {
    const kind = Array.isArray(header.crit) && header.crit.includes("b64") ? "DecodeError" : "InvalidTokenError";
    throw new Refusal(kind, "the header says that the payload travels elsewhere (b64)");
  }
}

function checkAlgorithm(header, accepted) {
  const only = `only ${accepted.join(" or ")} is accepted here`;
  if (!("alg" in header)) throw new Refusal("InvalidAlgorithmError", "the header names no algorithm");
  const alg = header.alg;
  if (accepted.includes(alg)) return;
  const said = `the header says ${JSON.stringify(alg)}`;
  if (alg === "none") throw new Refusal("InvalidAlgorithmError", `${said}, which is no signature at all, and ${only}`);
  const other = alg in HASHES ? "" : ", which is none of the HMAC algorithms HS256, HS384 and HS512";
  throw new Refusal("InvalidAlgorithmError", `${said}${other}, and ${only}`);
}

// What Python's int() makes of a value.
function whole(value) {
  if (typeof value === "boolean") return Number(value);
  if (typeof value === "number" && Number.isFinite(value)) return Math.trunc(value);
  if (typeof value === "string" && /^\s*[+-]?\d+(_\d+)*\s*$/.test(value)) return Number(value.replaceAll("_", ""));
  throw new Error("no number");
}

const says = (value) => !(!value || (typeof value === "object" && !Object.keys(value).length));

function checkClaims(claims, now, audience) {
  const later = ["ImmatureSignatureError", (x) => x > now];
  const order = { iat: ["InvalidIssuedAtError", ...later], nbf: ["DecodeError", ...later] };
  order.exp = ["DecodeError", "ExpiredSignatureError", (x) => x <= now];
  for (const [name, [odd, kind, bad]] of Object.entries(order)) {
    if (!Object.hasOwn(claims, name)) continue;
    let seconds;
    try {
      seconds = whole(claims[name]);
    } catch {
      throw new Refusal(odd, `${name} is no number of seconds`);
    }
    const { at, span } = timeOf(name, seconds, now);
    if (bad(seconds)) throw new Refusal(kind, `the signature fits, but the token ${at}${span && `, ${span}`}`);
  }
  if (audience === null && says(claims.aud)) {
    throw new Refusal("InvalidAudienceError", `the signature fits, but the token is meant for ${JSON.stringify(claims.aud)}, and no audience is expected here`);
  }
  if (audience !== null) {
    if (!says(claims.aud)) throw new Refusal("MissingRequiredClaimError", "the signature fits, but the claim aud is missing");
    const named = [claims.aud].flat();
    if (!named.every((one) => typeof one === "string") || !named.includes(audience)) {
      throw new Refusal("InvalidAudienceError", `the signature fits, but the token is meant for ${JSON.stringify(claims.aud)}`);
    }
  }
  if ("sub" in claims && typeof claims.sub !== "string") throw new Refusal("InvalidSubjectError", "sub must be a text");
  if ("jti" in claims && typeof claims.jti !== "string") throw new Refusal("InvalidJTIError", "jti must be a text");
}

async function verify(token, key, accepted, now, audience, subtle) {
  if (token.pieces.length < 3) throw new Refusal("DecodeError", token.problems[0]);
  const cut = token.raw.lastIndexOf(".");
  const [header, payload] = [token.header, token.payload];
  if (header.why) throw new Refusal("DecodeError", `the header does not decode: ${header.why}`);
  if (header.value.b64 === false && token.raw.slice(header.raw.length + 1, cut)) {
    throw new Refusal("DecodeError", "the header says that the payload travels elsewhere (b64)");
  }
  if (token.pieces.length > 3) throw new Refusal("DecodeError", token.problems[0]);
  if (!payload.bytes) throw new Refusal("DecodeError", `the payload does not decode: ${payload.why}`);
  if (token.signature.why) throw new Refusal("DecodeError", `the signature does not decode: ${token.signature.why}`);
  checkHeader(header.value);
  checkAlgorithm(header.value, accepted);
  checkKey(key);
  const bits = HASHES[header.value.alg];
  const made = await hmac(bits, toBytes(key), toBytes(token.raw.slice(0, cut)), subtle);
  if (toHex(made).join() !== toHex(token.signature.bytes).join()) {
    throw new Refusal("InvalidSignatureError", "the signature does not fit this key; the token was changed, or another key signed it");
  }
  if (payload.why) throw new Refusal("DecodeError", `the payload does not decode: ${payload.why}`);
  checkClaims(payload.value, now, audience);
}

// RFC 7518, section 3.2: a key has at least as many bits as the hash.
function keyWarning(key, bits) {
  const has = toBytes(key).length;
  if (!bits || has * 8 >= bits) return "";
  return `The key is too short: ${has} byte${has === 1 ? "" : "s"}, where HS${bits} wants ${bits / 8} or more (RFC 7518, section 3.2).`;
}

// The verdict never says more than was tried: which algorithm, which key, which time.
async function judge(token, key, { accepted, now, audience = null, subtle }) {
  const forWhom = audience === null ? "" : `, the audience '${audience}'`;
  const tried = `for ${accepted.join(" or ")}, ${nameKey(key)}${forWhom}`;
  try {
    await verify(token, key, accepted, now, audience, subtle);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const why = error.message.replace(/\.$/, "");
    const fits = why.startsWith("the signature fits");
    const warning = fits ? keyWarning(key, HASHES[token.header.value.alg]) : "";
    return { accepted: false, error: error.kind, text: `Refused ${tried}: ${error.kind}: ${why}.`, warning };
  }
  const end = timesOf(token.payload.value, now).exp;
  const until = end ? `${end.at}, ${end.span}` : "it never ends, since it has no exp claim";
  const warning = keyWarning(key, HASHES[token.header.value.alg]);
  return { accepted: true, error: "", text: `Accepted ${tried}: the signature fits; ${until}.`, warning };
}

// A new signature for a changed token: only on request, and only with a key.
async function sign(token, key, subtle) {
  for (const part of [token.header, token.payload]) {
    if (part.why) throw new Error(`There is nothing to sign: the ${part.name} does not decode: ${part.why}.`);
  }
  const alg = token.header.value.alg;
  if (!Object.hasOwn(HASHES, alg ?? "")) {
    throw new Error(`This bench signs with HS256, HS384 or HS512, and the header says ${JSON.stringify(alg) ?? "nothing"}.`);
  }
  if (!key) throw new Error("Sign with what? Give a key first.");
  const content = `${token.header.raw}.${token.payload.raw}`;
  return `${content}.${toBase64url(await hmac(HASHES[alg], toBytes(key), toBytes(content), subtle))}`;
}
