// The answer to Make: a line below the button, its words for screen readers, and the video's row in view.

import { call } from './api.js';
import { on } from './live.js';

const still = matchMedia('(prefers-reduced-motion: reduce)');
const wanted = new Set(); // ids whose rows are to be brought into view once they are there
let last = null; // the id that the line below the button is about

function line(words, href) {
  const box = document.getElementById('made');
  box.hidden = !words;
  box.querySelector('span').textContent = words;
  const watch = box.querySelector('a');
  watch.hidden = !href;
  if (href) watch.href = href;
}

export function asked(video) {
  last = video.id;
  const words = `Under way: ${video.prompt}`;
  line(words);
  document.getElementById('jobs-said').textContent = words;
  wanted.add(video.id);
  const row = document.querySelector(`.job[data-id="${CSS.escape(video.id)}"]`);
  if (row) bring(row);
}

// Brings a row into view, once, if this page asked for its video.
export function bring(row) {
  if (!wanted.delete(row.dataset.id)) return;
  row.scrollIntoView({ block: 'nearest', behavior: still.matches ? 'auto' : 'smooth' });
}

function show(video) {
  if (!video || video.status === 'failed') line('');
  else if (video.status === 'completed') line(`Ready: ${video.prompt}`, `/studio/videos/${video.id}`);
}

on('video', (video) => video.id === last && show(video));
on('deleted', ({ id }) => id === last && show(null));
on('ready', async ({ unfinished }) => {
  // It may have ended while the stream was closed.
  if (last && !unfinished.includes(last)) show(await call('GET', `/v1/videos/${last}`).catch(() => null));
});
