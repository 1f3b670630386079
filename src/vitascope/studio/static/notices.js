// What the page says in passing, and deletes that can be undone.

import { call } from './api.js';

const UNDO_SECONDS = 10;
const STORED = 'vitascope-deleting';

export function notice(text, { failed = false, action, seconds = 6 } = {}) {
  const box = document.createElement('div');
  box.className = failed ? 'notice failed' : 'notice';
  const words = document.createElement('p');
  words.textContent = text;
  box.append(words);
  if (action) {
    const control = document.createElement(action.href ? 'a' : 'button');
    control.className = action.href ? 'button' : '';
    control.textContent = action.name;
    if (action.href) control.href = action.href;
    else control.addEventListener('click', action.run);
    box.append(control);
  }
  document.getElementById('notices').append(box);
  if (seconds) setTimeout(() => box.remove(), seconds * 1000);
  return { box, words };
}

// A sentence where a list has no entries.
export function line(text) {
  const item = document.createElement('li');
  item.textContent = text;
  return item;
}

export const complain = (error) => notice(error.message, { failed: true, seconds: 12 });

// Videos that are about to be deleted, by this tab: kept over its pages.
function stored() {
  return JSON.parse(sessionStorage.getItem(STORED) ?? 'null');
}

export function isBeingDeleted(id) {
  return stored()?.ids.includes(id) ?? false;
}

// Deletes after ten seconds unless undone. `hidden` are the elements that stand for the videos.
export function deleteSoon(ids, { then } = {}) {
  const before = stored();
  if (before) remove(before.ids);
  sessionStorage.setItem(STORED, JSON.stringify({ ids, until: Date.now() + UNDO_SECONDS * 1000 }));
  if (then) location.assign(then);
  else resume();
}

let shown = null;

// Shows the undo of what this tab is about to delete, if there is something.
export function resume() {
  const pending = stored();
  if (!pending) return;
  hide(pending.ids, true);
  const what = pending.ids.length === 1 ? 'One video' : `${pending.ids.length} videos`;
  shown?.box.remove();
  const own = notice('', {
    seconds: 0,
    action: {
      name: 'Undo',
      run: () => {
        sessionStorage.removeItem(STORED);
        hide(pending.ids, false);
        end();
        notice(`${what} kept.`);
      },
    },
  });
  shown = own;
  const end = () => {
    clearInterval(ticking);
    own.box.remove();
  };
  const tick = () => {
    const left = Math.ceil((pending.until - Date.now()) / 1000);
    own.words.textContent = `${what} will be deleted in ${Math.max(left, 0)} s.`;
    if (left > 0) return;
    end();
    if (stored()?.until !== pending.until) return;
    sessionStorage.removeItem(STORED);
    remove(pending.ids);
  };
  const ticking = setInterval(tick, 250);
  own.words.setAttribute('aria-live', 'off');
  tick();
}

function hide(ids, are) {
  for (const id of ids) {
    for (const element of document.querySelectorAll(`[data-id="${CSS.escape(id)}"]`)) element.hidden = are;
  }
}

async function remove(ids) {
  for (const id of ids) {
    try {
      await call('DELETE', `/v1/videos/${id}`, { keepalive: true });
    } catch (error) {
      if (error.status === 404) continue;
      hide([id], false);
      complain(error);
      continue;
    }
    for (const element of document.querySelectorAll(`[data-id="${CSS.escape(id)}"]`)) element.remove();
  }
}
