// Calls of the API. A failure is an Error with the server's own sentence.

export class Refused extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

export async function call(method, path, { json, form, headers, keepalive } = {}) {
  let response;
  try {
    response = await fetch(path, {
      method,
      keepalive,
      headers: { accept: 'application/json', ...(json && { 'content-type': 'application/json' }), ...headers },
      body: json ? JSON.stringify(json) : form,
    });
  } catch {
    throw new Refused(0, 'The server can’t be reached. Try again when it is back.');
  }
  if (response.ok) return response.json();
  if (response.status === 401 && !headers?.authorization) signIn();
  const answer = await response.json().catch(() => null);
  throw new Refused(response.status, answer?.error?.message ?? `The server answered ${response.status}.`);
}

// A part of a page as an element; null if what it shows is gone.
export async function part(kind, id) {
  const response = await fetch(`/studio/parts/${kind}/${encodeURIComponent(id)}`);
  if (response.redirected) signIn();
  if (!response.ok) return null;
  return elements(await response.text())[0] ?? null;
}

export function elements(html) {
  const template = document.createElement('template');
  template.innerHTML = html;
  return [...template.content.children];
}

export function signIn() {
  location.assign(`/studio/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`);
}

export const again = async (id) => {
  const request = await call('GET', `/v1/videos/${id}/request`);
  if (request.missing.length) {
    const what = request.missing.join(' and ').replaceAll('_', ' ');
    throw new Refused(400, `The server can’t give ${what} again: it was an upload, or has been deleted. Make it anew.`);
  }
  return call('POST', request.path, { json: request.body });
};
