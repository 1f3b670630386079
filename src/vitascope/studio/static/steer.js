// The waiting videos of the Make page: their order, pausing, and changing what they show.

import { call, part } from './api.js';
import { drag } from './drag.js';
import { complain } from './notices.js';

// Events tell of the queue twice a second, so they can be older than a move that was just made here.
const SETTLE = 1500;
let moves = 0;

// Notes the place that an event says; while moves settle, it is kept for later.
export function learn(row, place) {
  row.dataset[moves ? 'announced' : 'place'] = place;
}

function settle(list) {
  moves -= 1;
  if (moves) return;
  for (const row of list.querySelectorAll('[data-announced]')) {
    row.dataset.place = row.dataset.announced;
    delete row.dataset.announced;
  }
  arrange(list);
}

const RANKS = { in_progress: 0, queued: 1, failed: 3 };

function rank(row) {
  const place = row.dataset.paused ? 1e9 : Number(row.dataset.place || 1e8);
  return [RANKS[row.dataset.status] ?? 2, row.dataset.status === 'queued' ? place : 0, row.dataset.id];
}

// Puts the rows into the order in which they start. What has the focus keeps it.
export function arrange(list) {
  if (list.querySelector('.dragged')) return; // when it is let go of
  const focused = document.activeElement;
  const rows = [...list.children].sort((one, other) => {
    const [a, b] = [rank(one), rank(other)];
    return a[0] - b[0] || a[1] - b[1] || (a[2] < b[2] ? -1 : 1);
  });
  rows.forEach((row, index) => {
    if (list.children[index] !== row) list.insertBefore(row, list.children[index]);
  });
  if (focused !== document.activeElement && list.contains(focused)) focused.focus();
}

export function steer(list) {
  drag(list, {
    line: (row) => lineOf(list, row),
    dropped: (row) => place(list, row).catch(complain),
    left: () => arrange(list),
  });
  list.addEventListener('click', async (event) => {
    const button = event.target.closest('[data-move], [data-pause], [data-edit], [data-edit-leave]');
    const row = button?.closest('.job');
    if (!row) return;
    if ('editLeave' in button.dataset) {
      leave(row);
      return;
    }
    button.disabled = true;
    try {
      if (button.dataset.move) await move(list, row, button.dataset.move);
      else if (button.dataset.pause) await pause(row, button.dataset.pause === 'on');
      else await edit(row);
    } catch (error) {
      complain(error);
    }
    button.disabled = false;
    if (button.isConnected && document.activeElement === document.body) button.focus();
  });
  list.addEventListener('keydown', (event) => {
    const form = event.target.closest('.job-edit');
    if (form && event.key === 'Escape') leave(form.closest('.job'));
    if (form && event.key === 'Enter' && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });
  list.addEventListener('submit', async (event) => {
    event.preventDefault();
    const form = event.target;
    const problem = form.querySelector('.problem');
    problem.hidden = true;
    try {
      const json = Object.fromEntries([...new FormData(form)].filter(([, value]) => value !== ''));
      await call('PATCH', `/v1/videos/${form.dataset.for}`, { json });
      const row = form.closest('.job');
      const shown = row.querySelector('[data-prompt]');
      shown.textContent = shown.matches('.job-change') ? `${shown.textContent.split(':')[0]}: ${json.prompt}` : json.prompt;
      say('The change is saved.');
      leave(row);
    } catch (error) {
      problem.textContent = error.message;
      problem.hidden = false;
    }
  });
}

function say(text) {
  document.getElementById('jobs-said').textContent = text;
}

const queue = (id, json) => call('POST', `/v1/videos/${id}/queue`, { json });

// The waiting rows that one queue starts in turn, as they stand.
function lineOf(list, row) {
  const rows = [...list.querySelectorAll('[data-status=queued][data-paused=""]')];
  return rows.filter((each) => each.dataset.queue === row.dataset.queue);
}

async function move(list, row, direction) {
  const line = lineOf(list, row);
  const other = line[line.indexOf(row) + (direction === 'up' ? -1 : 1)];
  if (!other) {
    say(direction === 'up' ? 'It is the first already.' : 'It is the last already.');
    return;
  }
  // The other one moves: this one has the focus.
  list.insertBefore(other, direction === 'up' ? row.nextSibling : row);
  await place(list, row);
}

// Asks for the place that a row stands at. It is shown at once; the events that follow have the positions.
async function place(list, row) {
  const line = lineOf(list, row);
  const at = line.indexOf(row);
  const before = line.map((each) => each.dataset.place);
  const places = [...before].sort((one, other) => one - other);
  line.forEach((each, index) => (each.dataset.place = places[index] || index + 1));
  arrange(list);
  const next = line[at + 1];
  moves += 1;
  try {
    await queue(row.dataset.id, next ? { before: next.dataset.id } : { position: 1e9 });
  } catch (error) {
    line.forEach((each, index) => (each.dataset.place = before[index]));
    arrange(list);
    throw error;
  } finally {
    setTimeout(settle, SETTLE, list);
  }
  say(`Now at place ${at + 1} of ${line.length}.`);
}

async function pause(row, paused) {
  await queue(row.dataset.id, { paused });
  say(paused ? 'Paused.' : 'Resumed.');
}

async function edit(row) {
  if (row.querySelector('.job-edit')) {
    leave(row);
    return;
  }
  const form = await part('edit', row.dataset.id);
  if (!form) return;
  row.append(form);
  row.querySelector('[data-edit]').setAttribute('aria-expanded', 'true');
  form.querySelector('textarea').focus();
}

function leave(row) {
  row.querySelector('.job-edit')?.remove();
  const button = row.querySelector('[data-edit]');
  button?.removeAttribute('aria-expanded');
  button?.focus();
}
