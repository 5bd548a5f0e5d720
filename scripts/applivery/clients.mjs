// What public clients of Applivery do, as small programs of their own, with Node's fetch: the same as in clients.py.

import { readFile } from "node:fs/promises";

const bearer = (token) => ({ Authorization: `Bearer ${token}` });

// Turns a slug into an id.
async function lookup(base, token, slug) {
  const found = await fetch(`${base}/v1/organizations/${slug}`, { headers: bearer(token) });
  return (await found.json()).data._id;
}

// Reads a list to its end, by each of the two members that say where that is.
async function walk(base, token, organization, app) {
  const url = `${base}/v1/organizations/${organization}/apps/${app}/tokens`;
  const page = async (number) => {
    const asked = new URLSearchParams({ page: number, limit: 10, sort: "createdAt:desc" });
    const answer = await fetch(`${url}?${asked}`, { headers: bearer(token) });
    return (await answer.json()).data;
  };
  const byNext = [];
  for (let number = 1, more = true; more; ) {
    const shown = await page(number);
    byNext.push(...shown.items.map((item) => item.id));
    more = shown.hasNextPage;
    number = shown.nextPage;
  }
  const byTotal = [];
  for (let number = 1, last = 1; number <= last; number++) {
    const shown = await page(number);
    byTotal.push(...shown.items.map((item) => item.id));
    last = shown.totalPages;
  }
  return { hasNextPage: byNext, totalPages: byTotal };
}

// Logs in, gives a code when asked for one, and stays in.
async function enter(base, email, password, code) {
  const post = async (path, body) => {
    const headers = { "Content-Type": "application/json" };
    const sent = { method: "POST", headers, body: JSON.stringify(body) };
    const answer = await fetch(`${base}/v1/auth/${path}`, sent);
    return { status: answer.status, body: await answer.json() };
  };
  const said = ({ status, body }) => [status, body.status ? 0 : body.error.code];
  const tokens = (pair) => ({
    lastAccessToken: pair.accessToken.token,
    refreshToken: pair.refreshToken.token,
  });

  const payload = { email, password };
  const without = await post("login", { provider: "traditional", payload });
  payload.twoFactorCode = code;
  const login = await post("login", { provider: "traditional", payload });
  const again = await post("login", { provider: "traditional", payload });
  const first = login.body.data;
  const refreshes = [];
  for (let pair = first; refreshes.length < 2; pair = refreshes.at(-1).body.data) {
    refreshes.push(await post("refresh", tokens(pair)));
  }
  return {
    without: said(without),
    login: said(login),
    again: said(again),
    active: first.user.has2FAActive,
    refreshes: refreshes.map(said),
    old: said(await post("refresh", tokens(first))),
  };
}

// Deletes a token, and asks with it.
async function drop(base, token, organization, app, number, secret) {
  const url = `${base}/v1/organizations/${organization}/apps/${app}/tokens/${number}`;
  const before = await fetch(`${base}/v1/app`, { headers: bearer(secret) });
  const deleted = await fetch(url, { method: "DELETE", headers: bearer(token) });
  const after = await fetch(`${base}/v1/app`, { headers: bearer(secret) });
  return [before.status, await deleted.json(), after.status, (await after.json()).error.code];
}

// Sends a build again and again; each time either what was answered, or why nothing was heard.
async function upload(base, token, file, rounds) {
  const build = new Blob([await readFile(file)]);
  const outcomes = [];
  for (let round = 0; round < Number(rounds); round++) {
    const body = new FormData();
    body.set("versionName", "1.0");
    body.set("build", build, "build.apk");
    try {
      const sent = { method: "POST", headers: bearer(token), body };
      const answer = await fetch(`${base}/v1/integrations/builds`, sent);
      const { code } = (await answer.json()).error;
      outcomes.push([answer.status, code, answer.headers.get("connection")]);
    } catch (error) {
      outcomes.push([error.cause?.code ?? error.message]);
    }
  }
  return outcomes;
}

const programs = { lookup, walk, enter, drop, upload };
console.log(JSON.stringify(await programs[process.argv[2]](...process.argv.slice(3))));
