// Prints each event of the stream of notices: its kind and its id. Comes back by itself when the server does.
import { EventSource } from "eventsource";

const { MONITOR_URL, TOKEN } = process.env;
const stream = new EventSource(`${MONITOR_URL}/api/v1/notices/stream`, {
  fetch: (url, init) => fetch(url, { ...init, headers: { ...init.headers, Authorization: `Bearer ${TOKEN}` } }),
});
for (const kind of ["start", "reset", "notice"]) {
  stream.addEventListener(kind, (event) => {
    const { clue_id = "" } = JSON.parse(event.data);
    console.log(kind, event.lastEventId, clue_id);
  });
}
