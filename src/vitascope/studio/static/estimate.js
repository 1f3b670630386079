// What the request in the prompt box would wait for and need, before it is sent.

import { call } from './api.js';
import { about } from './jobs.js';
import { on } from './live.js';

const PAUSE = 350;

export function estimate(form) {
  const line = form.querySelector('#estimate');
  let soon = null;
  let number = 0;

  async function ask() {
    const fields = new FormData(form);
    const json = { prompt: fields.get('prompt') || '…' };
    for (const name of ['model', 'size', 'seconds']) json[name] = fields.get(name);
    const own = (number += 1);
    try {
      const found = await call('POST', '/v1/videos/estimate', { json });
      if (own === number) line.textContent = words(found, Number(form.querySelector('#takes').value) || 1);
    } catch {
      if (own === number) line.textContent = ''; // pressing Make says what is wrong
    }
  }
  const later = () => {
    clearTimeout(soon);
    soon = setTimeout(ask, PAUSE);
  };
  form.addEventListener('change', later);
  on('video', later);
  on('ready', later);
  ask();
}

function words(found, takes) {
  const before = found.queue_position - 1;
  // While times are unknown, the page's own list says whether a worker is busy.
  const busy = found.eta_seconds !== found.render_seconds || (found.eta_seconds === null && document.querySelector('#jobs [data-status="in_progress"]'));
  const place = before > 0 ? `${before} before it` : busy ? 'Next in line' : 'Starts at once';
  const time = found.eta_seconds === null ? null : found.eta_seconds + (takes - 1) * found.render_seconds;
  const plans = Object.values(found.memory_gib);
  const memory = plans.length ? ` · needs ${Math.min(...plans)} GiB of GPU memory` : '';
  return place + (time === null ? '' : about(Math.max(time, 2))) + memory;
}
