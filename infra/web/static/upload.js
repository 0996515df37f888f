"use strict";

// Files: sent with a form, then accepted or rejected; while one is taken in, the page follows.

const token = () => document.querySelector("meta[name=csrf-token]")?.content ?? "";

async function sent(address, body) {
  const answer = await fetch(address, {
    method: "POST",
    headers: { "X-CSRF-Token": token() },
    body,
    credentials: "same-origin",
  });
  const said = await answer.json();
  if (!answer.ok) throw new Error(said.detail ?? said.title);
  return said;
}

function tell(where, text) {
  where.textContent = text;
  where.hidden = false;
}

const form = document.getElementById("upload");
form?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const problem = form.querySelector(".problem");
  const button = form.querySelector("button[type=submit]");
  const fields = new FormData(form);
  for (const [name, value] of [...fields]) if (value === "") fields.delete(name);
  button.disabled = true;
  tell(problem, form.dataset.sending);
  try {
    const said = await sent(form.dataset.address, fields);
    location.assign(form.dataset.next + said.upload_id);
  } catch (error) {
    tell(problem, `${form.dataset.failed} ${error.message}`);
    button.disabled = false;
  }
});

const upload = document.querySelector("[data-upload]");
for (const button of upload?.querySelectorAll("[data-decide]") ?? []) {
  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      await sent(`${upload.dataset.upload}/${button.dataset.decide}`);
      location.reload();
    } catch (error) {
      tell(upload.querySelector(".problem"), `${upload.dataset.failed} ${error.message}`);
      button.disabled = false;
    }
  });
}

async function follow() {
  const answer = await fetch(upload.dataset.upload, { credentials: "same-origin" });
  const said = answer.ok ? await answer.json() : { state: "unknown" };
  if (said.state !== "taking") return location.reload();
  const bar = upload.querySelector("progress");
  if (said.progress !== null) bar.value = said.progress;
  setTimeout(follow, 1000);
}

if (upload?.dataset.state === "taking") setTimeout(follow, 500);
