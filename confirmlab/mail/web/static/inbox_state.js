"use strict";
// The state of the inbox page. Content of mails is inserted as text, never as markup.

const EVERY = 1000; // milliseconds between two polls
const PATIENCE = 8000;
const STEP = 50; // rows

const state = {
  version: "", // of the list on the page
  words: "", // of the search
  most: STEP, // rows requested
  firstNew: -1, // index of the row that gets the focus when more rows are shown
  told: 0, // the turn whose results were announced
  turn: 0, // increases with each search, to recognise late answers
  list: null,
  mail: null, // the open one
  opening: "", // id of the mail that was chosen last
  tab: "", // the last one chosen
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

// The kit has checked this address already; this is a second check.
function safe(address) {
  return /^(https?:\/\/|\/)/i.test(address) ? address : "about:blank";
}

// ---- text

function wholly(time) {
  return time.toLocaleString([], { hourCycle: "h23" });
}

function shortly(time) {
  const today = new Date().toDateString() === time.toDateString();
  return today
    ? time.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hourCycle: "h23" })
    : time.toLocaleDateString([], { month: "short", day: "numeric" });
}

function size(bytes) {
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

// ---- light and dark theme

const prefersDark = matchMedia("(prefers-color-scheme: dark)");

function wear() {
  document.documentElement.classList.toggle("dark", labIsDark() ?? prefersDark.matches);
}

// Follow JupyterLab's theme; a page of another origin around this one cannot be read.
function labIsDark() {
  try {
    const light = window.parent.document.body.dataset.jpThemeLight;
    return light === undefined ? undefined : light === "false";
  } catch {
    return undefined;
  }
}
