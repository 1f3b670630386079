// Unfinished videos: their state in words, cancelling, trying again; and the list of the Make page.

import { again, call, part } from './api.js';
import { on } from './live.js';
import { bring } from './made.js';
import { complain, deleteSoon, notice } from './notices.js';
import { preview } from './preview.js';
import { arrange, learn, steer } from './steer.js';
import { localTimes } from './times.js';

const PHASES = { denoise: 'Denoising', decode: 'Decoding', draw: 'Drawing', encode: 'Encoding', publish: 'Storing' };

export function about(seconds) {
  if (seconds === null || seconds === undefined) return '';
  if (seconds < 2) return ' · any moment';
  if (seconds < 90) return ` · about ${seconds} s`;
  if (seconds < 5400) return ` · about ${Math.round(seconds / 60)} min`;
  return ` · about ${Math.round(seconds / 3600)} h`;
}

export function words(video) {
  if (video.paused) return 'Paused';
  if (video.status === 'queued') {
    const before = (video.queue_position ?? 1) - 1;
    const place = before === 0 ? 'Next in line' : `${before} before it`;
    return video.queue_position ? place + about(video.eta_seconds) : 'Waiting';
  }
  const doing = PHASES[video.phase] ?? 'Being made';
  return `${doing} · ${video.progress} %${about(video.eta_seconds)}`;
}

function update(element, video) {
  const state = element.querySelector('[data-state]');
  const bar = element.querySelector('progress');
  const prompt = element.querySelector('.job-prompt');
  const facts = element.querySelector('[data-facts]');
  preview(element.querySelector('[data-preview]'), video);
  if (state) state.textContent = words(video);
  if (bar) bar.value = video.progress;
  if (prompt && video.prompt) prompt.textContent = video.prompt;
  if (facts && video.size) facts.textContent = `${video.size.replace('x', ' × ')} · ${video.seconds} s`;
}

document.addEventListener('click', async (event) => {
  const button = event.target.closest('[data-cancel], [data-again], [data-delete]');
  const owner = button?.closest('[data-id]');
  if (!owner) return;
  const id = owner.dataset.id;
  if ('delete' in button.dataset) {
    deleteSoon([id]);
    return;
  }
  button.disabled = true;
  try {
    if ('cancel' in button.dataset) await call('POST', `/v1/videos/${id}/cancel`);
    else await tryAgain(id, owner);
  } catch (error) {
    button.disabled = false;
    complain(error);
  }
});

async function tryAgain(id, owner) {
  const video = await again(id);
  if (!owner.matches('.job')) {
    location.assign(`/studio/videos/${video.id}`);
    return;
  }
  owner.remove();
  call('DELETE', `/v1/videos/${id}`).catch(() => {});
}

export function queue(list) {
  const none = document.getElementById('jobs-none');
  const count = document.getElementById('jobs-count');
  const latest = document.getElementById('latest');
  const asked = new Map();
  const of = (id) => list.querySelector(`[data-id="${CSS.escape(id)}"]`);
  const settle = () => {
    const number = list.querySelectorAll('[data-status=queued], [data-status=in_progress]').length;
    none.hidden = list.children.length > 0;
    count.textContent = number > 1 ? `${number} videos` : '';
  };
  settle();
  steer(list);

  async function show(video) {
    const row = of(video.id);
    if (row) learn(row, video.queue_position ?? '');
    if (row?.dataset.status === video.status && Boolean(row.dataset.paused) === Boolean(video.paused)) {
      update(row, video);
      arrange(list);
      return;
    }
    if (video.status === 'completed') {
      row?.remove();
      await hang(video, Boolean(row));
    } else if (row || !isFinished(video) || asked.has(video.id)) {
      await draw(video, row);
    }
    settle();
  }

  async function draw(video, row) {
    const mark = Symbol();
    asked.set(video.id, mark);
    const made = await part('job', video.id);
    if (asked.get(video.id) !== mark) return; // a later state is on its way
    const present = of(video.id);
    if (!made) present?.remove();
    else if (present) {
      if (present.querySelector('.job-edit') && made.dataset.status !== 'queued') {
        notice('It was started before your change was saved.', { failed: true });
      }
      const focused = present.contains(document.activeElement);
      present.replaceWith(made);
      if (focused) made.querySelector('button')?.focus();
    } else list.append(made);
    if (!made?.isConnected) return;
    made.dataset.place = video.queue_position ?? '';
    update(made, video);
    arrange(list);
    bring(made);
  }

  async function hang(video, told) {
    if (latest.querySelector(`[data-id="${CSS.escape(video.id)}"]`)) return;
    asked.delete(video.id);
    const tile = await part('tile', video.id);
    if (!tile || latest.querySelector(`[data-id="${CSS.escape(video.id)}"]`)) return;
    document.getElementById('latest-none').hidden = true;
    latest.prepend(tile);
    localTimes(tile);
    while (latest.children.length > Number(latest.dataset.most)) latest.lastElementChild.remove();
    if (told) notice(`Ready: ${video.prompt}`, { action: { name: 'Watch', href: `/studio/videos/${video.id}` } });
  }

  on('video', show);
  on('deleted', ({ id }) => {
    of(id)?.remove();
    settle();
  });
  on('ready', async ({ unfinished }) => {
    // A video that is shown as unfinished, but is finished, ended while the stream was closed.
    for (const row of list.querySelectorAll('[data-status=queued], [data-status=in_progress]')) {
      if (!unfinished.includes(row.dataset.id)) await draw({ id: row.dataset.id, progress: 0 }, row);
    }
    settle();
  });
}

const isFinished = (video) => video.status === 'completed' || video.status === 'failed';

// The place of a player while its video is unfinished.
export function waiting(element) {
  if (!element.querySelector('progress')) return;
  on('video', (video) => {
    if (video.id !== element.dataset.id) return;
    if (isFinished(video)) location.reload();
    else update(element.parentElement, video);
  });
  on('ready', ({ unfinished }) => {
    if (!unfinished.includes(element.dataset.id)) location.reload();
  });
}
