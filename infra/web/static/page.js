"use strict";

// The whole behaviour of the pages: sign in and out, live clues, evidence on demand, decisions.

// What a proxy takes away from the beginning of each path before it asks the server.
const base = document.body.dataset.base ?? "";

const csrf = () => document.querySelector("meta[name=csrf-token]")?.content ?? "";

async function post(address, body) {
  const headers = { "Content-Type": "application/json", "X-CSRF-Token": csrf() };
  return fetch(address, { method: "POST", headers, body: JSON.stringify(body), credentials: "same-origin" });
}

// What a page asks by itself does not keep a session from ending that nobody uses.
async function fragment(address, { byItself = false } = {}) {
  const headers = byItself ? { "X-Background": "1" } : {};
  const answer = await fetch(address, { headers, credentials: "same-origin" });
  if (answer.status === 401) location.assign(`${base}/`);
  if (!answer.ok) throw new Error(String(answer.status));
  const template = document.createElement("template");
  template.innerHTML = await answer.text();
  return template.content;
}

function show(problem, text) {
  problem.textContent = text;
  problem.hidden = false;
}

// --- Signing in: the code or token comes in the fragment, which no server and no log ever sees.

async function signIn(form, given) {
  const problem = form.querySelector(".problem");
  show(problem, form.dataset.signingIn);
  try {
    const answer = await post(`${base}/session`, given);
    if (!answer.ok) return await refused(form, given, answer);
    const { next } = await answer.json();
    if (atSignIn()) location.replace(base + next);
    else location.reload();
  } catch {
    show(problem, form.dataset.unreachable);
  }
}

// The code of a link whose account has a second factor, until the one-time code is typed too.
let waitingCode = null;

async function refused(form, given, answer) {
  const { code } = await answer.json().catch(() => ({}));
  if (code === "second_factor_needed") return askSecondFactor(form, given.code);
  show(form.querySelector(".problem"), whyRefused(form, given, code));
  // A link opens once. Whoever opens it again in the same browser is signed in all the same.
  form.querySelector("[data-go-on]").hidden = !(await signedIn());
}

function whyRefused(form, given, code) {
  if (code === "locked" || code === "too_many_sign_ins") return form.dataset.locked;
  if ("login" in given || "otp" in given) return form.dataset.wrong;
  return "code" in given ? form.dataset.usedUp : form.dataset.refused;
}

function askSecondFactor(form, code) {
  waitingCode = code;
  for (const part of form.querySelectorAll("[data-password], [data-token]")) part.hidden = true;
  show(form.querySelector(".problem"), form.dataset.secondFactor);
  form.elements.otp.focus();
}

// What was typed: a token where one is pasted, the code of a link with its one-time code, or a login name.
function typed(form) {
  const value = (name) => form.elements[name].value.trim();
  if (waitingCode) return { code: waitingCode, otp: value("otp") };
  if (value("token")) return { token: value("token") };
  return { login: value("login"), password: form.elements.password.value, otp: value("otp") };
}

async function signedIn() {
  const answer = await fetch(`${base}/session`, { credentials: "same-origin" });
  return answer.ok && (await answer.json()).signed_in;
}

// Elsewhere the form stands in the place of the page that was asked for.
const atSignIn = () => location.pathname === `${base}/sign-in`;

// A page that another site's link opened was not sent the session cookie; loaded again by itself, it is.
async function resume() {
  const [navigation] = performance.getEntriesByType("navigation");
  if (navigation.type === "reload") return;
  if (await signedIn()) location.reload();
}

const signInForm = document.getElementById("sign-in");
if (signInForm) {
  const given = new URLSearchParams(location.hash.slice(1));
  const kind = ["code", "token"].find((name) => given.get(name));
  if (kind) {
    history.replaceState(null, "", location.pathname + location.search);
    signIn(signInForm, { [kind]: given.get(kind) });
  } else if ("resume" in signInForm.dataset && !atSignIn()) resume();
  signInForm.addEventListener("submit", (event) => {
    event.preventDefault();
    signIn(signInForm, typed(signInForm));
  });
}

document.querySelector("[data-sign-out]")?.addEventListener("click", async () => {
  await post(`${base}/session/close`, {});
  location.assign(`${base}/`);
});

// --- Clues.

const clues = document.getElementById("clues");

async function loadEvidence(details) {
  const place = details.querySelector(".evidence");
  try {
    place.replaceWith(await fragment(details.dataset.evidence));
  } catch {
    place.textContent = said("not_loaded");
    place.removeAttribute("aria-busy");
  }
}

// The words for a problem's code; the code itself where there are none.
function said(code) {
  const words = document.getElementById("problems").dataset;
  return words[code] ?? `${words.failed} ${code}`;
}

// What an answer that is no success says: of a form the first field's problem, which is nearer than the whole one's.
async function problemOf(answer) {
  const problem = await answer.json().catch(() => ({}));
  const known = document.getElementById("problems").dataset;
  const codes = [problem.errors?.[0]?.code, problem.code, String(answer.status)].filter(Boolean);
  return said(codes.find((code) => code in known) ?? codes.at(-2) ?? codes.at(-1));
}

// An article that did not change is kept as it stands: open, with a half-written reason in it.
async function refresh() {
  if (!clues.dataset.clues) return location.reload();
  const fresh = await fragment(clues.dataset.clues, { byItself: true });
  const before = Number(clues.querySelector(".counts").dataset.total);
  for (const article of fresh.querySelectorAll("[data-clue]")) {
    const old = document.getElementById(article.id);
    if (old && old.dataset.revision === article.dataset.revision) {
      article.replaceWith(old);
      continue;
    }
    article.classList.add("fresh");
    if (old?.querySelector("details")?.open) article.querySelector("details").open = true;
  }
  clues.replaceChildren(fresh);
  // Counted over all pages: a clue that only moved up onto this one is not new.
  const arrived = Number(clues.querySelector(".counts").dataset.total) - before;
  if (arrived > 0) announce(arrived);
}

function announce(arrived) {
  const line = document.getElementById("announcement");
  line.textContent = `${line.dataset.text}${arrived}`;
}

// Notices may come in a burst: one refresh runs at a time, and one more follows it at most.
let running = null;
let again = false;
function refreshSoon() {
  if (running) {
    again = true;
    return;
  }
  running = refresh()
    .catch(() => {})
    .finally(() => {
      running = null;
      if (again) {
        again = false;
        refreshSoon();
      }
    });
}

function listen() {
  const sign = document.querySelector("[data-connection]");
  const say = (state) => {
    sign.dataset.connection = state;
    sign.textContent = sign.dataset[state];
  };
  const stream = new EventSource(`${clues.dataset.stream}?last_event_id=${clues.dataset.after}`);
  stream.addEventListener("open", () => say("live"));
  stream.addEventListener("error", () => {
    say("lost");
    // A refused stream stays closed for good: the session has ended, and the page says how to sign in, or this
    // account has too many pages open, and this one asks again later.
    if (stream.readyState === EventSource.CLOSED) setTimeout(comeBack, 5000);
  });
  stream.addEventListener("notice", refreshSoon);
  // After a backup was restored the numbers begin again before ours: what the page shows may be gone.
  stream.addEventListener("reset", refreshSoon);
}

async function comeBack() {
  if (!(await signedIn().catch(() => true))) return location.reload();
  setTimeout(listen, 25000);
}

async function decide(form, button) {
  const problem = form.querySelector(".problem");
  const field = form.elements.reason;
  const reason = field?.value.trim() || null;
  field?.removeAttribute("aria-invalid");
  problem.hidden = true;
  if (button.dataset.needsReason && !reason) {
    field.setAttribute("aria-invalid", "true");
    show(problem, said(button.dataset.needsReason));
    return field.focus();
  }
  const buttons = form.querySelectorAll("button");
  buttons.forEach((one) => (one.disabled = true));
  try {
    const answer = await post(`${base}/api/v1/clues/${form.dataset.clue}/${button.value}`, { reason });
    // Somebody else was faster: the page shows how the clue stands now, and says so.
    if (answer.status === 409) show(document.getElementById("message"), clues.dataset.changed);
    if (answer.ok || answer.status === 409) return await refresh();
    if (answer.status === 400) field?.setAttribute("aria-invalid", "true");
    show(problem, await problemOf(answer));
  } catch {
    show(problem, said("unreachable"));
  } finally {
    buttons.forEach((one) => (one.disabled = false));
  }
}

if (clues) {
  // `toggle` does not bubble, so it is caught on its way down.
  clues.addEventListener(
    "toggle",
    (event) => {
      if (event.target.open && event.target.querySelector(".evidence[aria-busy]")) loadEvidence(event.target);
    },
    true,
  );
  clues.addEventListener("submit", (event) => {
    event.preventDefault();
    decide(event.target, event.submitter);
  });
  if (clues.dataset.stream) listen();
  if (clues.dataset.clues) setInterval(refreshSoon, clues.dataset.stream ? 60_000 : 15_000);
}

// What the reader reads for, until it is chosen otherwise: each reading about a person is recorded with it.
document.querySelector("[data-purpose]")?.addEventListener("change", (event) => {
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `purpose=${event.target.value}; Path=${base}/; SameSite=Strict${secure}`;
  location.reload();
});
