// The page of one video: what is made from it, its code, and deleting it.

import { call } from './api.js';
import { deleteSoon, notice } from './notices.js';

const ABOUT = {
  remix: 'Another prompt with the same seed: what both prompts share stays where it is.',
  edit: 'Say what is to change. The rest of the film stays.',
  extend: 'Say how it goes on. The result is the whole film, old part and new.',
};
const NAMES = { remix: 'Remix', edit: 'Edit', extend: 'Extend' };
const REQUESTS = {
  remix: (id, fields) => [`/v1/videos/${id}/remix`, { prompt: fields.prompt }],
  edit: (id, fields) => ['/v1/videos/edits', { prompt: fields.prompt, video: { id } }],
  extend: (id, fields) => ['/v1/videos/extensions', { prompt: fields.prompt, seconds: fields.seconds, video: { id }, ...fields.from }],
};

export function goOn(form) {
  const prompt = form.elements.prompt;
  const button = form.querySelector('.main-button');
  const problem = form.querySelector('.problem');
  const choose = () => {
    const operation = form.elements.operation.value;
    form.querySelector('#go-on-about').textContent = ABOUT[operation];
    form.querySelector('#go-on-seconds').hidden = operation !== 'extend';
    const from = form.querySelector('#go-on-from');
    from.hidden = operation !== 'extend';
    from.querySelector('input').disabled = from.hidden; // or it would be checked
    button.textContent = NAMES[operation];
    if (!prompt.value || prompt.value === prompt.dataset.prompt) {
      prompt.value = operation === 'remix' ? prompt.dataset.prompt : '';
    }
  };
  for (const radio of form.querySelectorAll('[name=operation]')) radio.addEventListener('change', choose);
  choose();
  const from = form.querySelector('#from-seconds');
  // At the very end there is nothing to leave out.
  const cuts = () => Number(from.value) < from.dataset.end - 0.02;
  const tell = () => {
    form.querySelector('#from-cuts').textContent = cuts() ? 'What comes after it is left out of the new video.' : '';
  };
  from.addEventListener('input', tell);
  form.querySelector('#from-here').addEventListener('click', () => {
    const video = document.querySelector('vs-player video');
    if (video) from.value = Math.min(Math.max(video.currentTime, 0.05), from.dataset.end).toFixed(2);
    tell();
    from.focus();
  });
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    problem.hidden = true;
    button.disabled = true;
    const fields = Object.fromEntries(new FormData(form));
    if (cuts()) fields.from = { from_seconds: Number(fields.from_seconds) };
    try {
      const [path, json] = REQUESTS[fields.operation](form.dataset.source, fields);
      const made = await call('POST', path, { json });
      location.assign(`/studio/videos/${made.id}`);
    } catch (error) {
      problem.textContent = error.message;
      problem.hidden = false;
      button.disabled = false;
    }
  });
}

export function code(select) {
  const shown = () => document.querySelector(`[data-code="${select.value}"]`);
  select.addEventListener('change', () => {
    for (const each of document.querySelectorAll('[data-code]')) each.hidden = each !== shown();
  });
  document.getElementById('code-copy').addEventListener('click', () => {
    copied(shown().textContent, () => getSelection().selectAllChildren(shown()));
  });
}

export async function copied(text, mark) {
  try {
    await navigator.clipboard.writeText(text);
    notice('Copied.');
  } catch {
    // Not over plain http beyond this machine: the text is marked, to be copied by hand.
    mark();
    notice('Press Ctrl+C to copy what is marked.');
  }
}

export function deletable(room) {
  room.querySelector('[data-delete-page]')?.addEventListener('click', () => {
    deleteSoon([room.dataset.video], { then: '/studio/library' });
  });
}
