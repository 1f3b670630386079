// The page of administrators: its figures follow by themselves; keys are created and revoked.

import { call, part } from './api.js';
import { complain, notice } from './notices.js';
import { sure } from './sure.js';
import { localTimes } from './times.js';

const EVERY_SECONDS = 3;

export function operate(place) {
  let last = place.innerHTML;
  const refresh = async () => {
    if (document.hidden || !document.getElementById('secret').hidden) return;
    const response = await fetch(place.dataset.part).catch(() => null);
    if (response && (response.redirected || response.status === 403)) location.reload();
    if (!response?.ok) return;
    const text = await response.text();
    if (text === last || place.contains(document.activeElement)) return;
    last = text;
    place.innerHTML = text;
    localTimes(place);
  };
  setInterval(refresh, EVERY_SECONDS * 1000);
  keys(document.getElementById('new-key'), document.getElementById('keys'), refresh);
}

// From the first key on, requests need one: this page goes on with that. The server looks at its
// keys once a second.
async function signIn(key) {
  for (let tries = 0; tries < 10; tries += 1) {
    const headers = { authorization: `Bearer ${key}` };
    if (await call('POST', '/v1/session', { headers }).catch(() => null)) {
      notice('You are signed in with the new key.');
      return;
    }
    await new Promise((go) => setTimeout(go, 300));
  }
}

// Asks before the first key, which locks a server that was open.
function agreed(admin) {
  const dialog = document.getElementById('first-key');
  if (!dialog) return true; // another page has made the first key meanwhile
  dialog.querySelector('#first-key-ordinary').hidden = admin;
  dialog.returnValue = '';
  dialog.showModal();
  return new Promise((answer) => {
    dialog.querySelector('[data-first-yes]').onclick = () => dialog.close('yes');
    dialog.querySelector('[data-first-no]').onclick = () => dialog.close('');
    dialog.onclose = () => answer(dialog.returnValue === 'yes');
  });
}

function keys(form, list, refresh) {
  const section = form.closest('section');
  const problem = section.querySelector('.problem');
  const secret = document.getElementById('secret');
  const shown = secret.querySelector('[data-secret]');
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    problem.hidden = true;
    const { project, priority, admin } = form.elements;
    const json = { project: project.value, priority: Number(priority.value), admin: admin.checked };
    const first = !list.children.length;
    if (first && !(await agreed(admin.checked))) return;
    try {
      const made = await call('POST', '/v1/admin/keys', { json });
      secret.querySelector('[data-secret-project]').textContent = made.project;
      shown.textContent = made.secret;
      secret.hidden = false;
      secret.querySelector('[data-secret-copy]').focus();
      form.reset();
      document.getElementById('no-keys')?.remove();
      if (first) await signIn(made.secret);
      const row = await part('key', made.id);
      if (!row) return;
      localTimes(row);
      list.append(row);
      list.closest('.scroll').hidden = false;
      refresh();
    } catch (error) {
      problem.textContent = error.message;
      problem.hidden = false;
    }
  });
  section.addEventListener('click', async (event) => {
    if (event.target.closest('[data-secret-copy]')) {
      try {
        await navigator.clipboard.writeText(shown.textContent);
        notice('Copied.');
      } catch {
        getSelection().selectAllChildren(shown);
        notice('Press Ctrl+C to copy what is marked.');
      }
    } else if (event.target.closest('[data-secret-done]')) {
      secret.hidden = true;
      shown.textContent = '';
      form.elements.project.focus();
    }
    const button = event.target.closest('[data-revoke]');
    if (!button || !sure(button, 'Really revoke')) return;
    const row = button.closest('tr');
    try {
      await call('DELETE', `/v1/admin/keys/${row.dataset.key}`);
      const made = await part('key', row.dataset.key);
      if (!made) return;
      localTimes(made);
      row.replaceWith(made);
      notice('Revoked. It stops working within a second.');
    } catch (error) {
      complain(error);
    }
  });
}
