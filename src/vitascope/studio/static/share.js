// A link to the film that needs no key and expires.

import { call } from './api.js';
import { copied } from './video.js';

const moment = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

const GAP = 8; // pixels between the button and the panel, and around the panel
const phone = matchMedia('(max-width: 719px)'); // there the style sheet makes it a sheet

// Puts the panel on the side of its button that has room for it, and inside the window.
function place(details, panel) {
  panel.removeAttribute('style');
  panel.classList.remove('up');
  if (phone.matches) return;
  const button = details.getBoundingClientRect();
  const height = panel.offsetHeight;
  const above = button.top - 2 * GAP;
  const below = innerHeight - button.bottom - 2 * GAP;
  const up = below < height && above > below;
  panel.classList.toggle('up', up);
  panel.style.maxHeight = `${Math.max(up ? above : below, 160)}px`;
  const over = button.left + panel.offsetWidth + 2 * GAP - document.documentElement.clientWidth;
  panel.style.left = `${Math.min(0, -over)}px`;
}

export function share(details) {
  const panel = details.querySelector('.pop');
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
      place(details, panel);
      address.focus();
      address.select();
    } catch (error) {
      problem.textContent = error.message;
      problem.hidden = false;
    }
  });
  details.querySelector('#share-copy').addEventListener('click', () => copied(address.value, () => address.select()));
  // Placed with the click itself: the toggle event comes later, and until then the panel could be seen elsewhere.
  details.querySelector('summary').addEventListener('click', (event) => {
    event.preventDefault();
    details.open = !details.open;
    if (details.open) place(details, panel);
  });
  addEventListener('resize', () => details.open && place(details, panel));
  document.addEventListener('pointerdown', (event) => {
    if (!details.contains(event.target)) details.open = false;
  });
  const close = () => {
    details.open = false;
    details.querySelector('summary').focus();
  };
  details.querySelector('#share-close').addEventListener('click', close);
  details.addEventListener('keydown', (event) => event.key === 'Escape' && close());
}
