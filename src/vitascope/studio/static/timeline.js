// The segments of an extended video: shown in the player, and one of them made again.

import { call } from './api.js';

export function timeline(section) {
  const form = section.querySelector('form');
  const prompt = form.elements.prompt;
  const problem = form.querySelector('.problem');
  const buttons = [...section.querySelectorAll('[data-segment]')];
  let chosen = null;

  for (const button of buttons) {
    button.parentElement.style.flexGrow = button.dataset.seconds;
    button.addEventListener('click', () => choose(button));
  }

  function choose(button) {
    chosen = button;
    for (const each of buttons) each.setAttribute('aria-pressed', String(each === button));
    const number = Number(button.dataset.segment) + 1;
    const after = buttons.length - number;
    form.hidden = false;
    form.querySelector('h3').textContent = `Make part ${number} again`;
    form.querySelector('.note').textContent =
      (after === 0 ? '' : after === 1 ? 'The part after it is made again, too. ' : `The ${after} parts after it are made again, too. `) +
      'This video stays; the result is a new one. With the same words it is another take.';
    prompt.value = button.dataset.prompt;
    const video = document.querySelector('vs-player video');
    if (video) video.currentTime = Number(button.dataset.start);
  }

  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    problem.hidden = true;
    const again = prompt.value === chosen.dataset.prompt;
    const json = { prompt: prompt.value, ...(again && { seed: Math.floor(Math.random() * 2 ** 31) }) };
    try {
      const path = `/v1/videos/${section.dataset.source}/segments/${chosen.dataset.segment}`;
      const made = await call('POST', path, { json });
      location.assign(`/studio/videos/${made.id}`);
    } catch (error) {
      problem.textContent = error.message;
      problem.hidden = false;
    }
  });
}
