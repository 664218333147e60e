/** Calls to the lab's control API. */

export async function get(path) {
  return (await fetch(path)).json();
}

/** Post JSON; throws an Error with the lab's own words when it refuses. */
export async function post(path, body) {
  const response = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error);
  return answer;
}

/** Let a customer act; the product's answers come over the stream. */
export function say(what) {
  return post("/lab/api/say", { ...what, wait: false });
}
