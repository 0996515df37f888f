"use strict";

// Forms of the account pages: each is sent as JSON to its address; then the page is loaded anew, or shows what came back.

function content(form) {
  const given = {};
  for (const [name, value] of new FormData(form)) if (value !== "") given[name] = name === "seconds" ? Number(value) : value;
  return given;
}

async function call(form, button) {
  if (button.dataset.confirm && !confirm(button.dataset.confirm)) return;
  const problem = form.querySelector(".problem");
  problem.hidden = true;
  button.disabled = true;
  try {
    const answer = await post(base + (button.dataset.call ?? form.dataset.call), content(form));
    if (!answer.ok) return show(problem, await problemOf(answer));
    await done(form, answer);
  } catch {
    show(problem, said("unreachable"));
  } finally {
    button.disabled = false;
  }
}

async function done(form, answer) {
  const output = form.querySelector("output");
  if (!output) return location.reload();
  const { link } = await answer.json();
  output.textContent = link;
  output.hidden = false;
}

for (const form of document.querySelectorAll("form[data-call]"))
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    call(form, event.submitter);
  });
