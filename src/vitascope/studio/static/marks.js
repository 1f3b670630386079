// Stars and tags of videos, on the wall and on the page of one.

import { call } from './api.js';
import { complain, notice } from './notices.js';

const tagsOf = (element) => JSON.parse(element.dataset.tags);
const starOf = (element) => element.querySelector('[data-star]');
const change = (id, json) => call('PATCH', `/v1/videos/${id}`, { json });

function shown(element, { starred, tags }) {
  starOf(element).setAttribute('aria-pressed', starred);
  element.dataset.starred = starred ? 'yes' : '';
  element.dataset.tags = JSON.stringify(tags);
  const list = element.querySelector('.tags');
  list.hidden = tags.length === 0;
  list.replaceChildren(...tags.map((tag) => item(tag, element.id === 'marks')));
}

function item(tag, removable) {
  const made = document.createElement('li');
  made.textContent = tag;
  if (removable) {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'icon';
    button.dataset.untag = tag;
    button.setAttribute('aria-label', `Remove the tag ${tag}`);
    button.textContent = '×';
    made.append(button);
  }
  return made;
}

// A change is computed from what the page shows, so the one before it has to be answered first.
let last = Promise.resolve();
function inTurn(run) {
  last = last.then(run);
  return last;
}

// Changes some videos, each as `next` says of its state, and offers to undo all of it at once.
async function mark(elements, next, text) {
  const done = [];
  for (const element of elements) {
    const before = { starred: Boolean(element.dataset.starred), tags: tagsOf(element) };
    try {
      shown(element, await change(element.dataset.id, next(before)));
      done.push([element, before]);
    } catch (error) {
      complain(error);
    }
  }
  if (!done.length) return;
  const own = notice(text(done.length), {
    seconds: 10,
    action: {
      name: 'Undo',
      run: () => {
        own.box.remove();
        return inTurn(async () => {
          for (const [element, before] of done) {
            await change(element.dataset.id, before).then((video) => shown(element, video), complain);
          }
        });
      },
    },
  });
}

const videos = (number) => (number === 1 ? 'One video' : `${number} videos`);

export function star(elements) {
  return inTurn(() => {
    const starred = !elements.every((element) => element.dataset.starred);
    return mark(elements, () => ({ starred }), (number) => `${videos(number)} ${starred ? 'starred' : 'without a star'}.`);
  });
}

export function tag(elements, name, { remove = false } = {}) {
  const next = ({ tags }) => ({ tags: remove ? tags.filter((each) => each !== name) : [...new Set([...tags, name])] });
  return inTurn(() => mark(elements, next, (number) => `${videos(number)} ${remove ? 'without' : 'with'} the tag “${name}”.`));
}

// The row of marks on the page of one video.
export function marks(element) {
  element.dataset.starred = starOf(element).getAttribute('aria-pressed') === 'true' ? 'yes' : '';
  element.addEventListener('click', (event) => {
    if (event.target.closest('[data-star]')) star([element]);
    const name = event.target.closest('[data-untag]')?.dataset.untag;
    if (name) tag([element], name, { remove: true });
  });
  element.addEventListener('submit', (event) => {
    event.preventDefault();
    const field = event.target.elements.tag;
    const name = field.value.trim();
    if (name) tag([element], name);
    field.value = '';
  });
}
