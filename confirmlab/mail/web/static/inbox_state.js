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
