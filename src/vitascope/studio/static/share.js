// A link to the film that needs no key and expires.

import { call } from './api.js';
import { copied } from './video.js';

const moment = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

export function share(details) {
  const made = details.querySelector('#share-made');
  const address = details.querySelector('#share-link');
  const problem = details.querySelector('.problem');
  details.querySelector('#share-make').addEventListener('click', async () => {
    problem.hidden = true;
    try {
      const json = { expires_in: Number(details.querySelector('#share-for').value) };
      const link = await call('POST', `/v1/videos/${details.dataset.source}/links`, { json });
      address.value = link.url;
      const until = moment.format(new Date(link.expires_at * 1000));
      details.querySelector('#share-until').textContent = `Anyone with this link can watch the film until ${until}.`;
      made.hidden = false;
      address.focus();
      address.select();
    } catch (error) {
      problem.textContent = error.message;
      problem.hidden = false;
    }
  });
  details.querySelector('#share-copy').addEventListener('click', () => copied(address.value, () => address.select()));
  details.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return;
    details.open = false;
    details.querySelector('summary').focus();
  });
}
