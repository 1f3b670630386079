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
  extend: (id, fields) => ['/v1/videos/extensions', { prompt: fields.prompt, seconds: fields.seconds, video: { id } }],
};

export function goOn(form) {
  const prompt = form.elements.prompt;
  const button = form.querySelector('.main-button');
  const problem = form.querySelector('.problem');
  const choose = () => {
    const operation = form.elements.operation.value;
    form.querySelector('#go-on-about').textContent = ABOUT[operation];
    form.querySelector('#go-on-seconds').hidden = operation !== 'extend';
    button.textContent = NAMES[operation];
    if (!prompt.value || prompt.value === prompt.dataset.prompt) {
      prompt.value = operation === 'remix' ? prompt.dataset.prompt : '';
    }
  };
  for (const radio of form.querySelectorAll('[name=operation]')) radio.addEventListener('change', choose);
  choose();
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    problem.hidden = true;
    button.disabled = true;
    const fields = Object.fromEntries(new FormData(form));
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
  document.getElementById('code-copy').addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(shown().textContent);
      notice('Copied.');
    } catch {
      // Not over plain http beyond this machine: the text is chosen, to be copied by hand.
      getSelection().selectAllChildren(shown());
      notice('Press Ctrl+C to copy what is marked.');
    }
  });
}

export function deletable(room) {
  room.querySelector('[data-delete-page]')?.addEventListener('click', () => {
    deleteSoon([room.dataset.video], { then: '/studio/library' });
  });
}
