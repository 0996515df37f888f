// Verifies posted messages, one JSON line each, as receivers do: by the libraries of svix and of Standard Webhooks.
import { createInterface } from "node:readline";
import { Webhook as Standard } from "standardwebhooks";
import { Webhook as Svix } from "svix";

for await (const line of createInterface({ input: process.stdin })) {
  const { body, headers } = JSON.parse(line);
  for (const Library of [Standard, Svix]) new Library(process.env.SECRET).verify(body, headers);
  console.log("accepted", JSON.parse(body).data.clue_id);
  try {
    new Svix(process.env.SECRET).verify(`${body} `, headers);
    console.log("a changed body was accepted");
  } catch {
    console.log("changed: refused");
  }
}
