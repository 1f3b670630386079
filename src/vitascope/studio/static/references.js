// Pictures that a new video is made from, each with its role: chosen, dropped, pasted, or a frame
// of one of the library's videos.

import { call } from './api.js';
import { complain, line } from './notices.js';

const ROLES = { first_frame: 'First frame', last_frame: 'Last frame', subject: 'Subject', style: 'Style' };

export function references(form) {
  const list = form.querySelector('#references');
  const input = form.querySelector('#reference');
  const choose = form.querySelector('#reference-choose');
  const model = form.elements.model;
  const taken = [];

  const roles = () => model.selectedOptions[0]?.dataset.roles.split(' ').filter(Boolean) ?? [];
  // One picture each begins and ends a video; there may be several of the others.
  const free = (own) => roles().filter((role) => !role.endsWith('_frame') || role === own || !taken.some((each) => each.role === role));
  const changed = () => form.dispatchEvent(new Event('references'));

  function add(file) {
    if (!file.type.startsWith('image/')) {
      complain(new Error('A reference is a picture: JPEG, PNG or WebP.'));
      return;
    }
    const [role] = free();
    if (!role) {
      complain(new Error(roles().length ? 'Every role has its picture already.' : 'This model begins with no picture.'));
      return;
    }
    const one = { file, role, element: document.createElement('li') };
    taken.push(one);
    draw(one);
    list.append(one.element);
    settle();
  }

  function draw(one) {
    const picture = new Image();
    picture.src = URL.createObjectURL(one.file);
    picture.alt = 'Reference';
    picture.addEventListener('load', () => URL.revokeObjectURL(picture.src));
    const select = document.createElement('select');
    select.setAttribute('aria-label', 'Role of the picture');
    select.addEventListener('change', () => {
      one.role = select.value;
      settle();
    });
    const remove = document.createElement('button');
    remove.type = 'button';
    remove.className = 'plain';
    remove.textContent = 'Remove';
    remove.addEventListener('click', () => {
      taken.splice(taken.indexOf(one), 1);
      one.element.remove();
      settle();
      choose.focus();
    });
    one.select = select;
    one.element.append(picture, select, remove);
  }

  function settle() {
    for (const one of taken) {
      const able = free(one.role);
      if (!able.includes(one.role)) able.unshift(one.role); // the model was changed; the server says so
      one.select.replaceChildren(...able.map((role) => new Option(ROLES[role], role, false, role === one.role)));
    }
    form.querySelector('#reference-add').hidden = !free().length;
    changed();
  }

  choose.addEventListener('click', () => input.click());
  input.addEventListener('change', () => {
    for (const file of input.files) add(file);
    input.value = '';
  });
  model.addEventListener('change', settle);
  form.addEventListener('paste', (event) => {
    const files = [...event.clipboardData.files].filter((each) => each.type.startsWith('image/'));
    if (!files.length) return;
    event.preventDefault();
    files.forEach(add);
  });
  form.addEventListener('dragover', (event) => {
    event.preventDefault();
    form.classList.add('over');
  });
  form.addEventListener('dragleave', () => form.classList.remove('over'));
  form.addEventListener('drop', (event) => {
    event.preventDefault();
    form.classList.remove('over');
    for (const file of event.dataTransfer.files) add(file);
  });
  library(form, add);
  settle();
  const query = new URLSearchParams(location.search);
  if (query.has('frame')) frame(query.get('frame'), query.get('at') ?? 0).then(add, complain);

  return {
    get some() {
      return taken.some((one) => one.role === 'first_frame');
    },
    // Adds the pictures to a multipart body.
    into(body) {
      let number = 0;
      for (const { file, role } of taken) {
        const name = file.name || 'picture';
        if (role === 'first_frame') body.append('input_reference', file, name);
        else if (role === 'last_frame') body.append('last_frame', file, name);
        else {
          body.append(`references[${number}][type]`, 'image');
          body.append(`references[${number}][role]`, role);
          body.append(`references[${number}][upload]`, file, name);
          number += 1;
        }
      }
    },
  };
}

const address = (id, at) => `/v1/videos/${encodeURIComponent(id)}/frame?at=${at}`;

async function frame(id, at) {
  const response = await fetch(address(id, at));
  if (!response.ok) throw new Error('The frame can’t be read: its video may have been deleted.');
  return new File([await response.blob()], 'frame.jpg', { type: 'image/jpeg' });
}

function library(form, add) {
  const dialog = document.getElementById('frames');
  const list = dialog.querySelector('ol');
  const place = dialog.querySelector('input');
  const shown = dialog.querySelector('img');
  const chosen = dialog.querySelector('#frames-chosen');
  let video = null;

  form.querySelector('#reference-library').addEventListener('click', async () => {
    chosen.hidden = true;
    dialog.showModal();
    list.replaceChildren(line('Loading …'));
    try {
      const page = await call('GET', '/v1/videos?status=completed&limit=24');
      list.replaceChildren(...page.data.map(tile));
      if (!page.data.length) list.replaceChildren(line('There is no finished video yet.'));
    } catch (error) {
      list.replaceChildren(line(error.message));
    }
  });

  function tile(one) {
    const item = document.createElement('li');
    const button = document.createElement('button');
    const picture = new Image();
    button.type = 'button';
    button.className = 'pick';
    button.setAttribute('aria-label', one.prompt);
    picture.src = `/v1/videos/${one.id}/content?variant=thumbnail`;
    picture.alt = '';
    button.append(picture);
    button.addEventListener('click', () => {
      video = one;
      place.max = Math.max(0, Number(one.seconds) - 0.05);
      place.value = 0;
      chosen.hidden = false;
      show();
      chosen.scrollIntoView({ block: 'nearest' });
      place.focus();
    });
    item.append(button);
    return item;
  }
  const show = () => {
    shown.src = address(video.id, place.value);
    shown.alt = `The frame at ${Number(place.value).toFixed(2)} s`;
    place.setAttribute('aria-valuetext', `${Number(place.value).toFixed(2)} s`);
    place.style.setProperty('--at', `${(100 * place.value) / (place.max || 1)}%`);
  };
  let soon = null;
  place.addEventListener('input', () => {
    clearTimeout(soon);
    soon = setTimeout(show, 150);
  });
  dialog.querySelector('#frames-use').addEventListener('click', async () => {
    try {
      add(await frame(video.id, place.value));
      dialog.close();
    } catch (error) {
      complain(error);
    }
  });
  dialog.querySelector('#frames-close').addEventListener('click', () => dialog.close());
}
